"""Codex as the implementer: a child process of ours instead of an agent of ours."""

from __future__ import annotations

from artloop.artists import AgentArtists
from artloop.artists.codex.draw import Bench, draw
from artloop.artists.llm import Desk
from artloop.models import Drawing, DrawTask, Part
from artloop.ports import Attempt


class CodexArtists(AgentArtists):
    """`ports.Artists`: Codex draws, agents do the rest."""

    def __init__(self, desk: Desk, studies: dict[str, str], bench: Bench) -> None:
        super().__init__(desk, studies)
        self.bench = bench

    def fingerprint(self, part: Part) -> str:
        """Prompt text and model name of a part, and for Codex what it is told besides."""
        besides = f" {self.desk.prompts.source_sha256('codex.md.j2')}" if part == "draw" else ""
        return super().fingerprint(part) + besides

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        """A sketch for the concept, or a better one, or a repaired one."""
        return await draw(self.desk, self.bench, task, self.study(task), attempt)
