"""Which two studies go together on one sheet: looked at one by one, for most pairs make mud.

What makes a figure stands in front, what makes a ground is seen behind it or through an opening; all other studies
stand alone.
"""

from __future__ import annotations

from artloop.house.scenes.rooms import ROOMS
from artloop.house.scenes.skies import SKIES
from artloop.house.scenes.waters import WATERS

SCENES = (*SKIES, *WATERS, *ROOMS)
