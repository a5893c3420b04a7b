"""A program sent to a machine stroke by stroke, with pauses, changes of the pen, and a record of what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from artloop.errors import MachineError
from artloop.machine.grbl import Grbl, StoppedNow
from artloop.machine.program import Program, Stroke


class Hand(Protocol):
    """Whoever stands at the machine."""

    def pausing(self) -> bool:
        """Whether they want a pause."""

    def wait(self, why: str) -> bool:
        """Tell them why nothing moves and wait; whether to go on."""


Drawn = Callable[[Stroke], None]
"""Called when a stroke is on paper, whole."""


class Stopped(Exception):
    """Somebody ended the plot; the pen is up."""


def send(program: Program, machine: Grbl, hand: Hand, drawn: Drawn, *, ready: bool = False) -> None:
    """Draw the program; the first pen is in place if `ready`. However it ends, the pen is up if the machine listens.

    Raises `Stopped` when somebody ends it, and `MachineError`.
    """
    try:
        _all(machine, program.head)
        _strokes(program, machine, hand, drawn, ready)
        _all(machine, program.tail)
    except StoppedNow:
        machine.stop()
        machine.raise_pen(program.up)
        raise Stopped from None
    except MachineError:
        machine.raise_pen(program.up)
        raise


def _strokes(program: Program, machine: Grbl, hand: Hand, drawn: Drawn, ready: bool) -> None:
    pen = program.strokes[0].pen if ready else ""
    for stroke in program.strokes:
        if stroke.pen != pen:
            pen = stroke.pen
            _asked(f"insert pen {pen}", program, machine, hand)
        _stroke(stroke, program, machine, hand)
        machine.settle()
        drawn(stroke)


def _stroke(stroke: Stroke, program: Program, machine: Grbl, hand: Hand) -> None:
    if hand.pausing():
        _asked(f"paused before stroke {stroke.number}", program, machine, hand)
    _all(machine, stroke.travel)
    _all(machine, program.down)
    for move in stroke.moves:
        if hand.pausing():
            _all(machine, program.up)
            _asked(f"paused in stroke {stroke.number}, pen up", program, machine, hand)
            _all(machine, (*program.down, *filter(None, [stroke.feed])))
        machine.send(move)
    _all(machine, program.up)


def _asked(why: str, program: Program, machine: Grbl, hand: Hand) -> None:
    """Wait once the pen is up; a plot that is to end here goes back to the origin."""
    machine.settle()
    if not hand.wait(why):
        _all(machine, program.tail)
        raise Stopped


def _all(machine: Grbl, commands: tuple[str, ...]) -> None:
    for command in commands:
        machine.send(command)
