import pytest

from artloop.errors import UsageError
from artloop.grafix.plotter.profiles import PROFILES, SERVO, profile_named, read_profile

OWN = 'pen_up = ["M5"]\npen_down = ["M3 S700", "G1 Z1"]\n'


def test_the_built_in_profiles_are_known_by_name() -> None:
    assert set(PROFILES) == {"zaxis", "servo", "spindle"}
    assert profile_named("servo") is SERVO


def test_an_unknown_profile_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="did you mean spindle"):
        profile_named("spindles")


def test_a_profile_of_ones_own_needs_only_the_pen() -> None:
    profile = read_profile(OWN + "draw_mm_s = 12\n", "folder/my plotter.toml")
    assert (profile.name, profile.pen_down, profile.draw_mm_s) == ("my-my-plotter", ("M3 S700", "G1 Z1"), 12.0)


def test_a_profile_may_say_only_what_differs_from_another() -> None:
    profile = read_profile('based_on = "servo"\nlift_s = 0.4\nname = "desk"', "p.toml")
    assert profile == SERVO.model_copy(update={"lift_s": 0.4, "name": "desk"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pen_up = [", "p.toml is no TOML"),
        (OWN + "penn_down = 3", "unknown key penn_down; did you mean pen_down?"),
        ('pen_up = ["M5"]', "pen_down: field required"),
        (OWN + "draw_mm_s = 0", "draw_mm_s: input should be greater than 0"),
        (OWN + "lift_s = nan", "lift_s"),
        (OWN + 'lift_s = "soon"', "lift_s"),
        (OWN + 'begin = ["G28\\nM3"]', "begin.0"),
        (OWN + 'begin = ["höme"]', "begin.0"),
        (OWN + 'pause = ["M0 {pen}"]', r"pause: \{pen\} has no meaning here"),
        (OWN + 'dwell = "G4 P{message}"', r"dwell: \{message\} has no meaning"),
        ('pen_up = "M5"\npen_down = ["M3"]', "pen_up"),
        ("pen_up = []\npen_down = []", "pen_up"),
        ('based_on = "servos"', "did you mean servo"),
        (OWN + 'name = "a b"', "name"),
    ],
)
def test_a_bad_profile_is_refused_by_file_and_key(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_profile(text, "p.toml")
