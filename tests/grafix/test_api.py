import ast
from pathlib import Path

import pytest

from artloop.errors import UsageError
from artloop.grafix.api import Api, described
from artloop.grafix.notes import OPERATIONS, PARAMETERS
from artloop.grafix.registry import Registry


@pytest.fixture
async def registry(cache_folder: Path) -> Registry:
    return await Api(cache_folder).registry()


def damage(folder: Path) -> None:
    (file,) = folder.glob("api-*.json")
    file.write_text("damaged")


async def test_the_registry_is_read_once_and_then_kept_in_a_file(tmp_path: Path) -> None:
    read = await Api(tmp_path).registry()
    assert await Api(tmp_path).registry() == read
    damage(tmp_path)
    assert await Api(tmp_path).registry() == read


async def test_the_guide_lists_every_operation_and_its_examples_are_python(registry: Registry) -> None:
    guide = described(registry)
    assert all(f"- {operation.title}: " in guide for operation in registry.operations)
    for block in guide.split("```python\n")[1:]:
        ast.parse(block.split("```")[0])
    assert guide == described(registry)


async def test_an_operation_is_explained_with_ranges_defaults_notes_and_an_example(registry: Registry) -> None:
    text = described(registry, "E.fill")
    assert "CLOSED rings" in text
    assert "- density = 35.0 [float 0..1000]" in text
    assert "E.fill(" in text
    assert text.rstrip().endswith("(geometry)")


@pytest.mark.parametrize("name", ["grid", "G.grid", "G.grid()"])
async def test_a_name_may_be_short(registry: Registry, name: str) -> None:
    assert described(registry, name).startswith("# G.grid")


async def test_an_unknown_name_is_refused_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(UsageError, match=r"did you mean E.displace\?"):
        described(registry, "E.displac")


async def test_every_example_is_python(registry: Registry) -> None:
    for operation in registry.operations:
        ast.parse(described(registry, operation.title).split("Example:\n")[1])


async def test_the_notes_speak_of_what_there_is(registry: Registry) -> None:
    titles = {operation.title for operation in registry.operations}
    parameters = {f"{op.title}.{parameter.name}" for op in registry.operations for parameter in op.parameters}
    assert set(OPERATIONS) == titles
    assert set(PARAMETERS) <= parameters
