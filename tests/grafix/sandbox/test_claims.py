import struct
from typing import Any

import pytest

from artloop.grafix.sandbox.claims import checked, reported

LAYER: dict[str, Any] = {"name": "ink", "color": [0.2, 0.4, 0.6], "width_mm": 0.3}
POINTS, OFFSETS = struct.pack("<4f", 1, 1, 9, 9), struct.pack("<2i", 0, 2)
TOLD: dict[str, Any] = {"kind": "exception", "message": "it broke", "line": 3, "hint": "mend it"}
WRONG = (KeyError, TypeError, ValueError, OverflowError)


def test_a_layer_that_fits_its_bytes_is_taken_over() -> None:
    assert checked({"layers": [LAYER]}, [POINTS, OFFSETS]) == [{"name": "ink", "color": "#336699", "width_mm": 0.3}]


def test_what_cannot_be_printed_or_shown_is_made_plain() -> None:
    odd = {"name": "\n\u202e\ud800 ", "color": [float("nan"), -1, 7], "width_mm": 1e-9}
    assert checked({"layers": [odd]}, [POINTS, OFFSETS]) == [{"name": "ink", "color": "#0000ff", "width_mm": 0.01}]
    assert len(checked({"layers": [{**LAYER, "name": "x" * 999}]}, [POINTS, OFFSETS])[0]["name"]) == 60


@pytest.mark.parametrize(
    "offsets",
    [(), (0,), (0, 1), (0, 3), (1, 2), (0, 2, 1, 2), (0, -1, 2), (0, 2**31 - 1, -(2**31), -1, 2)],
)
def test_offsets_that_do_not_fit_the_points_are_refused(offsets: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="offsets"):
        checked({"layers": [LAYER]}, [POINTS, struct.pack(f"<{len(offsets)}i", *offsets)])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -3e38, 2e6])
def test_points_that_are_nowhere_near_the_sheet_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="near the sheet"):
        checked({"layers": [LAYER]}, [struct.pack("<4f", 1, 1, 9, number), OFFSETS])


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"layers": None},
        {"layers": [None]},
        {"layers": {"a": LAYER}},
        {"layers": [LAYER, LAYER]},
        {"layers": [{**LAYER, "name": ["x"]}]},
        {"layers": [{**LAYER, "color": [1, 2]}]},
        {"layers": [{**LAYER, "color": [1, 2, 10**400]}]},
        {"layers": [{**LAYER, "width_mm": 10**400}]},
        {"layers": [{**LAYER, "width_mm": float("nan")}]},
        {"layers": [{**LAYER, "width_mm": 0}]},
    ],
)
def test_a_header_that_claims_nonsense_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(WRONG):
        checked(header, [POINTS, OFFSETS])


def test_a_reported_failure_is_cut_and_its_line_is_a_line() -> None:
    assert reported(TOLD).line == 3
    long = reported({**TOLD, "message": "x" * 10**6, "line": 10**300, "hint": ["y"] * 10**5})
    assert (len(long.message), long.line, len(long.hint)) == (600, None, 600)


@pytest.mark.parametrize("told", [{}, None, [], "busy", {**TOLD, "kind": "busy"}, {**TOLD, "kind": []}])
def test_a_failure_that_no_sketch_can_have_is_refused(told: Any) -> None:
    with pytest.raises(WRONG):
        reported(told)
