import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.canonical import step_for
from artloop.errors import (
    ArtloopError,
    BudgetReached,
    CutOff,
    ModelMisbehaved,
    ProviderError,
    RenderServerError,
    RequestChanged,
    RunDamaged,
    StepParked,
    StorageError,
    WorkersDied,
)
from artloop.events import Event, RunStarted, StationEntered, StepChanged, StepFailed
from artloop.journal import Journal
from artloop.journal.steps import StepState
from artloop.models import Brief, Usage
from artloop.ports import Asked, Attempt, CallRecord
from artloop.workspace import RunFolder
from tests.journal_child import STEPS, TURNS, Made, call, drive

ROOT = Path(__file__).parents[2]
STEP = step_for("v01", 1, "draw", 0, "input")
DRAWING, RENDERING = (StationEntered(variant="v01", iteration=1, station=station) for station in ("draw", "render"))


class Work:
    """Work that does what it is told, one after the other: raise, or return."""

    def __init__(self, *turns: object) -> None:
        self.turns = list(turns)
        self.attempts: list[Attempt] = []

    async def __call__(self, attempt: Attempt) -> Made:
        self.attempts.append(attempt)
        match self.turns.pop(0):
            case BaseException() as error:
                raise error
            case text:
                return Made(text=str(text))

    @property
    def generations(self) -> list[int]:
        return [attempt.generation for attempt in self.attempts]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    path = tmp_path / "20250102-030405-tide-beef"
    path.mkdir()
    return RunFolder(path)


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def journal(folder: RunFolder, heard: list[Event]) -> Iterator[Journal]:
    with Journal.open(folder, max_failures=3, emit=heard.append) as opened:
        yield opened


def the_step(journal: Journal) -> StepState:
    (only,) = journal.steps()
    return only


# -- performing --------------------------------------------------------------------------------------------------------


async def test_a_step_is_worked_once_and_remembered(journal: Journal) -> None:
    work = Work("a wave")
    first = await journal.perform(STEP, Made, work)
    assert await journal.perform(STEP, Made, work) == first == Made(text="a wave")
    assert work.attempts == [Attempt(step="v01/01/draw/0", generation=0)]
    assert (the_step(journal).state, the_step(journal).starts) == ("done", 1)


async def test_a_step_is_remembered_by_the_next_session(folder: RunFolder) -> None:
    for work in (Work("a wave"), Work()):
        with Journal.open(folder, max_failures=3) as journal:
            assert await journal.perform(STEP, Made, work) == Made(text="a wave")


async def test_the_first_of_two_writers_wins_and_both_get_its_result(folder: RunFolder) -> None:
    with Journal.open(folder, max_failures=3) as slow, Journal.open(folder, max_failures=3) as fast:

        async def overtaken(attempt: Attempt) -> Made:
            await fast.perform(STEP, Made, Work("fast"))
            return Made(text="slow")

        assert await slow.perform(STEP, Made, overtaken) == Made(text="fast")


async def test_a_failure_of_the_slower_writer_does_not_undo_the_first(folder: RunFolder, heard: list[Event]) -> None:
    with Journal.open(folder, max_failures=1, emit=heard.append) as slow, Journal.open(folder, max_failures=1) as fast:

        async def overtaken(attempt: Attempt) -> Made:
            await fast.perform(STEP, Made, Work("fast"))
            raise ModelMisbehaved("no sketch in the answer")

        assert await slow.perform(STEP, Made, overtaken) == Made(text="fast")
        assert (the_step(slow).failures, heard) == (0, [])


async def test_steps_are_performed_side_by_side(journal: Journal) -> None:
    both_in_work = asyncio.Barrier(2)

    async def work(attempt: Attempt) -> Made:
        await both_in_work.wait()
        return Made(text=attempt.step)

    steps = [step_for(variant, 1, "draw", 0) for variant in ("v01", "v02")]
    async with asyncio.timeout(10):
        made = await asyncio.gather(*(journal.perform(step, Made, work) for step in steps))
    assert [one.text for one in made] == ["v01/01/draw/0", "v02/01/draw/0"]


