"""How plotters that read G-code raise and lower their pens: three built in, others from a TOML file."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, field_validator

from artloop.errors import UsageError
from artloop.grafix.plotter.layout import Pace

Command = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,120}$")]
"""One line of ASCII."""
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
BASE = "based_on"
FIELDS = {"dwell": ("seconds", "milliseconds"), "pause": ("message",)}
"""What may stand in braces, and where."""


class Profile(Pace):
    """The commands of one sort of machine, and its pace."""

    name: str = Field(pattern=NAME)
    begin: tuple[Command, ...] = ()
    """After the units, before anything moves."""
    pen_up: tuple[Command, ...] = Field(min_length=1)
    pen_down: tuple[Command, ...] = Field(min_length=1)
    dwell: Command | None = None
    """Waits for the pen after it was raised or lowered; {seconds} or {milliseconds} stand for `lift_s`."""
    pause: tuple[Command, ...] = Field(("M0 (MSG, {message})",), min_length=1)
    """Between two pens; {message} names the next one."""
    end: tuple[Command, ...] = ()
    """Back at the origin."""
    feed_on_travel: bool = False
    """Give G0 a feed rate, for firmware to which it is but another G1."""

    @field_validator("begin", "pen_up", "pen_down", "dwell", "pause", "end")
    @classmethod
    def _braces(cls, value: Any, info: Any) -> Any:
        allowed = FIELDS.get(info.field_name, ())
        for command in (value,) if isinstance(value, str) else value or ():
            for name in re.findall(r"\{(.*?)\}", command):
                if name not in allowed:
                    raise ValueError(f"{{{name}}} has no meaning here")
        return value


ZAXIS = Profile(name="zaxis", pen_up=("G0 Z5",), pen_down=("G1 Z0 F1000",), lift_s=0.3)
"""GRBL and relatives; the pen hangs on a Z axis, 0 on the paper. The move itself takes its time."""
SERVO = Profile(
    name="servo",
    # M400: Marlin runs M280 at once, while earlier moves still wait in its queue.
    pen_up=("M400", "M280 P0 S60"),
    pen_down=("M400", "M280 P0 S30"),
    dwell="G4 P{milliseconds}",
    pause=("M0 {message}",),
    feed_on_travel=True,
)
"""Marlin with a hobby servo."""
SPINDLE = Profile(name="spindle", pen_up=("M3 S0",), pen_down=("M3 S1000",), dwell="G4 P{seconds}", end=("M5",))
"""GRBL with a servo or solenoid at the spindle output."""
PROFILES = {profile.name: profile for profile in (ZAXIS, SERVO, SPINDLE)}


def profile_named(name: str) -> Profile:
    """A built-in profile. Raises `UsageError` with the nearest name."""
    if name not in PROFILES:
        near = difflib.get_close_matches(name, PROFILES, n=1, cutoff=0)[0]
        raise UsageError(
            f"profile {name!r} is none of {', '.join(PROFILES)} (did you mean {near}?), nor a .toml file of yours"
        )
    return PROFILES[name]


def read_profile(text: str, file: str) -> Profile:
    """A profile from TOML; with `based_on` it says only what differs from a built-in one.

    Raises `UsageError` that names the file and, for an unknown key, the nearest valid one.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {file} is no TOML: {error}") from error
    base = content.pop(BASE, None)
    known = (*Profile.model_fields, BASE)
    for key in content:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            raise UsageError(f"profile {file}: unknown key {key}; did you mean {near}?")
    given = profile_named(str(base)).model_dump() if base is not None else {}
    stem = re.sub(r"[^A-Za-z0-9._-]", "-", file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".toml"))
    try:
        return Profile.model_validate({**given, "name": f"my-{stem}"[:64], **content})
    except ValidationError as error:
        first = error.errors()[0]
        where, said = ".".join(map(str, first["loc"])), first["msg"].lower().removeprefix("value error, ")
        raise UsageError(f"profile {file}: {where}: {said}; correct or remove it") from error
