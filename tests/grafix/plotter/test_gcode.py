import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.grafix import svg
from artloop.grafix.plotter import gcode
from artloop.grafix.plotter.profiles import PROFILES, Profile
from artloop.grafix.svg import Drawing

from ... import goldens
from ..plotters import Stroke, flipped, pen, plot_gcode

TINY = Drawing(
    (100, 80),
    (
        pen([(10.0, 70.0), (20.0, 60.5), (30.125, 70.0)], [(40.0, 40.0), (40.0, 40.0)]),
        pen([(90.0, 10.0), (0.0, 0.0)], name="red; (s 5)", color="#c02020", width=0.5),
    ),
)
COORDINATE = st.integers(0, 80_000).map(lambda microns: microns / 1000)
STROKES = st.lists(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6), min_size=1, max_size=8)
profiles = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


@profiles
def test_a_tiny_drawing_reads_as_expected(profile: Profile, request: pytest.FixtureRequest) -> None:
    text, _ = gcode.write(TINY, profile)
    goldens.check(request, f"plot_{profile.name}.gcode", text)


@given(STROKES, STROKES, st.sampled_from(list(PROFILES.values())))
def test_what_is_plotted_is_what_was_drawn_mirrored_about_the_page(
    first: list[Stroke], second: list[Stroke], profile: Profile
) -> None:
    drawing = Drawing((80, 80), svg.merged([pen(*first), pen(*second, name="red")]))
    text, report = gcode.write(drawing, profile)
    plot = plot_gcode(text, profile)
    for number in (1, 2):
        for plotted, drawn in zip(plot.of(number), flipped(drawing, number - 1), strict=True):
            assert without_repeats(plotted) == without_repeats([(round(x, 3), round(y, 3)) for x, y in drawn])
    assert plot.at == (0.0, 0.0)
    assert plot.numbers == list(range(1, report.strokes + 1))
    assert report.pen_up_mm == pytest.approx(plot.travelled, abs=0.02)


def test_a_program_is_the_same_every_time_and_names_no_place_on_this_machine() -> None:
    one, two = (gcode.write(TINY, PROFILES["servo"])[0] for _ in range(2))
    assert one == two
    assert "/" not in one


@profiles
def test_the_pen_is_up_while_the_next_one_is_asked_for(profile: Profile) -> None:
    plot = plot_gcode(gcode.write(TINY, profile)[0], profile)
    assert len(plot.messages) == 1
    assert "insert pen 2: red s_5" in plot.messages[0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ink", "ink"),
        ("a\nG1 X0 Y0", "a G1 X0 Y0"),
        ("(b) ; c", "b c"),
        ("墨", "unnamed"),
        ("", "unnamed"),
        ("Pens 5", "Pens_5"),
        ("p.5 s-3", "p_.5 s_-3"),
        ("deep-blue", "deep-blue"),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_name_from_a_sketch_is_no_command(name: str, shown: str) -> None:
    assert gcode.plain(name) == shown
    text, _ = gcode.write(Drawing((9, 9), (pen([(1.0, 1.0), (2.0, 2.0)], name=name),)), PROFILES["servo"])
    assert len(plot_gcode(text, PROFILES["servo"]).strokes) == 1


def test_a_broken_plot_goes_on_at_a_stroke() -> None:
    profile = PROFILES["zaxis"]
    whole, rest = (plot_gcode(gcode.write(TINY, profile, n)[0], profile) for n in (1, 2))
    assert rest.numbers == [2, 3]
    assert rest.strokes == whole.strokes[1:]
    last = gcode.write(TINY, profile, 3)[0]
    assert "M0" not in last
    assert "; goes on at stroke 3 of 3" in last
    assert "; pen 2 of 2: red s_5" in last


def test_a_firmware_that_needs_it_is_told_the_speed_of_every_travel() -> None:
    for profile in PROFILES.values():
        text, _ = gcode.write(TINY, profile)
        travels = [line for line in text.splitlines() if line.startswith("G0 X")]
        assert all(line.endswith(" F6000") == profile.feed_on_travel for line in travels)


def test_every_stroke_sets_its_own_speed() -> None:
    profile = PROFILES["zaxis"].model_copy(update={"draw_mm_s": 12.5})
    lines = gcode.write(TINY, profile)[0].splitlines()
    lowered = [nth for nth, line in enumerate(lines) if line == profile.pen_down[-1]]
    assert [lines[nth + 1].endswith(" F750") for nth in lowered] == [True, False, True]  # the second is a dot


def test_commands_of_ones_own_stand_where_they_belong() -> None:
    update = {"begin": ("$H",), "end": ("M18",), "pause": ("M117 {message}", "M0")}
    profile = PROFILES["spindle"].model_copy(update=update)
    lines = gcode.write(TINY, profile)[0].splitlines()
    assert lines.index("$H") < lines.index(profile.pen_up[0])
    assert lines[-2:] == ["G0 X0 Y0", "M18"]
    assert lines[lines.index("M0") - 1] == "M117 insert pen 2: red s_5"


def test_large_and_small_numbers_are_written_plainly() -> None:
    drawing = Drawing((2000, 2000), (pen([(1234.567, 0.001), (1999.999, 2000.0)]),))
    text, _ = gcode.write(drawing, PROFILES["zaxis"])
    assert "G0 X1234.567 Y1999.999" in text
    assert "G1 X1999.999 Y0 " in text


def test_a_drawing_that_went_through_its_file_gives_the_same_program() -> None:
    drawing = dataclasses.replace(TINY, pens=svg.merged(TINY.pens))
    back = svg.read(svg.write(drawing))
    assert gcode.write(back, PROFILES["servo"]) == gcode.write(drawing, PROFILES["servo"])


def without_repeats(stroke: Stroke) -> Stroke:
    return [point for nth, point in enumerate(stroke) if nth == 0 or point != stroke[nth - 1]]