async def test_a_step_asked_differently_today_is_reported_once_and_kept(folder: RunFolder, heard: list[Event]) -> None:
    changed = step_for("v01", 1, "draw", 0, "another prompt")
    for step in (STEP, changed, changed):
        with Journal.open(folder, max_failures=3, emit=heard.append) as journal:
            assert await journal.perform(step, Made, Work("a wave")) == Made(text="a wave")
            assert the_step(journal).input_sha256 == STEP.input_sha256
    assert heard == [StepChanged(key=STEP.key)]


async def test_a_step_that_was_cut_off_may_be_asked_differently(journal: Journal, heard: list[Event]) -> None:
    changed = step_for("v01", 1, "draw", 0, "another prompt")
    with pytest.raises(KeyError):
        await journal.perform(STEP, Made, Work(KeyError("a bug")))
    for _ in range(2):
        assert await journal.perform(changed, Made, Work("a wave")) == Made(text="a wave")
    assert heard == []


async def test_a_result_that_could_not_be_read_back_is_not_committed(journal: Journal) -> None:
    class Longer(Made):
        more: str = "than a Made may have"

    async def work(attempt: Attempt) -> Made:
        return Longer(text="a wave")

    with pytest.raises(ValueError, match="more"):
        await journal.perform(STEP, Made, work)
    assert await journal.perform(STEP, Made, Work("a ripple")) == Made(text="a ripple")


async def test_a_result_of_another_kind_is_reported_by_name(journal: Journal, folder: RunFolder) -> None:
    await journal.perform(STEP, Made, Work("a wave"))
    with pytest.raises(RunDamaged, match=r"journal\.db is damaged .*v01/01/draw/0 is no Usage"):
        await journal.perform(STEP, Usage, Work())


# -- failing -----------------------------------------------------------------------------------------------------------


async def test_a_model_that_misbehaved_is_asked_anew_in_the_next_generation(
    journal: Journal, heard: list[Event]
) -> None:
    work = Work(ModelMisbehaved("no sketch\nin the answer"), "a wave")
    assert await journal.perform(STEP, Made, work) == Made(text="a wave")
    assert work.generations == [0, 1]
    assert heard == [StepFailed(key=STEP.key, failures=1, parked=False, error="no sketch in the answer")]
    assert [event for _, _, event in journal.events()] == heard


async def test_a_model_that_had_its_repair_turn_is_not_asked_a_third_time(journal: Journal) -> None:
    work = Work(ModelMisbehaved("no sketch again", repaired=True), "a wave")
    with pytest.raises(StepParked, match=r"failed 1 times .*no sketch again"):
        await journal.perform(STEP, Made, work)
    assert journal.reopen() == [STEP.key]
    assert await journal.perform(STEP, Made, work) == Made(text="a wave")
    assert work.generations == [0, 1]


@pytest.mark.parametrize("error", [ProviderError("no network"), RenderServerError("it hung up")])
async def test_an_outage_is_tried_again_in_the_same_generation(journal: Journal, error: ArtloopError) -> None:
    work = Work(error, error, "a wave")
    assert await journal.perform(STEP, Made, work) == Made(text="a wave")
    assert work.generations == [0, 0, 0]
    assert (the_step(journal).starts, the_step(journal).failures, the_step(journal).generation) == (3, 2, 0)


async def test_a_changed_request_opens_a_generation_and_is_no_failure(journal: Journal, heard: list[Event]) -> None:
    work = Work(*[RequestChanged("other tools")] * 5, "a wave")
    assert await journal.perform(STEP, Made, work) == Made(text="a wave")
    assert work.generations == [0, 1, 2, 3, 4, 5]
    assert (the_step(journal).failures, heard) == (0, [])


