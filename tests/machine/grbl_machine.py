"""A machine on a pseudo-terminal that answers as GRBL 1.1 does: planner of 15 moves, holds, resets, errors, alarms."""

from __future__ import annotations

import os
import re
import threading
import tty
from collections.abc import Callable
from typing import Self

PLANNER = 15
BANNER = "Grbl 1.1h ['$' for help]"
Stroke = list[tuple[float, float]]


class GrblMachine:
    """Moves wait in a planner until it is full or something synchronises; a reset forgets those that wait.

    `heard` is called with every command before it is answered, in the machine's thread.
    """

    def __init__(self, heard: Callable[[Self, str], None] = lambda machine, command: None) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.commands: list[str] = []
        self.strokes: list[Stroke] = []
        self.feeds: list[float] = []
        """Of each move with the pen down."""
        self.at = (0.0, 0.0)
        self.down = False
        self.early = 0
        """Commands that came before the one before was answered."""
        self.errors: dict[str, int] = {}
        """Which command is refused, and with what."""
        self.alarms: dict[str, int] = {}
        self.alarm = False
        self.mute = False
        self.holding = False
        self.resets = 0
        self._heard = heard
        self._planned: list[tuple[tuple[float, float], float, bool]] = []
        """Where to, how fast, and whether the pen is down then."""
        self._lowered = False
        self._target = (0.0, 0.0)
        self._feed = 0.0
        self._unanswered: list[str] = []
        self._pending = b""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        return self

    def boot(self) -> None:
        """As a board does when its port is opened, which a pseudo-terminal cannot see."""
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self.unplug()
        if self._thread.ident:
            self._thread.join(10)

    def unplug(self) -> None:
        """The cable is out."""
        for end in (self._slave, self.master):
            try:
                os.close(end)
            except OSError:
                continue
        self._slave = self.master = -1

    def press_resume(self) -> None:
        """The button on the machine."""
        self.holding = False
        for command in self._unanswered:
            self._obey(command)
        self._unanswered = []

    def say(self, text: str) -> None:
        if not self.mute and self.master >= 0:
            os.write(self.master, f"{text}\r\n".encode())

    def _run(self) -> None:
        self.say("")
        self.say(BANNER)
        while (master := self.master) >= 0:
            try:
                data = os.read(master, 1)
            except OSError:
                return
            if not data:
                return
            self._received(data)

    def _received(self, data: bytes) -> None:
        match data:
            case b"?":
                state = "Alarm" if self.alarm else "Hold:0" if self.holding else "Run" if self._planned else "Idle"
                self.say(f"<{state}|MPos:{self.at[0]:.3f},{self.at[1]:.3f},0.000|FS:0,0>")
            case b"!":
                self.holding = True
            case b"~":
                self.press_resume()
            case b"\x18":
                self.resets += 1
                self._planned, self._unanswered, self._pending = [], [], b""
                self.holding, self._target, self.down, self._lowered = False, self.at, False, False
                self.say(BANNER)
            case b"\n":
                command, self._pending = self._pending.decode(), b""
                self._take(command)
            case _:
                self._pending += data

    def _take(self, command: str) -> None:
        self.early += bool(self._unanswered)
        self.commands.append(command)
        resets = self.resets
        self._heard(self, command)
        if self.resets > resets:
            return  # and the command is forgotten
        if self.holding:
            self._unanswered.append(command)
        else:
            self._obey(command)

    def _obey(self, command: str) -> None:
        if command in self.alarms and not self.alarm:
            self.alarm, self._planned = True, []
            return self.say(f"ALARM:{self.alarms[command]}")
        if self.alarm:
            return self.say("error:9")
        if command in self.errors:
            return self.say(f"error:{self.errors[command]}")
        if command.startswith(("G4", "M3", "M5")):
            self._make(0)
            self._pen(command)
        elif command.startswith(("G0", "G1", "F")):
            self._plan(command)
        elif command not in ("G21", "G90"):
            return self.say("error:20")
        return self.say("ok")

    def _pen(self, command: str) -> None:
        if command == "M3 S1000":
            self._lowered = True
        elif not command.startswith("G4"):
            self._lowered = False
        self._planned.append((self._target, self._feed, self._lowered))
        self._make(0)

    def _plan(self, command: str) -> None:
        if found := re.search(r"F([\d.]+)", command):
            self._feed = float(found[1])
        if found := re.search(r"X([\d.-]+) Y([\d.-]+)", command):
            self._target = (float(found[1]), float(found[2]))
            assert self._lowered == command.startswith("G1"), f"{command} with the pen down: {self._lowered}"
            self._planned.append((self._target, self._feed, self._lowered))
        if found := re.search(r"Z([\d.-]+)", command):
            self._lowered = float(found[1]) <= 0
            self._planned.append((self._target, self._feed, self._lowered))
        self._make(PLANNER)

    def _make(self, leave: int) -> None:
        """Make planned moves until so many are left."""
        while len(self._planned) > leave:
            at, feed, down = self._planned.pop(0)
            if down and not self.down:
                self.strokes.append([at])
            elif down and at != self.at:
                self.strokes[-1].append(at)
                self.feeds.append(feed)
            self.at, self.down = at, down
