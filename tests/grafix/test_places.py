from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import UsageError
from artloop.grafix.listing import holdings
from artloop.grafix.places import META_KEY, placed
from artloop.models import Place

HOST = {META_KEY: {"workspace": "default", "run": "r1", "variant": "v02", "iteration": 3, "attempt": "auto"}}


def test_a_stranger_who_names_nothing_gets_the_next_iteration_of_adhoc(tmp_path: Path) -> None:
    folders = [placed(tmp_path, {}, None).folder("0" * 64)[0] for _ in range(2)]
    base = tmp_path.resolve() / "runs/adhoc/variants/v01/iterations"
    assert folders == [base / "01", base / "02"]


def test_named_ids_are_used(tmp_path: Path) -> None:
    named = {"workspace_id": "w", "run_id": "r", "variant_id": "v09", "iteration": 7}
    folder, place = placed(tmp_path, named, None).folder("0" * 64)
    assert folder == tmp_path.resolve() / "workspaces/w/runs/r/variants/v09/iterations/07"
    assert place == Place(workspace="w", run="r", variant="v09", iteration=7)


def test_absent_ids_are_filled_from_the_host_and_attempts_are_named_after_the_content(tmp_path: Path) -> None:
    folder, place = placed(tmp_path, {"run_id": None}, HOST).folder("0123456789abcdef")
    assert folder == tmp_path.resolve() / "runs/r1/variants/v02/iterations/03/tries/01234567"
    assert place.attempt == "01234567"


@pytest.mark.parametrize("named", [{"run_id": "r2"}, {"variant_id": "v01"}, {"workspace_id": "x"}, {"iteration": 4}])
def test_ids_that_differ_from_the_hosts_are_refused(tmp_path: Path, named: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="not yours"):
        placed(tmp_path, named, HOST)


def test_the_same_ids_as_the_hosts_are_accepted(tmp_path: Path) -> None:
    assert placed(tmp_path, {"run_id": "r1", "iteration": 3}, HOST).place.run == "r1"


@given(st.text(max_size=20).filter(lambda text: text not in ("", ".")))
def test_no_id_leads_out_of_the_runs(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.getbasetemp().resolve()
    for name in ("run_id", "variant_id", "workspace_id"):
        try:
            variant = placed(root, {name: text}, None).variant
        except UsageError:
            continue
        assert variant.is_relative_to(root)
        assert variant.name != ".."


@pytest.mark.parametrize("path", ["../../../secret.txt", "/etc/passwd", "iterations/01/link", "iterations/01"])
def test_a_path_out_of_the_variant_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder, _ = placed(tmp_path, {}, None).folder("0" * 64)
    (folder / "link").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(UsageError):
        placed(tmp_path, {}, None).file(path)


def test_a_variant_folder_that_is_a_planted_link_is_refused(tmp_path: Path) -> None:
    variants = tmp_path / "runs/adhoc/variants"
    variants.mkdir(parents=True)
    (variants / "v01").symlink_to("/")
    with pytest.raises(UsageError, match="leads out"):
        placed(tmp_path, {}, None)


@pytest.mark.parametrize("planted", ["iterations", "iterations/01", "iterations/01/sketch.py"])
def test_no_link_to_another_variant_is_followed(tmp_path: Path, planted: str) -> None:
    theirs, _ = placed(tmp_path, {"variant_id": "v02", "iteration": 1}, None).folder("0" * 64)
    theirs.mkdir(parents=True)
    (theirs / "sketch.py").write_text("of the second")
    variants = theirs.parents[2]
    link = variants / "v01" / planted
    link.parent.mkdir(parents=True)
    link.symlink_to(variants / "v02" / planted)
    place = placed(tmp_path, {}, None)
    with pytest.raises(UsageError, match="is a link"):
        place.file("iterations/01/sketch.py")
    if planted == "iterations":
        with pytest.raises(UsageError, match="is a link"):
            place.folder("0" * 64)
        with pytest.raises(UsageError, match="is a link"):
            holdings(place, None, whole_run=False)
    else:
        assert holdings(place, None, whole_run=False).artifacts == []
    assert sorted(path.name for path in theirs.parent.iterdir()) == ["01"]


def test_a_variant_that_is_a_link_is_not_listed(tmp_path: Path) -> None:
    variants = tmp_path / "runs/adhoc/variants"
    (variants / "v02").mkdir(parents=True)
    (variants / "v03").symlink_to("v02")
    assert holdings(placed(tmp_path, {}, None), None, whole_run=True).variants == ["v02"]


def test_an_agent_reads_only_what_is_the_same_in_every_replay(tmp_path: Path) -> None:
    folder, _ = placed(tmp_path, {}, HOST).folder("0" * 64)
    folder.mkdir(parents=True)
    for name in ("sketch.py", "manifest.json"):
        (folder / name).write_text("")
    at = "iterations/03/tries/00000000"
    assert placed(tmp_path, {}, HOST).file(f"{at}/sketch.py").name == "sketch.py"
    with pytest.raises(UsageError, match="none of the files"):
        placed(tmp_path, {}, HOST).file(f"{at}/manifest.json")
