from __future__ import annotations

from pathlib import Path

import pytest
from agents.testing import ScriptedModel, assistant_message, function_call

from artloop.artists.dialect import lifted
from artloop.artists.llm import message
from artloop.errors import ModelMisbehaved
from artloop.models import Candidate, ChooseTask, Verdict
from artloop.ports import Attempt
from tests.artists.desk import desk
from tests.fakes import MemoryCalls, brief, drawn

TIE = Verdict(first_alone="a line", second_alone="a dot", winner="tie", reason="equal")
AT = Attempt(step="run/00/choose/0")


def task() -> ChooseTask:
    first, second = (
        Candidate(variant=name, iteration=1, title=name, rendering=drawn(""), score=5.0) for name in ("v01", "v02")
    )
    return ChooseTask(brief=brief(), first=first, second=second)


async def ask(folder: Path, script: list[object], max_turns: int = 4, calls: MemoryCalls | None = None) -> Verdict:
    """Let a scripted model judge."""
    model = ScriptedModel(script)  # type: ignore[arg-type]
    return await desk(folder, model, calls, max_turns).ask("choose", task(), Verdict, AT)


async def test_an_answer_in_the_schema_comes_back_typed(tmp_path: Path) -> None:
    assert await ask(tmp_path, [[assistant_message(TIE.model_dump_json())]]) == TIE


async def test_an_answer_outside_the_schema_is_the_models_own_fault(tmp_path: Path) -> None:
    with pytest.raises(ModelMisbehaved, match="not valid"):
        await ask(tmp_path, [[assistant_message('{"winner": "both"}')]] * 2)


async def test_a_repair_turn_repeats_the_answer_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    model = ScriptedModel([[assistant_message("no.")], [assistant_message(TIE.model_dump_json())]])
    assert await desk(tmp_path, model).ask("choose", task(), Verdict, AT) == TIE
    first, repair = model.calls
    assert repair.input[: len(first.input)] == first.input
    said, asked = repair.input[len(first.input) :]
    assert (said["role"], said["content"]) == ("assistant", "no.")  # type: ignore[index, typeddict-item]
    assert "not valid" in str(asked)
    assert "first_alone" in str(asked)


async def test_text_that_is_no_json_is_the_models_own_fault(tmp_path: Path) -> None:
    with pytest.raises(ModelMisbehaved, match="not valid"):
        await ask(tmp_path, [[assistant_message("I would rather not.")]] * 2)


async def test_a_tool_nobody_has_is_answered_and_the_model_goes_on(tmp_path: Path) -> None:
    script = [[function_call("paint", {}, call_id="c1")], [assistant_message(TIE.model_dump_json())]]
    assert await ask(tmp_path, script) == TIE


async def test_a_model_that_only_calls_tools_is_stopped(tmp_path: Path) -> None:
    script = [[function_call("paint", {"n": n}, call_id=f"c{n}")] for n in range(3)]
    with pytest.raises(ModelMisbehaved, match="3 calls without an answer"):
        await ask(tmp_path, script, max_turns=3)


async def test_the_prompt_that_was_sent_is_kept(tmp_path: Path) -> None:
    await ask(tmp_path, [[assistant_message(TIE.model_dump_json())]])
    assert "tidal memory" in (tmp_path / "prompt-choose.md").read_text()


def test_pictures_follow_their_captions(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(b"png")
    (sent,) = message("look", [("The first:", tmp_path / "p.png")])
    kinds = [part["type"] for part in sent["content"]]
    assert kinds == ["input_text", "input_text", "input_image"]
    assert sent["content"][2]["image_url"] == "data:image/png;base64,cG5n"


def test_pictures_in_tool_results_are_shown_again_after_them() -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,cG5n"}
    items = [
        {"role": "user", "content": "draw"},
        {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "ok"}, picture]},
        {"role": "assistant", "content": "seen"},
    ]
    done = lifted(items)
    assert [item.get("role") for item in done] == ["user", None, "user", "assistant"]
    assert done[2]["content"][1]["image_url"] == picture["image_url"]
