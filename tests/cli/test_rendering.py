import pytest

from artloop.cli.rendering import variant_for
from artloop.workspace import checked_id


@pytest.mark.parametrize("name", ["tide", "my sketch", "静かな夜", "..", "-x", "a" * 200, "über.v2", ""])
def test_whatever_a_sketch_is_called_its_variant_has_a_valid_id(name: str) -> None:
    assert checked_id(variant_for(name), "variant") == variant_for(name)


def test_a_plain_name_is_kept() -> None:
    assert variant_for("tide_lines") == "tide_lines"
