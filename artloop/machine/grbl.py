"""A machine that speaks GRBL 1.1: one command sent, one answer awaited.

Send and wait, not counting characters: an answer then belongs to one command without doubt, a pause finds at most what
the machine's own planner holds (15 moves), and that planner hides the round trip of about a millisecond. Counting
characters gains speed only where moves are shorter than that, which simplified strokes are not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Protocol

from artloop.errors import MachineError

POLL_S = 0.1
ASK_S = 1.0
"""After so long without an answer the machine is asked how it is."""
SILENT_S = 10.0
"""One that says nothing for so long is gone."""
BOOT_S = 2.0
"""Boards restart when their port is opened, and tell so."""
SETTLE = "G4 P0"
"""Answered when every move before has been made."""
ERRORS = {
    "2": "a number is missing or badly formed",
    "8": "it is not idle",
    "9": "it is locked: home it, or unlock it with $X",
    "15": "the move leads beyond the machine's travel",
    "20": "it does not know the command",
    "22": "no feed rate is set",
    "24": "two commands need the axes",
    "33": "the move's target is invalid",
}
ALARMS = {
    "1": "a limit switch was hit; its position is lost",
    "2": "the move leads beyond the machine's travel",
    "3": "it was reset while it moved; its position is lost",
    "8": "homing failed: a switch stays closed",
    "9": "homing failed: no switch was found",
}


class Line(Protocol):
    """A serial line."""

    def write(self, data: bytes) -> None:
        """Send bytes. Raises OSError when the line is broken."""

    def read(self, seconds: float) -> str | None:
        """The next line without its end; None if there is none in time. Raises OSError when the line is broken."""


class StoppedNow(Exception):
    """Somebody wants the machine to stop this moment."""


class Grbl:
    """One machine on a line. `stopping` is asked while it is waited for; `say` hears what it tells of itself."""

    def __init__(
        self, line: Line, stopping: Callable[[], bool], say: Callable[[str], None], silent_s: float = SILENT_S
    ) -> None:
        self._line = line
        self._silent_s = silent_s
        self._stopping = stopping
        self._say = say

    def greet(self) -> None:
        """Wait until the machine is there and ready. Raises `MachineError` when it is not."""
        until, asked = time.monotonic() + BOOT_S + self._silent_s, time.monotonic() + BOOT_S
        while (now := time.monotonic()) < until:
            heard = self._read()
            if heard and heard.startswith("Grbl"):
                self._say(heard)
            if (heard and heard.startswith("Grbl")) or (heard is None and now >= asked):
                self._write(b"?")
                asked = now + ASK_S
            if heard and heard.startswith("<"):
                return self._check(heard)
        raise MachineError("nothing on the port answers as GRBL does; check port, cable and --baud")

    def send(self, command: str) -> None:
        """One command; returns when the machine has taken it. Raises `MachineError`, and `StoppedNow`."""
        self._write(command.encode("ascii", "replace") + b"\n")
        heard_at = asked_at = time.monotonic()
        while True:
            heard, now = self._read(), time.monotonic()
            if self._stopping():
                raise StoppedNow
            if heard is not None:
                heard_at = asked_at = now
                if self._answered(heard, command):
                    return
            elif now - heard_at > self._silent_s:
                raise MachineError(f"the machine has not answered for {self._silent_s:g} s; check its cable and power")
            elif now - asked_at > ASK_S:
                self._write(b"?")
                asked_at = now

    def settle(self) -> None:
        """Return when every move has been made."""
        self.send(SETTLE)

    def stop(self) -> None:
        """Slow down, forget what is planned, keep the position: a feed hold, and a reset once it stands."""
        self._write(b"!")
        until, asked = time.monotonic() + self._silent_s, 0.0
        while (now := time.monotonic()) < until:
            if now - asked > POLL_S:
                self._write(b"?")
                asked = now
            heard = self._read() or ""
            if re.match(r"<(Hold:0|Idle|Alarm)", heard):
                break
        self._write(b"\x18")
        while time.monotonic() < until and not (self._read() or "").startswith("Grbl"):
            pass

    def raise_pen(self, commands: tuple[str, ...]) -> None:
        """Raise the pen whatever was asked; a machine that cannot any more is left alone."""
        stopping, self._stopping = self._stopping, lambda: False
        try:
            for command in commands:
                self.send(command)
        except MachineError as error:
            self._say(f"the pen could not be raised: {error}")
        finally:
            self._stopping = stopping

    def _answered(self, heard: str, command: str) -> bool:
        """Whether that was the answer to the command. Raises `MachineError` for a bad one."""
        if heard == "ok":
            return True
        word, _, code = heard.partition(":")
        if word == "error":
            why = f": {ERRORS[code]}" if code in ERRORS else ""
            raise MachineError(f"the machine refused {command!r} with error {code}{why}")
        if word == "ALARM":
            raise MachineError(_alarm(code))
        if heard.startswith("Grbl"):
            raise MachineError("the machine was reset while it plotted; its position may be lost")
        if heard.startswith(("<Door", "<Hold")):
            self._say("the machine holds; press its resume button, or Ctrl-C twice to stop")
        elif heard.startswith("<"):
            self._check(heard)
        elif heard.startswith("["):
            self._say(heard.strip("[]"))
        return False

    def _check(self, status: str) -> None:
        if status.startswith("<Alarm"):
            raise MachineError(_alarm(""))

    def _write(self, data: bytes) -> None:
        try:
            self._line.write(data)
        except OSError as error:
            raise MachineError(f"the connection to the machine broke ({error})") from error

    def _read(self) -> str | None:
        try:
            return self._line.read(POLL_S)
        except OSError as error:
            raise MachineError(f"the connection to the machine broke ({error})") from error


def _alarm(code: str) -> str:
    why = ALARMS.get(code, "it is locked")
    number = f" {code}" if code else ""
    return f"the machine is in alarm{number}: {why}; home it ($H) or unlock it ($X), and put the head at the origin"
