import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import ArtloopError, RunDamaged, RunNotFound, StorageError, UsageError
from artloop.models import Brief, Canvas, Concept, Place, RunRecord, Selection, Standing
from artloop.workspace import (
    IDENT,
    RunFolder,
    Workspace,
    checked_id,
    contained,
    new_run_id,
    resource_folders,
    write_bytes,
    write_json,
    write_text,
)

CONCEPT = Concept(
    title="Ebb", idea="rings", focus="left", technique="rings", pens=["black"], strategy="plain", study=""
)  # fmt: skip
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
NUMBERS = st.integers(0, 9999)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def run(workspace: Workspace, name: str) -> RunFolder:
    folder = workspace.runs / name
    folder.mkdir(parents=True)
    return RunFolder(folder)


# -- ids ---------------------------------------------------------------------------------------------------------------


@given(IDS)
def test_an_id_passes_as_it_is(text: str) -> None:
    assert checked_id(text, "run") == text


@given(st.text())
def test_what_passes_as_an_id_is_one_folder_name(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert Path("runs", checked_id(text, "run")).parts == ("runs", text)


@pytest.mark.parametrize("text", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a\n", "a b", "é", "a\0", "x" * 65])
def test_what_is_no_id_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match=r"variant .* is no valid id"):
        checked_id(text, "variant")


@given(st.text(max_size=300))
def test_a_run_of_any_brief_has_a_valid_id(brief: str) -> None:
    assert IDENT.fullmatch(new_run_id(brief))


def test_a_run_id_tells_when_and_what() -> None:
    moment = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert new_run_id("Tidal memory, II!", moment)[:-4] == "20250102-030405-tidal-memory-ii-"
    assert new_run_id("潮の記憶", moment)[:-4] == "20250102-030405-untitled-"
    assert new_run_id("x", moment) < new_run_id("a", moment.replace(second=6))


# -- paths -------------------------------------------------------------------------------------------------------------


@given(relative=st.text() | st.lists(st.sampled_from(["..", ".", "a", "out", "/", "", "\0", "~"])).map("/".join))
def test_no_path_leads_out(tmp_path_factory: pytest.TempPathFactory, relative: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "contained" / "v01"
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(UsageError):
        assert contained(folder, relative).is_relative_to(folder.resolve())


@pytest.mark.parametrize(
    "relative", ["..", "../v02/x", "a/../../x", "/etc/passwd", "out/x", "loop/x", "a\0b", "\ud800"]
)
def test_a_path_that_leads_out_or_nowhere_is_refused_in_one_line(tmp_path: Path, relative: str) -> None:
    folder = tmp_path / "v01"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match=r"^path ") as refusal:
        contained(folder, relative)
    assert "\n" not in str(refusal.value)


def test_a_path_may_wander_inside(tmp_path: Path) -> None:
    assert contained(tmp_path, "iterations/../iterations/01") == tmp_path.resolve() / "iterations" / "01"


def test_a_place_is_a_folder_of_its_variant(workspace: Workspace) -> None:
    place = Place(run="r1", variant="v02", iteration=3)
    folder = workspace.runs.resolve() / "r1" / "variants" / "v02"
    assert workspace.variant(place) == folder
    assert workspace.place(place) == folder / "iterations" / "03"
    assert workspace.place(place.model_copy(update={"attempt": "2"})) == folder / "iterations" / "03" / "tries" / "2"
    assert RunFolder(workspace.runs.resolve() / "r1").iteration("v02", 3) == workspace.place(place)


FOLDERS = [
    "r1",
    "r1/variants",
    "r1/variants/v01",
    "r1/variants/v01/iterations",
    "r1/variants/v01/iterations/01",
    "r1/variants/v01/iterations/01/tries",
    "r1/variants/v01/iterations/01/tries/k",
]
"""Every folder on the way to where a try of an agent is written."""


@pytest.mark.parametrize("target", ["inside", "outside"])
@pytest.mark.parametrize("planted", FOLDERS)
def test_a_planted_link_is_refused_wherever_it_lies_and_leads(
    workspace: Workspace, tmp_path: Path, planted: str, target: str
) -> None:
    other = tmp_path / "runs/r2/variants/v02/iterations/01" if target == "inside" else tmp_path / "elsewhere"
    other.mkdir(parents=True)
    link = workspace.runs / planted
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(other)
    with pytest.raises(UsageError, match="is a link"):
        workspace.place(Place(run="r1", variant="v01", iteration=1, attempt="k"))


def test_a_link_from_one_variant_to_the_next_is_refused_by_all_who_would_follow(workspace: Workspace) -> None:
    folder = run(workspace, "r1")
    write_text(folder.iteration("v02", 1) / "sketch.py", "of the second")
    (folder.path / "variants/v01").symlink_to("v02")
    for follow in (
        lambda: folder.keep_concept("v01", CONCEPT),
        lambda: folder.keep_selection(
            Selection(winner="v01", ranking=[Standing(variant="v01", iteration=1, points=1, score=1)])
        ),
        lambda: folder.file("v01", 1, "sketch.py"),
    ):
        with pytest.raises(UsageError, match="v01 is a link"):
            follow()
    assert not (folder.path / "variants/v02/concept.json").exists()


@given(one=IDS, other=IDS, attempts=st.tuples(st.none() | IDS, st.none() | IDS), numbers=st.tuples(NUMBERS, NUMBERS))
def test_two_variants_never_share_a_folder(
    one: str, other: str, attempts: tuple[str | None, str | None], numbers: tuple[int, int]
) -> None:
    workspace = Workspace(Path("root"))
    first, second = (
        workspace.place(Place(run="r1", variant=variant, iteration=number, attempt=attempt))
        for variant, number, attempt in zip((one, other), numbers, attempts, strict=True)
    )
    if one != other:
        assert not first.is_relative_to(second)
        assert not second.is_relative_to(first)


@given(relative=st.lists(st.sampled_from(["..", ".", "v01", "v02", "iterations", "link", "up", ""])).map("/".join))
def test_no_path_of_one_variant_reaches_another(tmp_path_factory: pytest.TempPathFactory, relative: str) -> None:
    variants = tmp_path_factory.getbasetemp() / "pair"
    for name in ("v01", "v02"):
        (variants / name / "iterations").mkdir(parents=True, exist_ok=True)
    for name, target in (("link", "../v02"), ("up", "..")):
        with contextlib.suppress(FileExistsError):
            (variants / "v01" / name).symlink_to(target)
    with contextlib.suppress(UsageError):
        assert contained(variants / "v01", relative).resolve().is_relative_to(variants / "v01")


def test_a_planted_link_in_place_of_a_file_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "theirs.svg").write_text("theirs")
    (tmp_path / "drawing.svg").symlink_to("theirs.svg")
    write_text(tmp_path / "drawing.svg", "ours")
    assert not (tmp_path / "drawing.svg").is_symlink()
    assert (tmp_path / "theirs.svg").read_text() == "theirs"


