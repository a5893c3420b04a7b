from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from agents import ModelSettings
from agents.testing import ScriptedModel, assistant_message, function_call
from openai.types.shared import Reasoning

from artloop.artists.recorded import request_sha256
from artloop.errors import ReplayDiffers, RequestChanged
from artloop.models import Verdict
from artloop.ports import Attempt
from tests.artists.desk import desk
from tests.artists.test_llm import AT, TIE, task
from tests.fakes import MemoryCalls, brief

TWO_TURNS = [[function_call("paint", {}, call_id="c1")], [assistant_message(TIE.model_dump_json())]]


async def test_a_recorded_conversation_needs_no_model(tmp_path: Path) -> None:
    calls, live = MemoryCalls(), ScriptedModel(TWO_TURNS)
    first = await desk(tmp_path, live, calls).ask("choose", task(), Verdict, AT)
    assert len(calls.known) == 2
    replayed = await desk(tmp_path, None, calls).ask("choose", task(), Verdict, AT)
    assert replayed == first


async def test_a_crash_between_turns_pays_only_for_the_missing_turn(tmp_path: Path) -> None:
    calls = MemoryCalls()
    await desk(tmp_path, ScriptedModel(TWO_TURNS), calls).ask("choose", task(), Verdict, AT)
    del calls.known[AT.step, 0, 1]
    again = ScriptedModel(TWO_TURNS[1:])
    assert await desk(tmp_path, again, calls).ask("choose", task(), Verdict, AT) == TIE
    again.assert_complete()


async def test_an_answer_is_on_record_before_the_agent_sees_it(tmp_path: Path) -> None:
    class Broken(MemoryCalls):
        def commit(self, call):  # type: ignore[no-untyped-def]
            super().commit(call)
            raise asyncio.CancelledError

    calls = Broken()
    with pytest.raises(asyncio.CancelledError):
        await desk(tmp_path, ScriptedModel(TWO_TURNS), calls).ask("choose", task(), Verdict, AT)
    assert list(calls.known) == [(AT.step, 0, 0)]


async def test_a_replay_ends_at_a_call_that_is_not_on_record(tmp_path: Path) -> None:
    with pytest.raises(ReplayDiffers, match="not on record"):
        await desk(tmp_path, None).ask("choose", task(), Verdict, AT)


async def test_a_replay_ends_at_a_call_that_asks_something_else(tmp_path: Path) -> None:
    calls = MemoryCalls()
    await desk(tmp_path, ScriptedModel(TWO_TURNS), calls).ask("choose", task(), Verdict, AT)
    other = task().model_copy(update={"brief": brief(text="another brief")})
    with pytest.raises(ReplayDiffers, match="something else"):
        await desk(tmp_path, None, calls).ask("choose", other, Verdict, AT)


async def test_a_changed_question_is_never_answered_by_an_old_call(tmp_path: Path) -> None:
    calls = MemoryCalls()
    await desk(tmp_path, ScriptedModel(TWO_TURNS), calls).ask("choose", task(), Verdict, AT)
    other = task().model_copy(update={"brief": brief(text="another brief")})
    with pytest.raises(RequestChanged):
        await desk(tmp_path, ScriptedModel(TWO_TURNS), calls).ask("choose", other, Verdict, AT)


async def test_the_next_generation_asks_anew(tmp_path: Path) -> None:
    calls = MemoryCalls()
    await desk(tmp_path, ScriptedModel(TWO_TURNS), calls).ask("choose", task(), Verdict, AT)
    fresh = ScriptedModel(TWO_TURNS)
    await desk(tmp_path, fresh, calls).ask("choose", task(), Verdict, Attempt(step=AT.step, generation=1))
    fresh.assert_complete()


def test_what_does_not_decide_the_answer_is_not_in_the_hash() -> None:
    def hashed(settings: ModelSettings) -> str:
        return request_sha256("system", "input", settings, [], None, [], {"previous_response_id": None})

    plain = hashed(ModelSettings())
    assert hashed(ModelSettings(metadata={"run": "1"}, extra_args={"prompt_cache_key": "r"})) == plain
    assert hashed(ModelSettings(temperature=0.5)) != plain
    assert hashed(ModelSettings(reasoning=Reasoning(effort="low"))) != plain


def test_another_limit_on_the_answer_asks_the_same() -> None:
    def hashed(limit: int | None) -> str:
        return request_sha256("system", "input", ModelSettings(max_tokens=limit), [], None, [], {})

    assert hashed(None) == hashed(100)