async def test_a_step_is_parked_after_its_last_failure_and_says_how_to_go_on(
    journal: Journal, heard: list[Event], folder: RunFolder
) -> None:
    work = Work(*[ModelMisbehaved(f"bad answer {n}") for n in range(3)])
    for _ in range(2):
        with pytest.raises(StepParked, match=r"failed 3 times .*bad answer 2.*artloop retry 20250102-030405-tide-beef"):
            await journal.perform(STEP, Made, work)
    assert work.generations == [0, 1, 2]
    assert [(event.failures, event.parked) for event in heard if isinstance(event, StepFailed)] == [
        (1, False),
        (2, False),
        (3, True),
    ]


@pytest.mark.parametrize(
    ("error", "outage"),
    [(ProviderError("down"), True), (RenderServerError("down"), True), (ModelMisbehaved(""), False)],
)
async def test_a_parked_step_remembers_whether_it_was_an_outage(
    folder: RunFolder, error: ArtloopError, outage: bool
) -> None:
    with Journal.open(folder, max_failures=1) as journal, pytest.raises(StepParked):
        await journal.perform(STEP, Made, Work(error))
    with Journal.read(folder) as view:
        parked = view.parked(STEP.key)
    assert parked
    assert parked.outage == outage


async def test_failures_are_counted_across_sessions(folder: RunFolder) -> None:
    for _ in range(2):
        with Journal.open(folder, max_failures=3) as journal, pytest.raises(KeyError):
            await journal.perform(STEP, Made, Work(ProviderError("down"), KeyError("a bug")))
    with Journal.open(folder, max_failures=3) as journal, pytest.raises(StepParked):
        await journal.perform(STEP, Made, Work(ProviderError("down")))


@pytest.mark.parametrize(
    "error", [BudgetReached("no money left"), asyncio.CancelledError(), KeyError("a bug"), KeyboardInterrupt()]
)
async def test_what_is_no_failure_of_the_step_goes_through_uncounted(
    journal: Journal, heard: list[Event], error: BaseException
) -> None:
    for _ in range(5):
        with pytest.raises(type(error)):
            await journal.perform(STEP, Made, Work(error))
    assert (the_step(journal).state, the_step(journal).starts, the_step(journal).failures) == ("started", 5, 0)
    assert await journal.perform(STEP, Made, Work("a wave")) == Made(text="a wave")
    assert heard == []


async def test_a_fatal_provider_error_ends_the_step_at_once_uncounted(journal: Journal) -> None:
    work = Work(ProviderError("wrong key", fatal=True), "a wave")
    with pytest.raises(ProviderError, match="wrong key"):
        await journal.perform(STEP, Made, work)
    state = the_step(journal)
    assert (state.state, state.failures, state.error) == ("open", 0, "wrong key")
    assert await journal.perform(STEP, Made, work) == Made(text="a wave")
    assert work.generations == [0, 0]


async def test_reopened_steps_have_all_their_tries_again_and_their_generation_still(journal: Journal) -> None:
    done = step_for("v02", 1, "draw", 0)
    await journal.perform(done, Made, Work("done"))
    with pytest.raises(StepParked):
        await journal.perform(STEP, Made, Work(*[ModelMisbehaved("bad")] * 3))
    assert journal.reopen() == [STEP.key]
    assert journal.reopen() == []
    work = Work(ModelMisbehaved("bad"), ModelMisbehaved("bad"), "a wave")
    assert await journal.perform(STEP, Made, work) == Made(text="a wave")
    assert work.generations == [3, 4, 5]
    assert await journal.perform(done, Made, Work()) == Made(text="done")


async def test_reading_a_step_back_performs_nothing(journal: Journal) -> None:
    assert journal.committed(STEP.key, Made) is None
    assert journal.parked(STEP.key) is None
    await journal.perform(STEP, Made, Work("a wave"))
    assert journal.committed(STEP.key, Made) == Made(text="a wave")


async def test_an_error_of_any_length_is_kept_as_one_short_line(journal: Journal) -> None:
    await journal.perform(STEP, Made, Work(ModelMisbehaved("very long\n" * 10_000), ModelMisbehaved(""), "a wave"))
    errors = [event.error for _, _, event in journal.events() if isinstance(event, StepFailed)]
    assert len(errors[0]) == 500
    assert errors[1] == "ModelMisbehaved"


