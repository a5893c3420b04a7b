"""Caps that cannot be kept are refused before anything is made."""

import pytest

from artloop.errors import UsageError
from artloop.models import Caps
from artloop.settings import load
from artloop.spending import check_caps


def test_a_cap_is_refused_where_workers_elsewhere_ask_the_models() -> None:
    away = load({"executor": "docket"})
    check_caps(Caps(), {"draw": "house"}, away)
    with pytest.raises(UsageError, match=r"cannot be held to a cap; leave --budget-usd and --max-tokens out"):
        check_caps(Caps(tokens=1000), {"draw": "house"}, away)
    check_caps(Caps(tokens=1000), {"draw": "house"}, load({}))
