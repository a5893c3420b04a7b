"""Whoever stands at the plotter, at a keyboard: Ctrl-C or a key pauses, Enter goes on, a second Ctrl-C stops."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from types import FrameType
from typing import Any, Self

PAUSE_KEYS = b" p"
END_KEYS = b"qQ\x04"
GO_KEYS = b"\r\n "
POLL_S = 0.1


class Keyboard:
    """Signals and keys for as long as it is entered; afterwards both are as before."""

    def __init__(self) -> None:
        self._interrupts = 0
        self._asked = False
        self._fd = sys.stdin.fileno()
        self._before: list[Any] | None = None
        self._handler: Any = None

    def __enter__(self) -> Self:
        self._handler = signal.signal(signal.SIGINT, self._interrupted)
        if os.isatty(self._fd):
            self._before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before:
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
        signal.signal(signal.SIGINT, self._handler)

    def pausing(self) -> bool:
        """Whether a pause was asked for since the last wait."""
        if self._before and not self._asked and self._key(0) in {bytes([key]) for key in PAUSE_KEYS}:
            self._asked = True
        return self._asked

    def stopping(self) -> bool:
        """Whether Ctrl-C was pressed again before the pause had come."""
        return self._interrupts > 1

    def wait(self, why: str) -> bool:
        """Say why nothing moves; True for Enter, False for q, the end of the input, or Ctrl-C."""
        sys.stderr.write(f"{why}: Enter goes on, q ends here\n")
        sys.stderr.flush()
        self._interrupts, self._asked = 0, False
        while not self._interrupts:
            key = self._key(POLL_S)
            if key is not None and (key == b"" or key in END_KEYS):
                return False
            if key is not None and key in GO_KEYS:
                return True
        return False

    def _key(self, seconds: float) -> bytes | None:
        """A byte of the input; empty at its end, None if there is none in time."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        return os.read(self._fd, 1) if ready else None

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        self._interrupts += 1
        self._asked = True
