"""A plotter program of ours as strokes that can be sent, left out, or begun again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from artloop.errors import UsageError

UP, DOWN, SEPARATOR = "; pen up:", "; pen down:", " | "
PEN, STROKE, NEXT, END = re.compile(r"; pen (\d+.*)"), re.compile(r"; stroke (\d+) of (\d+)"), "; next pen", "; end"
FEED = re.compile(r"F\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Stroke:
    """One stroke: the way to it with the pen up, and the moves with the pen down."""

    number: int
    """From 1, over all pens."""
    pen: str
    """The pen that draws it, in words."""
    travel: tuple[str, ...]
    moves: tuple[str, ...]

    @property
    def feed(self) -> str:
        """The speed at which it is drawn, as a command."""
        found = FEED.search(" ".join(self.moves))
        return found[0] if found else ""


@dataclass(frozen=True)
class Program:
    """What is sent, in this order: the head, for each stroke travel, down, moves and up, and the tail."""

    head: tuple[str, ...]
    up: tuple[str, ...]
    down: tuple[str, ...]
    strokes: tuple[Stroke, ...]
    total: int
    """Strokes of the whole plot; the program may begin later."""
    tail: tuple[str, ...]

    @property
    def pens(self) -> list[str]:
        """Pens in the order in which they draw."""
        return list(dict.fromkeys(stroke.pen for stroke in self.strokes))

    def since(self, number: int) -> Program:
        """The program from that stroke on. Raises `UsageError` when there is none."""
        left = tuple(stroke for stroke in self.strokes if stroke.number >= number)
        if not left:
            raise UsageError(f"there is no stroke {number} to begin at; the last one is {self.total}")
        return Program(self.head, self.up, self.down, left, self.total, self.tail)


def read(text: str) -> Program:
    """Read G-code that `artloop export` wrote. Raises `UsageError` for another program's."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    up, down = _listed(lines, UP), _listed(lines, DOWN)
    begins = next((at for at, line in enumerate(lines) if PEN.match(line)), None)
    if not up or not down or begins is None or END not in lines:
        raise UsageError("it has no comments of artloop, which say where strokes begin; write it with: artloop export")
    end = lines.index(END)
    head = tuple(_bare(lines[:begins]))
    strokes, pen = list[Stroke](), ""
    blocks = _blocks(lines[begins:end])
    for comment, commands in blocks:
        if found := PEN.fullmatch(comment):
            pen = found[1]
        elif found := STROKE.fullmatch(comment):
            strokes.append(_stroke(int(found[1]), pen, commands, up, down))
    total = max(int(found[2]) for comment, _ in blocks if (found := STROKE.fullmatch(comment)))
    return Program(head, up, down, tuple(strokes), total, tuple(lines[end + 1 :]))


def _stroke(number: int, pen: str, commands: list[str], up: tuple[str, ...], down: tuple[str, ...]) -> Stroke:
    """Travel, down, moves, up: taken apart at the pen's own commands."""
    lowered = next((at for at in range(len(commands)) if tuple(commands[at : at + len(down)]) == down), None)
    if lowered is None or tuple(commands[-len(up) :]) != up:
        raise UsageError(f"stroke {number} does not lower and raise the pen as its head says; export it again")
    return Stroke(number, pen, tuple(commands[:lowered]), tuple(commands[lowered + len(down) : -len(up)]))


def _blocks(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Comments and the commands below each; between two pens there are commands that make a machine wait."""
    blocks: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith(";"):
            blocks.append((line, []))
        else:
            blocks[-1][1].append(line)
    return blocks


def _bare(lines: list[str]) -> list[str]:
    """Commands without comments."""
    return [command for line in lines if (command := line.split(";")[0].strip())]


def _listed(lines: list[str], mark: str) -> tuple[str, ...]:
    found = next((line.removeprefix(mark) for line in lines if line.startswith(mark)), "")
    return tuple(part.strip() for part in found.split(SEPARATOR) if part.strip())
