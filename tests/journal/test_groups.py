import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from artloop.canonical import step_for
from artloop.errors import StorageError
from artloop.events import StationEntered
from artloop.journal import Journal
from artloop.journal.file import JournalFile
from artloop.journal.groups import Groups
from artloop.ports import Attempt
from artloop.workspace import RunFolder
from tests.journal_child import Made

ROOT = Path(__file__).parents[2]
EVENT = "INSERT INTO events (at, identity, body) VALUES (1.5, ?, '{}')"
COUNT = "SELECT count(*) FROM events"
NAMES = ("v01", "v02", "v03")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def groups(path: Path) -> Iterator[Groups]:
    opened = Groups(JournalFile.writable(path, new=True))
    yield opened
    opened.close()


@pytest.fixture
def view(groups: Groups, path: Path) -> Iterator[JournalFile]:
    """What another process sees."""
    file = JournalFile.readable(path)
    yield file
    file.close()


async def test_what_is_said_in_one_turn_is_there_all_at_once(groups: Groups, view: JournalFile) -> None:
    for name in NAMES:
        groups.note(EVENT, name)
    assert view.rows(COUNT) == [(0,)]
    await asyncio.sleep(0)
    assert view.rows(COUNT) == [(3,)]


async def test_all_who_said_something_in_one_turn_wait_for_one_transaction(groups: Groups, view: JournalFile) -> None:
    seen = []

    async def say(name: str) -> None:
        groups.keep(EVENT, name)
        assert view.rows(COUNT) == [(0,)]
        assert await groups.kept()
        seen.append(view.rows(COUNT))

    await asyncio.gather(*map(say, NAMES))
    assert seen == [[(3,)]] * 3


def test_where_no_loop_runs_a_statement_is_written_at_once(groups: Groups, view: JournalFile) -> None:
    groups.note(EVENT, "one")
    assert view.rows(COUNT) == [(1,)]


async def test_a_query_knows_what_was_said_about_the_same_and_leaves_the_rest(
    groups: Groups, view: JournalFile
) -> None:
    groups.keep(EVENT, "one", about="one")
    assert groups.rows(COUNT, about="two") == [(0,)]
    assert groups.rows(COUNT, about="one") == [(1,)]
    groups.keep(EVENT, "two", about="two")
    assert groups.rows(COUNT) == view.rows(COUNT) == [(2,)]
    groups.keep(EVENT, "what concerns everybody")
    assert groups.rows(COUNT, about="three") == [(3,)]


async def test_who_waits_learns_whether_it_changed_anything(groups: Groups) -> None:
    async def say(name: str) -> bool:
        groups.keep("INSERT OR IGNORE INTO events (at, identity, body) VALUES (1.5, ?, '{}')", name)
        return await groups.kept()

    assert await asyncio.gather(say("one"), say("one"), say("two")) == [True, False, True]
    assert not await groups.kept()


async def test_one_statement_that_cannot_be_written_takes_its_group_with_it_and_all_are_told(
    groups: Groups, view: JournalFile
) -> None:
    async def say(name: str, sql: str) -> None:
        groups.keep(sql, name)
        await groups.kept()

    told = await asyncio.gather(
        say("one", EVENT), say("two", "INSERT INTO nowhere VALUES (?)"), say("three", EVENT), return_exceptions=True
    )
    assert [str(error).count("nowhere") for error in told] == [1, 1, 1]
    assert view.rows(COUNT) == [(0,)]
    await say("four", EVENT)
    assert view.rows(COUNT) == [(1,)]


async def test_an_error_nobody_waited_for_is_told_to_whoever_comes_next(groups: Groups) -> None:
    groups.note("INSERT INTO nowhere VALUES (1)")
    await asyncio.sleep(0)
    with pytest.raises(Exception, match="nowhere"):
        groups.note(EVENT, "one")
    groups.note(EVENT, "two")
    assert groups.rows(COUNT) == [(1,)]


async def test_who_gave_up_waiting_does_not_keep_the_others_from_it(groups: Groups, view: JournalFile) -> None:
    async def say(name: str) -> None:
        groups.keep(EVENT, name)
        await groups.kept()

    first, second = asyncio.ensure_future(say("one")), asyncio.ensure_future(say("two"))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    assert view.rows(COUNT) == [(2,)]


