from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.artists.patching import DoesNotApply, patched

SKETCH = '''"""Rings."""
PARAMS = {"rings": 24}
RANGES = {"rings": (6, 60)}


def ring(r):
    x = r
    return x


def draw(t):
    x = 1
    return x
'''


def test_a_hunk_changes_the_one_place_where_it_fits() -> None:
    patch = '@@\n PARAMS = {"rings": 24}\n-RANGES = {"rings": (6, 60)}\n+RANGES = {"rings": (6, 90)}\n'
    assert patched(SKETCH, patch) == SKETCH.replace("(6, 60)", "(6, 90)")


def test_a_heading_says_which_of_two_equal_places_is_meant() -> None:
    changed = patched(SKETCH, "@@ def draw(t):\n     x = 1\n-    return x\n+    return [x]\n")
    assert changed == SKETCH.replace("x = 1\n    return x", "x = 1\n    return [x]")


@pytest.mark.parametrize("before", ["*** Begin Patch\n*** Update File: sketch.py\n", "```diff\n", ""])
def test_what_models_put_around_a_patch_does_no_harm(before: str) -> None:
    patch = f'{before}@@\n-PARAMS = {{"rings": 24}}\n+PARAMS = {{"rings": 9}}\n'
    after = {"*": "*** End Patch\n", "`": "```\n"}.get(before[:1], "")
    assert patched(SKETCH, patch + after) == SKETCH.replace("24", "9")


def test_line_numbers_of_a_unified_diff_are_left_to_the_lines_themselves() -> None:
    patch = '@@ -99,1 +99,1 @@ def draw(t):\n-PARAMS = {"rings": 24}\n+PARAMS = {"rings": 9}\n'
    assert patched(SKETCH, patch) == SKETCH.replace("24", "9")


def test_several_hunks_apply_from_top_to_bottom() -> None:
    down = '@@\n-PARAMS = {"rings": 24}\n+PARAMS = {"rings": 9}\n@@\n-    x = 1\n+    x = 2\n'
    assert patched(SKETCH, down) == SKETCH.replace("24", "9").replace("x = 1", "x = 2")
    up = '@@\n-    x = 1\n+    x = 2\n@@\n-PARAMS = {"rings": 24}\n+PARAMS = {"rings": 9}\n'
    with pytest.raises(DoesNotApply, match="top to bottom"):
        patched(SKETCH, up)


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ("@@\n-    return x\n+    return [x]\n", "hunk 1 fits in 2 places"),
        ("@@\n-    giveback x\n+    return [x]\n", r"the line '    giveback x' is not in the sketch"),
        ("@@\n-  x = 1\n+  x = 2\n", "is not in the sketch"),
        ('@@\n "Rings."\n', "needs a line to add"),
        ("@@\n+import math\n", "lines around it"),
        ("@@\n x = 1\n+y = 2\n", "is not in the sketch"),
        ("@@ def drew(t):\n-    x = 1\n+    x = 2\n", r"after @@ is there 0 times"),
        ("@@\n     x = r\n     x = 1\n+    y = 2\n", "not one after the other"),
        ("@@\nx = 1\n", "begins neither"),
        ("", "no hunk"),
        ("I changed the rings.", "begins neither"),
        ("@@\n-    x = 1\n+    x = 1\n", "changes nothing"),
        ("@@\n-    x = 1\n+    x = (\n", "no Python"),
        ("*** Delete File: sketch.py\n", "begins neither"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_with_the_reason(patch: str, reason: str) -> None:
    with pytest.raises(DoesNotApply, match=reason):
        patched(SKETCH, patch)


words = st.lists(st.integers(0, 9), min_size=1, max_size=3).map(lambda digits: "a" + "".join(map(str, digits)))


@settings(max_examples=200)
@given(
    base=st.lists(words, min_size=1, max_size=12),
    at=st.integers(0, 11),
    removed=st.integers(0, 3),
    added=st.lists(words, max_size=3),
    around=st.integers(0, 3),
)
def test_a_patch_does_what_its_author_meant_or_is_refused(
    base: list[str], at: int, removed: int, added: list[str], around: int
) -> None:
    """Also where lines repeat, so that a hunk fits in several places."""
    at = min(at, len(base) - 1)
    end = min(at + removed, len(base))
    above, below = base[max(0, at - around) : at], base[end : end + around]
    hunk = [f" {line}" for line in above] + [f"-{line}" for line in base[at:end]]
    hunk += [f"+{line}" for line in added] + [f" {line}" for line in below]
    meant = "\n".join([*base[:at], *added, *base[end:], ""])
    with contextlib.suppress(DoesNotApply):
        assert patched("\n".join([*base, ""]), "\n".join(["@@", *hunk, ""])) == meant