def test_a_run_or_a_record_that_is_a_link_is_not_followed(workspace: Workspace) -> None:
    folder = run(workspace, "real")
    (folder.path / "elsewhere.json").write_text("{}")
    folder.record.symlink_to("elsewhere.json")
    with pytest.raises(RunDamaged, match="symbolic links"):
        folder.read_record()
    (workspace.runs / "alias").symlink_to("real")
    assert [found.id for found in workspace.every()] == ["real"]


# -- writing -----------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "note.txt"
    assert write_text(path, "Ebbe\n") == path
    write_text(path, "Flut ∿\n")
    assert path.read_bytes() == "Flut ∿\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["note.txt"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "note.txt").mkdir()
    with pytest.raises(StorageError, match=r"cannot write .*note\.txt: .*; free space or choose another --root"):
        write_bytes(tmp_path / "note.txt", b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


def test_a_file_in_place_of_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(StorageError, match="runs"):
        Workspace(tmp_path).create("tide")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it may not")
def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        write_text(tmp_path / "note.txt", "x")


# -- runs --------------------------------------------------------------------------------------------------------------


def test_a_named_workspace_has_its_own_runs(tmp_path: Path) -> None:
    assert Workspace(tmp_path).runs == tmp_path / "runs"
    assert Workspace(tmp_path, "tides").runs == tmp_path / "workspaces" / "tides" / "runs"
    created = Workspace(tmp_path, "tides").create("ebb")
    assert Workspace(tmp_path).every() == []
    assert created.place("v01", 2) == Place(workspace="tides", run=created.id, variant="v01", iteration=2)
    with pytest.raises(UsageError, match="workspace"):
        Workspace(tmp_path, "../tides")


def test_runs_are_listed_oldest_first_without_what_is_no_run(workspace: Workspace) -> None:
    for name in ("20250103-000000-b-0002", "20250102-000000-a-0001", ".hidden"):
        run(workspace, name)
    (workspace.runs / "note.txt").write_text("no run")
    (workspace.runs / "adhoc" / "variants").mkdir(parents=True)
    assert [folder.id for folder in workspace.every()] == ["20250102-000000-a-0001", "20250103-000000-b-0002"]


@pytest.mark.parametrize("text", ["20250102-000000-a-0001", "20250102", "0001", "last"])
def test_a_run_is_found_by_id_beginning_end_or_as_the_last(workspace: Workspace, text: str) -> None:
    run(workspace, "20240101-000000-z-0003")
    run(workspace, "20250102-000000-a-0001")
    assert workspace.find(text).id == "20250102-000000-a-0001"


def test_the_last_run_is_not_where_somebody_rendered_without_one(workspace: Workspace) -> None:
    run(workspace, "20250102-000000-a-0001").record.write_text("{}")
    run(workspace, "board")
    assert workspace.find("last").id == "20250102-000000-a-0001"


def test_an_exact_id_wins_over_one_that_begins_with_it(workspace: Workspace) -> None:
    run(workspace, "tide")
    run(workspace, "tide-2")
    assert workspace.find("tide").id == "tide"


@pytest.mark.parametrize(
    ("text", "said"),
    [("2025", "ambiguous: 20250102-000000-a-0001, 20250103-000000-b-0002"), ("beef", "see: artloop list")],
)
def test_a_run_that_cannot_be_told_is_not_found(workspace: Workspace, text: str, said: str) -> None:
    run(workspace, "20250102-000000-a-0001")
    run(workspace, "20250103-000000-b-0002")
    with pytest.raises(RunNotFound, match=said):
        workspace.find(text)


@given(st.text())
def test_no_name_finds_a_folder_outside(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    workspace = Workspace(tmp_path_factory.getbasetemp() / "find")
    (workspace.runs / "tide").mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(ArtloopError):
        assert workspace.find(text).path == workspace.runs / "tide"


def test_without_any_run_there_is_no_last(workspace: Workspace) -> None:
    with pytest.raises(RunNotFound, match="start one with: artloop run"):
        workspace.find("last")


def test_a_record_reads_back_as_it_was_written(workspace: Workspace) -> None:
    folder = workspace.create("tide")
    brief = Brief(text="tide", canvas=Canvas.parse("a4"))
    record = RunRecord(id=folder.id, brief=brief, models={"draw": "house"}, created="2025-01-02", artloop="0")
    write_json(folder.record, record)
    assert workspace.find(folder.id).read_record() == record


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"id": "x"}', b"\xff\xfe", b"[]"])
def test_a_damaged_record_is_named_and_left_as_it_is(workspace: Workspace, content: bytes | None) -> None:
    folder = run(workspace, "tide")
    if content is not None:
        folder.record.write_bytes(content)
    with pytest.raises(RunDamaged, match=r"run\.json cannot be read .*nothing was changed") as refusal:
        folder.read_record()
    assert "\n" not in str(refusal.value)
    assert (folder.record.read_bytes() if folder.record.exists() else None) == content


def test_a_selection_puts_what_there_is_of_the_winner_into_final(workspace: Workspace) -> None:
    folder = run(workspace, "tide")
    for name in ("sketch.py", "drawing.svg", "log.txt"):
        write_text(folder.iteration("v02", 3) / name, f"{name} of the winner")
    standing = Standing(variant="v02", iteration=3, points=2, score=7)
    folder.keep_selection(Selection(winner="v02", ranking=[standing]))
    assert sorted(path.name for path in folder.final.iterdir()) == ["drawing.svg", "sketch.py"]
    assert (folder.final / "sketch.py").read_text() == "sketch.py of the winner"
    assert Selection.model_validate_json(folder.selection.read_bytes()).winner == "v02"


def test_another_winner_leaves_nothing_of_the_last_one_in_final(workspace: Workspace) -> None:
    folder = workspace.create("tide")
    write_text(folder.iteration("v01", 1) / "drawing.svg", "one")
    write_text(folder.iteration("v01", 1) / "plot.gcode", "G0")
    write_text(folder.iteration("v02", 3) / "drawing.svg", "two")
    for winner, iteration in (("v01", 1), ("v02", 3)):
        standing = Standing(variant=winner, iteration=iteration, points=1, score=7)
        folder.keep_selection(Selection(winner=winner, ranking=[standing]))
    assert [path.name for path in folder.final.iterdir()] == ["drawing.svg"]
    assert (folder.final / "drawing.svg").read_text() == "two"


def test_a_selection_without_a_winner_has_no_final(workspace: Workspace) -> None:
    folder = run(workspace, "tide")
    folder.keep_selection(Selection(winner=None))
    assert not folder.final.exists()


def test_a_concept_lies_in_its_variant(workspace: Workspace) -> None:
    folder = run(workspace, "tide")
    folder.keep_concept("v01", CONCEPT)
    assert Concept.model_validate_json((folder.variant("v01") / "concept.json").read_bytes()) == CONCEPT
    with pytest.raises(UsageError, match="variant"):
        folder.keep_concept("../v01", CONCEPT)


# -- templates and sketches --------------------------------------------------------------------------------------------


def test_the_users_own_sketches_come_before_the_shipped_ones(tmp_path: Path) -> None:
    (shipped,) = resource_folders(tmp_path, "sketches")
    assert shipped.is_dir()
    (tmp_path / "sketches").mkdir()
    assert resource_folders(tmp_path, "sketches") == [tmp_path / "sketches", shipped]
    assert resource_folders(shipped.parent, "sketches") == [shipped]