# -- calls and events --------------------------------------------------------------------------------------------------


def test_the_first_answer_to_a_call_wins(journal: Journal) -> None:
    attempt = Attempt(step=STEP.key)
    assert journal.find(STEP.key, 0, 0) is None
    first = journal.commit(call(attempt, 0, "first"))
    assert journal.commit(call(attempt, 0, "second")) == first == journal.find(STEP.key, 0, 0)
    assert journal.find(STEP.key, 0, 1) is None
    assert journal.find(STEP.key, 1, 0) is None


@settings(max_examples=30)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    tokens=st.lists(st.integers(0, 10**9), min_size=4, max_size=4),
    cost=st.none() | st.floats(0, 1e6),
)
def test_any_call_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, text: str, tokens: list[int], cost: float | None
) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    names = ("requests", "input_tokens", "cached_tokens", "output_tokens")
    usage = Usage(**dict(zip(names, tokens, strict=True)), cost_usd=cost)
    asked = call(Attempt(step="v01/01/draw/0"), 0, text or "-").model_copy(update={"usage": usage})
    with Journal.open(folder, max_failures=3) as journal:
        assert journal.commit(asked) == asked
        assert journal.usage() == usage


def test_usage_is_the_sum_of_all_calls_and_counts_none_twice(journal: Journal) -> None:
    assert journal.usage() == Usage()
    for turn in (0, 1, 1):
        usage = Usage(requests=1, input_tokens=10, cached_tokens=4, output_tokens=5, cost_usd=0.25)
        journal.commit(call(Attempt(step=STEP.key), turn).model_copy(update={"usage": usage}))
    assert journal.usage() == Usage(requests=2, input_tokens=20, cached_tokens=8, output_tokens=10, cost_usd=0.5)


TOLD = st.tuples(
    st.sampled_from(["asking", "refused", "commit"]), st.integers(0, 2), st.sampled_from([None, 0.0, 0.25])
)


@settings(max_examples=40)
@given(told=st.lists(TOLD, max_size=12), split=st.integers(0, 12), house=st.booleans())
def test_what_the_driver_counts_is_what_is_on_record(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int, float | None]], split: int, house: bool
) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    for part in (told[:split], told[split:]):
        with Journal.open(folder, max_failures=3) as journal:
            for what, turn, cost in part:
                used = Usage(requests=1, input_tokens=0 if house else 8, reasoning_tokens=3, cost_usd=cost)
                asked = Asked(step=STEP.key, generation=0, turn=turn, model="m", request_tokens=9)
                answer = call(Attempt(step=STEP.key), turn).model_copy(update={"usage": used})
                getattr(journal, what)(answer if what == "commit" else asked)
            assert journal.so_far() == journal.usage()


def test_an_event_is_logged_once_in_order_and_found_by_number(journal: Journal) -> None:
    for event in (DRAWING, RENDERING, DRAWING):
        journal.append(event)
    (first, at, event), (second, _, later) = journal.events()
    assert (event, later) == (DRAWING, RENDERING)
    assert at > 1_600_000_000
    assert [event for _, _, event in journal.events(after=first)] == [RENDERING]
    assert journal.events(after=second) == []


def test_a_session_is_one_more_than_the_drivers_before(journal: Journal) -> None:
    assert journal.session() == 1
    started = RunStarted(run="r", brief=Brief(text="tide"), models={}, session=1)
    journal.append(started)
    journal.append(DRAWING)
    assert journal.session() == 2


# -- reading beside a writer -------------------------------------------------------------------------------------------


async def test_a_view_reads_while_the_driver_writes(journal: Journal, folder: RunFolder) -> None:
    with Journal.read(folder) as view:
        for number in range(5):
            await journal.perform(step_for("v01", number, "draw", 0), Made, Work("a wave"))
            assert len(view.steps()) == number + 1
    await journal.perform(STEP, Made, Work("a wave"))