def test_what_the_loop_had_no_turn_left_for_is_written_when_the_journal_is_closed(path: Path) -> None:
    groups = Groups(JournalFile.writable(path, new=True))

    async def say() -> None:
        groups.note(EVENT, "one")
        groups.close()

    asyncio.run(say())
    file = JournalFile.readable(path)
    assert file.rows(COUNT) == [(1,)]
    file.close()


# -- steps of one group ------------------------------------------------------------------------------------------------

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from artloop.canonical import step_for
from artloop.journal import Journal
from artloop.workspace import RunFolder
from tests.journal_child import Made

def main(folder, deadly):
    async def step(journal, together, name):
        async def work(attempt):
            await together.wait()
            return Made(text=name)
        await journal.perform(step_for(name, 1, "draw", 0), Made, work)
        os.write(1, f"saw {name}\\n".encode())

    def watch(sql):
        told.append(sql.split()[0])
        if len(told) == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run():
        with Journal.open(RunFolder(Path(folder)), max_failures=3) as journal:
            together = asyncio.Barrier(4)
            async with asyncio.TaskGroup() as group:
                for name in ("v01", "v02", "v03"):
                    group.create_task(step(journal, together, name))
                while together.n_waiting < 3:
                    await asyncio.sleep(0)
                journal._file._connection.set_trace_callback(watch)
                await together.wait()
    told = []
    asyncio.run(run())
    os.write(1, " ".join(told).encode())

main(sys.argv[1], int(sys.argv[2]))
"""


def child(folder: Path, deadly: int) -> list[str]:
    """What a driver of three steps says that is killed before the n-th statement of the group they are one of."""
    command = [sys.executable, "-c", CHILD, str(folder), str(deadly)]
    return subprocess.run(command, capture_output=True, check=False, cwd=ROOT, text=True).stdout.splitlines()


def test_steps_that_end_together_are_one_group(tmp_path: Path) -> None:
    assert child(tmp_path, 9) == ["saw v01", "saw v02", "saw v03", "BEGIN UPDATE UPDATE UPDATE COMMIT"]


@pytest.mark.parametrize("deadly", range(1, 6))
async def test_a_kill_between_two_steps_of_one_group_loses_what_nobody_saw(tmp_path: Path, deadly: int) -> None:
    assert child(tmp_path, deadly) == []
    worked = []

    async def work(attempt: Attempt) -> Made:
        worked.append(attempt.step)
        return Made(text="again")

    with Journal.open(RunFolder(tmp_path), max_failures=3) as journal:
        assert [state.state for state in journal.steps()] == ["started"] * 3
        for name in NAMES:
            assert await journal.perform(step_for(name, 1, "draw", 0), Made, work) == Made(text="again")
    assert len(worked) == 3


FULL = """
import asyncio, resource, sys
from pathlib import Path
from artloop.canonical import step_for
from artloop.errors import StorageError
from artloop.journal import Journal
from artloop.workspace import RunFolder
from tests.journal_child import Made

async def step(journal, name):
    async def work(attempt):
        return Made(text="ink" * 20_000)
    try:
        await journal.perform(step_for(name, 1, "draw", 0), Made, work)
    except StorageError as error:
        return str(error)
    return "saw it"

async def main():
    with Journal.open(RunFolder(Path(sys.argv[1])), max_failures=3) as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        for said in await asyncio.gather(*(step(journal, name) for name in ("v01", "v02", "v03"))):
            print(said)

asyncio.run(main())
"""


def test_a_full_disk_fails_all_steps_of_a_group_clearly_and_nobody_sees_a_result(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True)
    said = ended.stdout.splitlines()
    assert len(said) == 3
    assert all("journal.db" in line and "free space" in line for line in said), said
    assert ended.stderr == ""
    with Journal.open(RunFolder(tmp_path), max_failures=3) as journal:
        assert {state.state for state in journal.steps()} <= {"started"}


def test_an_event_that_could_not_be_written_is_no_secret(tmp_path: Path) -> None:
    with Journal.open(RunFolder(tmp_path), max_failures=3):
        pass
    with Journal.read(RunFolder(tmp_path)) as view:

        async def announce() -> None:
            view.append(StationEntered(variant="v01", iteration=1, station="draw"))
            await asyncio.sleep(0)
            await view.kept()

        with pytest.raises(StorageError, match="readonly"):
            asyncio.run(announce())
