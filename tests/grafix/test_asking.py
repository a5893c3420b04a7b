from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from mcp import Client, MCPError
from mcp_types import INVALID_PARAMS, TextContent

from artloop.grafix.asking import NAMES

from .sketches import served

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(root: Path, cache_folder: Path) -> AsyncIterator[Client]:
    (root / "prompts").mkdir()
    (root / "prompts/critique_rules.md.j2").write_text("The house rules of another house.")
    (root / "prompts/chat_draw.md.j2").write_text("{{ conceit }}")
    async with served(root, cache_folder) as made:
        yield made


async def asked(client: Client, name: str, **arguments: str) -> str:
    (message,) = (await client.get_prompt(name, arguments)).messages
    assert message.role == "user"
    assert isinstance(message.content, TextContent)
    return message.content.text


async def test_every_prompt_and_every_argument_is_described(client: Client) -> None:
    prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
    assert set(prompts) == {"imagine", "draw", "critique"}
    for prompt in prompts.values():
        assert prompt.title
        assert prompt.description
        assert prompt.arguments
        assert all(argument.description for argument in prompt.arguments)
    needed = {name: [one.name for one in prompts[name].arguments or [] if one.required] for name in prompts}
    assert needed == {"imagine": ["brief"], "draw": ["concept"], "critique": ["path"]}


async def test_a_chat_is_asked_what_the_idea_agent_is_asked(client: Client) -> None:
    text = await asked(client, "imagine", brief="rain on a tin roof", count="3")
    assert "You imagine drawings for a pen plotter" in text
    assert 'Brief: "rain on a tin roof"' in text
    assert "Give 3 concepts" in text
    assert "Give 1 concept." in await asked(client, "imagine", brief="rain", count="1")
    assert "Give 4 concepts" in await asked(client, "imagine", brief="rain")


async def test_a_brief_is_text_and_no_template(client: Client) -> None:
    assert "{{ 7 * 7 }}" in await asked(client, "imagine", brief="{{ 7 * 7 }}")


async def test_a_template_of_the_users_own_is_preferred(client: Client) -> None:
    text = await asked(client, "critique", path="iterations/02/drawing.svg", concept="a tide", run_id="r1")
    assert text.startswith("The house rules of another house.")
    assert "`iterations/02/drawing.svg` in run `r1`, variant `v01`" in text
    assert "It is meant to show: a tide" in text
    assert "It is meant to show" not in await asked(client, "critique", path="a.svg")


@pytest.mark.parametrize("count", ["many", "0", "13", "-1", "1.5", ""])
async def test_an_impossible_count_is_refused_in_words(client: Client, count: str) -> None:
    with pytest.raises(MCPError, match="no whole number from 1 to 12"):
        await asked(client, "imagine", brief="rain", count=count)


async def test_a_broken_template_of_the_users_own_is_named(client: Client) -> None:
    with pytest.raises(MCPError, match=r"chat_draw\.md\.j2, line 1: 'conceit' is undefined"):
        await asked(client, "draw", concept="a tide")


async def test_an_unknown_prompt_is_refused_with_those_there_are(client: Client) -> None:
    assert [prompt.name for prompt in (await client.list_prompts()).prompts] == list(NAMES)
    with pytest.raises(MCPError, match="no prompt 'paint'; there are imagine, draw, critique") as refusal:
        await asked(client, "paint")
    assert refusal.value.error.code == INVALID_PARAMS


async def test_the_shipped_prompt_to_draw_names_the_tools(tmp_path: Path, cache_folder: Path) -> None:
    async with served(tmp_path, cache_folder) as client:
        text = await asked(client, "draw", concept="a tide of parallel lines")
    assert "You program pen-plotter drawings" in text
    assert "Concept: a tide of parallel lines" in text
    assert all(name in text for name in ("`describe_api`", "`render`", "`export_gcode`"))
