import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import UsageError
from artloop.models import Knob as Wish
from artloop.models import RenderRequest, TuneTask
from artloop.tune.space import Knob, Space, space_of


def space(source: str, **params: float) -> Space:
    return space_of(TuneTask(request=RenderRequest(source=source, params=params), targets=[]))


@given(st.integers(-50, 50), st.integers(1, 90), st.floats(0, 1), st.booleans())
def test_a_value_lies_in_its_range_and_comes_back_to_itself(low: int, width: int, share: float, whole: bool) -> None:
    knob = Knob("n", low, low + width, whole)
    value = knob.at(share)
    assert low <= value <= low + width
    assert isinstance(value, int) == whole
    assert knob.at(knob.share(value)) == value


def test_found_values_are_short_enough_to_stand_in_a_sketch() -> None:
    assert Knob("slant", 0.0, 0.5, whole=False).at(1 / 3) == 0.1667
    assert Knob("turn_deg", 0.0, 360.0, whole=False).at(1 / 3) == 120.0
    assert Knob("tiny", 0.0, 2e-6, whole=False).at(1 / 3) == 6.67e-07
    assert str(Knob("tilt", -1.0, 1.0, whole=False).at(0.4999999)) == "0.0"


def test_only_parameters_with_a_range_are_searched_and_the_request_says_where_they_start() -> None:
    source = 'PARAMS = {"a": 1, "b": 2.0, "c": 3, "d": 4}\nRANGES = {"a": (0, 9), "b": (9.0, 0.5), "d": (4, 4)}\n'
    found = space(source, b=5.0, c=8)
    assert [(knob.name, knob.low, knob.high, knob.whole) for knob in found.knobs] == [
        ("a", 0, 9, True),
        ("b", 0.5, 9.0, False),
    ]
    assert found.start == {"a": 1, "b": 5.0}


def wished(name: str, start: float, low: float, high: float) -> Wish:
    return Wish(name=name, start=start, low=low, high=high)


@pytest.mark.parametrize(
    ("wish", "low", "high", "begin"),
    [
        (wished("a", 5, 2, 8), 2, 8, 5),
        (wished("a", 50, -9, 99), 0, 9, 9),
        (wished("a", 1, 8, 2), 2, 8, 2),
        (wished("a", 3.4, 2.5, 8.5), 3, 8, 3),
        (wished("a", 4, 20, 30), 0, 9, 4),
    ],
)
def test_what_is_wished_for_a_parameter_never_leaves_its_range(
    wish: Wish, low: float, high: float, begin: float
) -> None:
    source = 'PARAMS = {"a": 1, "b": 2.0}\nRANGES = {"a": (0, 9), "b": (0.5, 9.0)}\n'
    task = TuneTask(request=RenderRequest(source=source), targets=[], knobs=[wish, wished("c", 1, 0, 2)])
    found = space_of(task)
    assert [(knob.name, knob.low, knob.high) for knob in found.knobs] == [("a", low, high)]
    assert (found.start, found.begin) == ({"a": 1}, {"a": begin})


def test_wishes_for_unknown_parameters_leave_all_to_be_searched() -> None:
    source = 'PARAMS = {"a": 1, "b": 2.0}\nRANGES = {"a": (0, 9), "b": (0.5, 9.0)}\n'
    found = space_of(TuneTask(request=RenderRequest(source=source), targets=[], knobs=[wished("c", 1, 0, 2)]))
    assert ([knob.name for knob in found.knobs], found.begin) == (["a", "b"], found.start)


def test_a_switch_is_a_whole_number_from_off_to_on() -> None:
    (knob,) = space('PARAMS = {"mirror": True}\nRANGES = {"mirror": (False, True)}\n').knobs
    assert (knob.values, knob.at(0.2), knob.at(0.8)) == (2, 0, 1)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def draw(t): ...", r'declares no PARAMS.*RANGES = \{"rings": \(6, 60\)\}'),
        ('PARAMS = {"bars": 10, "lean": 0}', r'add.*RANGES = \{"bars": \(5, 20\), "lean": \(0, 1\)\}'),
        ("def draw(", "cannot be read"),
    ],
)
def test_a_sketch_with_nothing_to_search_says_what_to_add(source: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        space(source)