def test_a_view_cannot_write(journal: Journal, folder: RunFolder) -> None:
    with Journal.read(folder) as view, pytest.raises(StorageError, match="readonly"):
        view.append(DRAWING)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it may not")
def test_a_run_in_a_folder_that_cannot_be_written_can_be_read(folder: RunFolder) -> None:
    with Journal.open(folder, max_failures=3) as journal:
        journal.append(DRAWING)
    folder.path.chmod(0o500)
    with Journal.read(folder) as view:
        assert len(view.events()) == 1
    folder.journal.chmod(0o400)
    with pytest.raises(StorageError, match=r"journal\.db"):
        Journal.open(folder, max_failures=3)


# -- killed ------------------------------------------------------------------------------------------------------------

POINTS = STEPS * (3 + 2 * TURNS)


def killed_after(folder: RunFolder, points: int, waiting: bool) -> list[str]:
    """Start a driver and kill it (-9) when it has said so many points; returns all it said.

    `waiting`: it stands still at each point, so that it dies right there; else it runs on, and dies anywhere later.
    """
    command = [sys.executable, "-m", "tests.journal_child", str(folder.path)]
    stdin = subprocess.PIPE if waiting else subprocess.DEVNULL
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, cwd=ROOT, text=True) as child:
        assert child.stdout
        said = [child.stdout.readline()]
        while len(said) < points:
            if child.stdin:
                child.stdin.write("\n")
                child.stdin.flush()
            said.append(child.stdout.readline())
        child.kill()
        said += child.stdout.readlines()
    return [point.strip() for point in said]


@pytest.mark.parametrize("points", range(1, POINTS + 1))
async def test_a_driver_killed_at_any_point_repeats_nothing_on_record(folder: RunFolder, points: int) -> None:
    before = killed_after(folder, points, waiting=True)
    assert len(before) == points
    await goes_on(folder, before)
    twice = [name for name, times in paid(folder).items() if times > 1]
    assert twice == ([before[-1].removeprefix("paid ")] if before[-1].startswith("paid") else [])


@pytest.mark.parametrize("points", range(1, POINTS + 1, 4))
async def test_a_driver_killed_anywhere_between_pays_at_most_one_call_again(folder: RunFolder, points: int) -> None:
    await goes_on(folder, killed_after(folder, points, waiting=False))
    assert sum(paid(folder).values()) <= STEPS * TURNS + 1


async def goes_on(folder: RunFolder, before: list[str]) -> None:
    """Look at the run that was killed, drive it to its end, and check that nothing on record was done again."""
    with Journal.read(folder) as view:
        assert len(view.steps()) >= sum(point.startswith("began") for point in before)
    after: list[str] = []
    made = await drive(folder, after.append)
    assert not done(before, "committed") & done(after, "began")
    assert not done(before, "recorded") & done(after, "paid")
    assert len(paid(folder)) == STEPS * TURNS
    assert await drive(folder, lambda point: None) == made


def paid(folder: RunFolder) -> Counter[str]:
    """How often each call was paid."""
    return Counter((folder.path / "paid.log").read_text().splitlines())


def done(points: list[str], what: str) -> set[str]:
    """The names of the steps or calls that came to that point."""
    return {point.removeprefix(f"{what} ") for point in points if point.startswith(what)}


# -- damaged or full ---------------------------------------------------------------------------------------------------


def written(folder: RunFolder) -> bytes:
    """A journal with something in it, and its bytes."""
    with Journal.open(folder, max_failures=3) as journal:
        asyncio.run(journal.perform(STEP, Made, Work("a wave " * 2000)))
        journal.commit(call(Attempt(step=STEP.key), 0, "answer " * 2000))
        journal.append(DRAWING)
    (folder.path / "variants").mkdir()
    return folder.journal.read_bytes()


