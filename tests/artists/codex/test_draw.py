from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from artloop.artists.codex import CodexArtists
from artloop.artists.codex.config import Codex
from artloop.artists.codex.draw import Bench
from artloop.errors import ModelMisbehaved, ReplayDiffers, RequestChanged
from artloop.grafix.client import tool_server
from artloop.models import Drawing, DrawTask, Iteration
from artloop.ports import Attempt
from artloop.settings import RenderLimits
from tests.artists.desk import desk
from tests.fake_codex import codex_program, seen
from tests.fakes import MemoryCalls, brief, concept, critique, drawn

AT = Attempt(step="v01/01/draw/0")
TASK = DrawTask(brief=brief(), variant="v01", concept=concept(1), iteration=1)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_API_KEY", "sk-test-codex")


def artists(tmp_path: Path, mode: str | None, calls: MemoryCalls, cache: Path | None = None) -> CodexArtists:
    """Codex in a run below `tmp_path`; without a mode, a replay."""
    codex = None
    if mode:
        program = codex_program(tmp_path / "bin", mode)
        codex = Codex(program=str(program), model=None, base_url=None, timeout_s=60)
    bench = Bench(
        codex=codex,
        server_at=lambda place: tool_server(tmp_path, RenderLimits(), cache or tmp_path, place),
        slots=asyncio.Semaphore(1),
    )
    return CodexArtists(desk(tmp_path / "runs" / "test", None, calls), {}, bench)


async def test_codex_draws_with_our_tools_in_its_own_place_and_reaches_no_other(
    tmp_path: Path, cache_folder: Path
) -> None:
    secret = tmp_path / "runs" / "other" / "variants" / "v01" / "secret.txt"
    secret.parent.mkdir(parents=True)
    secret.write_text("secret")
    calls = MemoryCalls()
    drawing = await artists(tmp_path, "trespass", calls, cache_folder).draw(TASK, AT)
    assert "polygon" in drawing.source
    heard = seen(tmp_path / "bin")[0]["heard"]
    assert heard["render"] is True
    assert all(path.startswith("iterations/01/tries/") for path in heard["paths"])
    assert (tmp_path / "runs" / "test" / "variants" / "v01" / heard["paths"][0]).is_file()
    assert [heard[name] for name in ("run_id", "variant_id", "workspace_id")] == [True] * 3
    assert "secret" not in str(heard["forged"])
    assert "not yours" in heard["resource"]
    assert heard["api"] == 1
    (call,) = calls.known.values()
    assert (call.usage.input_tokens, call.usage.cached_tokens, call.usage.output_tokens) == (1000, 400, 50)


async def test_what_codex_answered_once_is_not_asked_again(tmp_path: Path) -> None:
    calls = MemoryCalls()
    first = await artists(tmp_path, "answer", calls).draw(TASK, AT)
    again = await artists(tmp_path, "crash", calls).draw(TASK, AT)
    assert first == again
    assert len(seen(tmp_path / "bin")) == 1


async def test_a_replay_needs_no_codex_and_makes_up_nothing(tmp_path: Path) -> None:
    calls = MemoryCalls()
    first = await artists(tmp_path, "answer", calls).draw(TASK, AT)
    assert await artists(tmp_path, None, calls).draw(TASK, AT) == first
    with pytest.raises(ReplayDiffers, match="not on record"):
        await artists(tmp_path, None, MemoryCalls()).draw(TASK, AT)


async def test_another_question_starts_a_new_generation(tmp_path: Path) -> None:
    calls = MemoryCalls()
    await artists(tmp_path, "answer", calls).draw(TASK, AT)
    other = TASK.model_copy(update={"concept": concept(2)})
    with pytest.raises(RequestChanged):
        await artists(tmp_path, "answer", calls).draw(other, AT)


async def test_an_answer_that_is_no_drawing_is_codexs_own_fault_and_is_paid_for(tmp_path: Path) -> None:
    calls = MemoryCalls()
    with pytest.raises(ModelMisbehaved, match="no drawing"):
        await artists(tmp_path, "garbage", calls).draw(TASK, AT)
    assert len(calls.known) == 1


async def test_codex_sees_its_last_picture(tmp_path: Path) -> None:
    preview = tmp_path / "runs/test/variants/v01/iterations/01/preview.png"
    preview.parent.mkdir(parents=True)
    preview.write_bytes(b"\x89PNG")
    drawing = Drawing(source="x", change="c", hypothesis="h")
    before = Iteration(number=1, drawing=drawing, rendering=drawn(""), critique=critique(5.0))
    task = TASK.model_copy(update={"iteration": 2, "history": [before], "incumbent": 1})
    await artists(tmp_path, "answer", MemoryCalls()).draw(task, replace_step(AT))
    (told,) = seen(tmp_path / "bin")
    assert told["pictures"] == [f"--image={preview}"]
    assert "1. Your last drawing:" in told["prompt"]
    assert told["schema"]["required"] == ["source", "patch", "base", "change", "hypothesis"]


def replace_step(attempt: Attempt) -> Attempt:
    return attempt.model_copy(update={"step": "v01/02/draw/0"})
