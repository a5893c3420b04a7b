"""Records a command in a terminal of its own as an animated SVG: `python docs/recording.py OUT.svg COMMAND...`.

What is recorded is what the command wrote, when it wrote it; only pauses are cut short. Needs the extra `docs`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pyte

COLUMNS, ROWS = 100, 32
CELL_W, CELL_H, FONT = 7.8, 16.0, 13
MARGIN = 14.0
FASTER = 4
"""How many times as fast as it happened it is shown."""
FRAME_S = 0.15
"""What is shown closer together is one frame."""
PAUSE_S = 0.6
"""The longest pause that is shown."""
PICTURES = re.compile(rb"\x1b_.*?\x1b\\", re.S)
"""Questions whether the terminal shows pictures of its own: ours does not, and pyte would print them."""
END_S = 6.0
"""How long the last frame stands."""
INK, PAPER = "#d8dee3", "#14181c"
NAMED = {
    "black": "#2b3238",
    "red": "#e0685f",
    "green": "#8fbf6f",
    "brown": "#d9b466",
    "blue": "#6fa3d8",
    "magenta": "#b98bc9",
    "cyan": "#63b8b8",
    "white": "#d8dee3",
    "brightblack": "#7c8791",
    "brightred": "#f0857c",
    "brightgreen": "#a9d68a",
    "brightbrown": "#ecc983",
    "brightyellow": "#ecc983",
    "brightblue": "#8ebbec",
    "brightmagenta": "#d0a5de",
    "brightcyan": "#82d0d0",
    "brightwhite": "#ffffff",
}

Row = tuple[tuple[str, str, str, bool], ...]
"""(text of one cell, ink, paper, bold) from left to right."""


@dataclass(frozen=True)
class Frame:
    """The screen from `at` (seconds) on."""

    at: float
    rows: tuple[Row, ...]


def recorded(command: list[str]) -> list[Frame]:
    """Run the command in a pseudo-terminal and keep what its screen showed."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {words(command)}\r\n".encode())
    frames = [Frame(0.0, seen(screen))]
    master, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    told = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    process = subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env={**os.environ, **told}, start_new_session=True
    )
    os.close(side)
    at, last = PAUSE_S, time.monotonic()
    while content := read(master):
        now = time.monotonic()
        at, last = at + min((now - last) / FASTER, PAUSE_S), now
        stream.feed(PICTURES.sub(b"", content))
        frame = Frame(at, seen(screen))
        if frame.rows != frames[-1].rows:
            if at - frames[-1].at < FRAME_S and len(frames) > 1:
                frames[-1] = Frame(frames[-1].at, frame.rows)
            else:
                frames.append(frame)
    if code := process.wait():
        raise SystemExit(f"{command[0]} ended with exit code {code}; nothing is written")
    return frames


def words(command: list[str]) -> str:
    """The command as one types it."""
    return " ".join(shlex.quote(word).replace("'", '"') for word in command)


def read(master: int) -> bytes:
    """What the command wrote next; empty at its end."""
    try:
        return os.read(master, 1 << 16)
    except OSError:  # Linux's way to say that the other side is closed
        return b""


def seen(screen: pyte.Screen) -> tuple[Row, ...]:
    """The screen's rows as they are to be drawn."""
    rows = []
    for number in range(ROWS):
        line = screen.buffer[number]
        cells = [line[column] for column in range(COLUMNS)]
        rows.append(tuple((cell.data, *colours(cell), cell.bold) for cell in cells))
    return tuple(rows)


def colours(cell: pyte.screens.Char) -> tuple[str, str]:
    """(ink, paper) of a cell; empty: the terminal's own."""
    ink, paper = (colour(name) for name in (cell.fg, cell.bg))
    return (paper or PAPER, ink or INK) if cell.reverse else (ink, paper)


def colour(name: str) -> str:
    """As SVG writes it."""
    return "" if name == "default" else NAMED.get(name) or f"#{name}"


def drawn(row: Row) -> str:
    """One row as SVG, its left upper corner at 0, 0."""
    parts, column = [], 0
    for (kind, ink, paper, bold), cells in groupby(row, key=lambda cell: (half(cell[0]), *cell[1:])):
        run = list(cells)
        x, width = column * CELL_W, len(run) * CELL_W
        column += len(run)
        text = "".join(cell[0] for cell in run)
        if paper:
            parts.append(box(x, 0, width, CELL_H, paper))
        if kind:
            parts.append(box(x, 0 if kind == "▀" else CELL_H / 2, width, CELL_H / 2, ink or INK))
        elif text.strip():
            style = (f' fill="{ink}"' if ink else "") + (' font-weight="bold"' if bold else "")
            start = len(text) - len(text.lstrip())
            shown = text.strip()
            at, long = x + start * CELL_W, len(shown) * CELL_W
            parts.append(f'<text x="{at:.1f}" y="12" textLength="{long:.1f}"{style}>{escape(shown)}</text>')
    return "".join(parts)


def half(text: str) -> str:
    """The half block a cell is, or nothing."""
    return text if text in ("▀", "▄") else ""


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="{fill}"/>'


def animated(frames: list[Frame], title: str) -> str:
    """The frames as one SVG that plays them again and again; equal rows are written once."""
    width, height = COLUMNS * CELL_W + 2 * MARGIN, ROWS * CELL_H + 2 * MARGIN
    known: dict[Row, str] = {}
    reel = []
    for number, frame in enumerate(frames):
        uses = []
        for place, row in enumerate(frame.rows):
            if not drawn(row):
                continue
            name = known.setdefault(row, f"r{len(known)}")
            uses.append(f'<use href="#{name}" y="{place * CELL_H:g}"/>')
        reel.append(f'<g transform="translate({number * width:g})">{"".join(uses)}</g>')
    total = frames[-1].at + END_S
    steps = [
        f"{100 * frame.at / total:.2f}%{{transform:translateX({-number * width:g}px)}}"
        for number, frame in enumerate(frames)
    ]
    last = f"translateX({-(len(frames) - 1) * width:g}px)"
    rows = "".join(f'<g id="{name}">{drawn(row)}</g>' for row, name in known.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title><style>'
        f"text{{font:{FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:{INK};"
        "white-space:pre}rect{shape-rendering:crispEdges}"
        f"#reel{{animation:reel {total:.1f}s steps(1,end) infinite}}@keyframes reel{{{''.join(steps)}}}"
        f"@media (prefers-reduced-motion:reduce){{#reel{{animation:none;transform:{last}}}}}</style>"
        f'<defs>{rows}</defs><rect width="100%" height="100%" rx="8" fill="{PAPER}"/>'
        f'<svg x="{MARGIN:g}" y="{MARGIN:g}" width="{COLUMNS * CELL_W:g}" height="{ROWS * CELL_H:g}">'
        f'<g id="reel">{"".join(reel)}</g></svg></svg>\n'
    )


if __name__ == "__main__":
    out, *command = sys.argv[1:]
    shown = animated(recorded(command), f"A terminal: {words(command)}")
    Path(out).write_text(shown, encoding="utf-8")
    sys.stderr.write(f"{out}: {len(shown) / 1024:.0f} KiB\n")