def read_all(journal: Journal) -> None:
    """Touch everything that is in it."""
    journal.steps()
    journal.committed(STEP.key, Made)
    journal.find(STEP.key, 0, 0)
    journal.events()
    journal.usage()
    journal.session()


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 8192, b"not a database, but long enough to look at it\n" * 200, b"SQLite format 3\0"],
    ids=["empty", "zeros", "text", "head"],
)
def test_a_file_that_is_no_journal_is_named_and_left_as_it_is(folder: RunFolder, content: bytes) -> None:
    (folder.path / "variants").mkdir()
    folder.journal.write_bytes(content)
    with pytest.raises(RunDamaged, match=r"journal\.db"):
        Journal.open(folder, max_failures=3)
    with pytest.raises(RunDamaged, match=r"journal\.db"):
        Journal.read(folder)
    assert folder.journal.read_bytes() == content


def test_a_journal_cut_short_is_named_and_left_as_it_is(folder: RunFolder) -> None:
    content = written(folder)[: 2 * 4096 + 100]
    folder.journal.write_bytes(content)
    with pytest.raises(RunDamaged, match=r"journal\.db"), Journal.read(folder) as view:
        read_all(view)
    assert folder.journal.read_bytes() == content


def test_a_lost_journal_of_a_run_with_drawings_is_not_begun_anew(folder: RunFolder) -> None:
    written(folder)
    folder.journal.unlink()
    with pytest.raises(RunDamaged, match=r"journal\.db is missing"):
        Journal.open(folder, max_failures=3)
    with pytest.raises(RunDamaged, match=r"journal\.db is missing"):
        Journal.read(folder)
    assert not folder.journal.exists()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a journal with something in it."""
    return written(RunFolder(tmp_path_factory.mktemp("sound")))


@settings(max_examples=100)
@given(data=st.data())
def test_a_damaged_journal_never_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, data: st.DataObject
) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 20))):
        at = data.draw(st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=64))
        content[at : at + len(patch)] = patch
    folder.journal.write_bytes(content)
    with contextlib.suppress(ArtloopError), Journal.read(folder) as view:
        read_all(view)


def test_a_foreign_database_is_refused(folder: RunFolder) -> None:
    with contextlib.closing(sqlite3.connect(folder.journal)) as foreign:
        foreign.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(RunDamaged, match="no journal"):
        Journal.open(folder, max_failures=3)


def test_a_folder_in_place_of_the_journal_is_a_storage_error(folder: RunFolder) -> None:
    folder.journal.mkdir()
    with pytest.raises(StorageError, match=r"journal\.db"):
        Journal.open(folder, max_failures=3)


FULL = """
import asyncio, resource, sys
from pathlib import Path
from artloop.errors import StorageError
from artloop.journal import Journal
from artloop.workspace import RunFolder
from artloop.canonical import step_for
from tests.journal_child import Made

async def work(attempt):
    return Made(text="ink" * 5000)

async def main():
    with Journal.open(RunFolder(Path(sys.argv[1])), max_failures=3) as journal:
        await journal.perform(step_for("v01", 0, "draw", 0), Made, work)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        for number in range(1, 100):
            try:
                await journal.perform(step_for("v01", number, "draw", 0), Made, work)
            except StorageError as error:
                print(number, error)
                return

