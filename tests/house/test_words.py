import subprocess
import sys

import pytest

from artloop.house.words import chance, meaning, stem, tokens


@pytest.mark.parametrize(
    ("text", "idea"),
    [
        ("tidal memory", "sea"),
        ("tidal memory", "memory"),
        ("潮の記憶", "sea"),
        ("潮の記憶", "memory"),
        ("eine ruhige Nacht, Stille", "calm"),
        ("la mémoire des arbres", "memory"),
        ("una noche en la CIUDAD", "city"),
        ("growing cities", "growth"),
    ],
)
def test_a_brief_in_many_languages_means_the_same_ideas(text: str, idea: str) -> None:
    assert idea in meaning(text).ideas


def test_a_storm_is_livelier_than_a_calm() -> None:
    assert meaning("wild storm").liveliness > 0 > meaning("quiet night").liveliness
    assert meaning("qwrtz").liveliness == 0


@pytest.mark.parametrize("text", ["", "   ", "🌊🌊", "123 !!", "\ud800"])
def test_a_brief_without_words_means_nothing_and_breaks_nothing(text: str) -> None:
    assert meaning(text).words == ()
    assert 0 <= chance(text).random() < 1


def test_short_words_keep_their_endings() -> None:
    assert [stem(word) for word in ("tides", "tidal", "sea", "as")] == ["tid", "tid", "sea", "as"]
    assert tokens("The Tide, of a MEMORY") == ["tide", "memory"]


def test_chance_is_the_same_in_another_process() -> None:
    code = "from artloop.house.words import chance; print(chance('tidal', 3, 'x').random())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert float(said.stdout) == chance("tidal", 3, "x").random()
