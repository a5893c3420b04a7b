from artloop.house import tuning
from artloop.house.words import chance
from artloop.models import Metrics, Target
from artloop.source import declared, replaced
from tests.fakes import METRICS
from tests.house.studies import FIELD

KNOWN = declared(FIELD)


def test_a_shift_stays_within_its_range_and_its_type() -> None:
    for name in KNOWN.params:
        for amount in (-5, -0.2, -0.001, 0.001, 0.2, 5):
            shift = tuning.shifted(KNOWN, name, amount)
            assert shift is not None
            low, high = KNOWN.ranges[name]
            assert low <= shift.after <= high
            assert isinstance(shift.after, int) == isinstance(KNOWN.params[name], int)


def test_a_shift_to_nothing_is_told_without_a_minus() -> None:
    sketch = 'PARAMS = {"drop": 0.1}\nRANGES = {"drop": (-0.5, 0.5)}\n\n\ndef draw(t):\n    return None\n'
    assert str(tuning.shifted(declared(sketch), "drop", -0.1001)) == "drop 0.1 to 0"


def test_a_parameter_at_its_end_cannot_go_further() -> None:
    ended = declared(replaced(FIELD, PARAMS={"lines": 120}))
    assert tuning.shifted(ended, "lines", 0.3) is None


def test_targets_say_which_way_a_parameter_should_go() -> None:
    less = [Target(metric="ink_coverage", low=0.01, high=0.05)]
    assert tuning.wished("lines", METRICS, less) < 0 < tuning.wished("spacing_mm", METRICS, less)
    assert tuning.wished("lines", METRICS, [Target(metric="ink_coverage", low=0, high=1)]) == 0
    assert tuning.wished("lines", METRICS, [Target(metric="no_such", low=0, high=1)]) == 0
    wilder = [Target(metric="orientation_entropy", low=0.9, high=1)]
    assert tuning.wished("swell_mm", METRICS, wilder) > 0


def test_the_first_option_follows_the_targets() -> None:
    less = [Target(metric="ink_coverage", low=0.01, high=0.05)]
    for seed in range(5):
        best = tuning.options(FIELD, METRICS, less, {}, chance(seed))[0]
        assert (best.name, best.up) == ("lines", False)


def test_a_way_that_led_nowhere_is_not_gone_again_and_a_gain_not_given_back() -> None:
    lessons = {("lines", False): False, ("width_mm", True): True}
    ways = {(shift.name, shift.up) for shift in tuning.options(FIELD, METRICS, [], lessons, chance(1))}
    assert ("lines", False) not in ways
    assert ("width_mm", False) not in ways
    assert {("lines", True), ("width_mm", True)} <= ways


def test_a_sketch_without_parameters_has_no_options() -> None:
    assert tuning.options("def draw(t): ...", METRICS, [], {}, chance(1)) == []
    assert tuning.options("def draw(", Metrics.model_validate(METRICS.model_dump()), [], {}, chance(1)) == []


def test_the_way_between_two_sources_is_one_parameter_or_none() -> None:
    more = replaced(FIELD, PARAMS={"lines": 100})
    assert tuning.way_between(FIELD, more) == ("lines", True)
    assert tuning.way_between(FIELD, FIELD) is None
    assert tuning.way_between(FIELD, replaced(more, PARAMS={"width_mm": 100.0})) is None