asyncio.run(main())
"""


def first_step_that_does_not_fit(folder: RunFolder) -> tuple[int, str]:
    """Perform steps on a disk that is soon full; returns the number of the one that failed, and its error."""
    command = [sys.executable, "-c", FULL, str(folder.path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    number, _, message = ran.stdout.strip().partition(" ")
    return int(number), message


async def test_a_full_disk_is_one_clear_error_and_loses_nothing(folder: RunFolder) -> None:
    failed, message = first_step_that_does_not_fit(folder)
    assert message.startswith(f"cannot use {folder.journal}")
    assert "\n" not in message
    assert failed > 1
    with Journal.open(folder, max_failures=3) as journal:
        for number in range(failed):
            step = step_for("v01", number, "draw", 0)
            assert await journal.perform(step, Made, Work()) == Made(text="ink" * 5000)
        step = step_for("v01", failed, "draw", 0)
        assert await journal.perform(step, Made, Work("there is room again")) == Made(text="there is room again")


def test_a_call_without_an_answer_is_counted_until_it_has_one(folder: RunFolder) -> None:
    asked = Asked(step=STEP.key, generation=0, turn=0, model="m", request_tokens=100, max_output_tokens=50)
    with Journal.open(folder, max_failures=1) as journal:
        journal.asking(asked)
        journal.asking(asked)  # the first was lost
        journal.asking(asked.model_copy(update={"turn": 1}))
        journal.refused(asked.model_copy(update={"turn": 1}))
    with Journal.open(folder, max_failures=1) as journal:
        assert journal.unanswered() == [asked, asked]
        fields = {"request_sha256": "hash", "response": "{}", "model": "m"}
        journal.commit(CallRecord(step=STEP.key, generation=0, turn=0, **fields))
        assert journal.unanswered() == [asked]
        assert journal.usage() == Usage(requests=1, unanswered=1)


def test_what_an_iteration_came_to_is_the_sum_of_its_steps(journal: Journal) -> None:
    priced = Usage(requests=1, input_tokens=10, output_tokens=5, cost_usd=0.25)
    for turn, step in enumerate(("v02/03/draw/0", "v02/03/critique/0", "v02/03/draw/1", "v02/12/draw/0")):
        journal.commit(call(Attempt(step=step), turn).model_copy(update={"usage": priced}))
    found = journal.spent()
    assert set(found) == {("v02", 3), ("v02", 12)}
    assert found["v02", 3] == Usage(requests=3, input_tokens=30, output_tokens=15, cost_usd=0.75)


def test_the_cost_is_unknown_as_long_as_that_of_one_call_is(journal: Journal) -> None:
    priced = Usage(requests=1, input_tokens=10, output_tokens=5, cost_usd=0.25)
    free = Usage(requests=1)
    unknown = Usage(requests=1, input_tokens=10, output_tokens=5)
    for turn, usage in enumerate((priced, free, unknown)):
        assert journal.usage().cost_usd == (0.25 if turn else None)
        journal.commit(call(Attempt(step=STEP.key), turn).model_copy(update={"usage": usage}))
    assert journal.usage().cost_usd is None
    assert sorted(usage.cost_usd or 0.0 for _, usage in journal.paid()) == [0.0, 0.25]


def test_what_steps_came_to_is_summed_by_kind_and_model(journal: Journal) -> None:
    for turn in range(2):
        usage = Usage(requests=1, input_tokens=10, output_tokens=5, cost_usd=0.25)
        journal.commit(call(Attempt(step=STEP.key), turn).model_copy(update={"usage": usage}))
    ((kind, _, usage),) = journal.used()
    assert kind == STEP.kind
    assert usage == Usage(requests=2, input_tokens=20, output_tokens=10, cost_usd=0.5)


async def test_a_step_that_was_cut_off_counts_as_not_begun(journal: Journal) -> None:
    with pytest.raises(CutOff):
        await journal.perform(STEP, Made, Work(CutOff("called back")))
    assert not journal.begun(STEP)
    assert (await journal.perform(STEP, Made, Work("later"))).text == "later"


async def test_a_step_that_workers_died_of_is_parked_at_once_and_keeps_its_calls_for_a_retry(
    journal: Journal, heard: list[Event]
) -> None:
    journal.commit(call(Attempt(step=STEP.key), 0))
    work = Work(WorkersDied("3 workers died of it"), "mended")
    with pytest.raises(StepParked, match="3 workers died of it"):
        await journal.perform(STEP, Made, work)
    assert [event.parked for event in heard if isinstance(event, StepFailed)] == [True]
    journal.reopen()
    assert (await journal.perform(STEP, Made, work)).text == "mended"
    assert work.generations == [0, 0]
    assert [known.turn for known in journal.answers(STEP.key, 0)] == [0]
