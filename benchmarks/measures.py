"""Measures of a finished drawing that the house critic does not optimise, each with what people or art prefer of it.

The house critic reads ink coverage, closest spacing, density entropy, direction entropy, box-counting dimension, centre
of mass, left-right symmetry, margins, length of strokes, plotting time and overplotting of the lines, and of the
picture its darkest and most coloured disc and its empty share (`artloop/house/eye.py`). Left out on that ground, though
the literature has preferences for them: fractal dimension (Spehar et al. 2003), first-order entropy of edge
orientations (Redies et al. 2017), balance, mirror symmetry. What is measured here instead, measure by measure:

* `spectral_slope`: how fast the picture's power falls with spatial frequency. The critic reads no frequencies.
* `self_similarity`: whether the parts point the way the whole does. The critic's direction entropy is of the whole
  sheet and knows no parts.
* `relation_entropy`: how independent directions are of those some way off. Kin to the critic's direction entropy, for
  one direction only has neither; but that one has its top at 0.65 and this one is best at its most.
* `bell_deviation`: whether changes of tone are spread as in fine art. The critic reads no tone finer than 4 mm.
* `angularity`: how often lines turn a corner instead of bending. The critic reads no corners.

Machado and Cardoso's image complexity over processing complexity (1998) was tried with JPEG and a small fractal coder
on made-up pictures and left out: it put white noise before everything else.

The five were found on pictures of all kinds, few of them line drawings, and none of them is taste. So none decides
alone: a drawing is better than another where more of them say so than say the contrary. They read the rendered PNG and
SVG, by numpy and Pillow alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import erf, log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artloop.grafix import svg

Floats = NDArray[np.float64]

PREFERRED = {
    "spectral_slope": -2.0,
    "self_similarity": 1.0,
    "relation_entropy": 1.0,
    "bell_deviation": 0.0,
    "angularity": 0.0,
}
"""The value of each measure that is best; nearer to it, from either side, is better."""
VERDICT = "verdict"
"""What the majority of the measures says."""
SIDE = 512
"""Pixels of the square that a sheet is fitted into, on paper of its own colour."""
SLOPE_CYCLES, SLOPE_BINS = (10, 200), 20
PYRAMID, DIRECTIONS = 8, 16
EDGES, RELATIONS, NEAR, FAR, RINGS = 1200, 24, 20.0, 240.0, 11
SEEN_FROM, BELL_BINS, NO_BELL = 2.0, 10, 10_000.0
CORNER = np.pi / 3


def measured(png: Path, lines: Path) -> dict[str, float]:
    """All measures of a drawing, from its PNG and its SVG."""
    picture = fitted(Image.open(png))
    found = {
        "spectral_slope": spectral_slope(picture),
        "self_similarity": self_similarity(picture),
        "relation_entropy": relation_entropy(picture),
        "bell_deviation": bell_deviation(picture),
        "angularity": angularity(svg.read(lines.read_text(encoding="utf-8"))),
    }
    return {name: round(value, 6) for name, value in found.items()}


def preferred(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, int]:
    """By each measure and by their majority: 1 the first drawing is better, -1 the second, 0 neither."""
    votes = {name: sign(abs(other[name] - wanted) - abs(one[name] - wanted)) for name, wanted in PREFERRED.items()}
    return {**votes, VERDICT: sign(sum(votes.values()))}


def sign(value: float) -> int:
    """1, 0 or -1."""
    return (value > 0) - (value < 0)


def spectral_slope(picture: Floats) -> float:
    """Slope of log power over log frequency, radially averaged, 10 to 200 cycles a picture.

    Natural scenes and visual art, graphic art too, lie near -2: Graham and Field 2007; Redies, Hasenstein and Denzler
    2007; Graham and Redies 2010.
    """
    tone = grey(picture)
    power = np.abs(np.fft.fft2(tone - tone.mean())) ** 2
    cycles = np.fft.fftfreq(SIDE) * SIDE
    radius = np.hypot(cycles[:, None], cycles[None, :])
    bounds = np.geomspace(*SLOPE_CYCLES, SLOPE_BINS + 1)
    ring = np.digitize(radius.ravel(), bounds)
    inside = (ring > 0) & (ring <= SLOPE_BINS)
    sums = np.bincount(ring[inside], power.ravel()[inside], minlength=SLOPE_BINS + 1)[1:]
    counts = np.bincount(ring[inside], minlength=SLOPE_BINS + 1)[1:]
    means = sums / counts
    if not (means > 0).all():
        return 0.0
    return float(np.polyfit(np.log(np.sqrt(bounds[1:] * bounds[:-1])), np.log(means), 1)[0])


def self_similarity(picture: Floats) -> float:
    """Median likeness (histogram intersection, 0 to 1) of the directions in each of 8 x 8 parts to those of the whole.

    PHOG of Amirshahi et al. 2012 and Redies et al. 2012, level 3 against the ground level; artworks are highly
    self-similar. Parts without any edge, of which a drawing has many, are left out.
    """
    strength, angle = gradients(grey(picture))
    bins = np.minimum((angle / np.pi * DIRECTIONS).astype(np.int64), DIRECTIONS - 1)
    part = np.arange(SIDE) * PYRAMID // SIDE
    cell = (part[:, None] * PYRAMID + part[None, :]) * DIRECTIONS + bins
    counts = np.bincount(cell.ravel(), strength.ravel(), minlength=PYRAMID * PYRAMID * DIRECTIONS)
    parts = counts.reshape(-1, DIRECTIONS)
    inked = parts[parts.sum(axis=1) > 0]
    if not len(inked):
        return 0.0
    whole = parts.sum(axis=0) / parts.sum()
    return float(np.median(np.minimum(inked / inked.sum(axis=1, keepdims=True), whole).sum(axis=1)))


def relation_entropy(picture: Floats) -> float:
    """Entropy over its maximum of the angle between edges, at distances of 20 to 240 of 512 pixels, averaged.

    Second-order edge-orientation entropy: Redies, Brachmann and Wagemans 2017, high in art of all origins; it predicts
    preference: Grebenkina et al. 2018. Of 1200 edges drawn at random, always the same.
    """
    strength, angle = gradients(grey(picture))
    rows, columns = np.nonzero(strength > max(1.0, float(strength.max()) / 2))
    if len(rows) < 2:
        return 0.0
    chosen = np.random.default_rng(0).choice(len(rows), min(EDGES, len(rows)), replace=False)
    rows, columns = rows[chosen], columns[chosen]
    one, other = np.triu_indices(len(rows), 1)
    apart = np.hypot(rows[one] - rows[other], columns[one] - columns[other])
    turn = np.mod(angle[rows[one], columns[one]] - angle[rows[other], columns[other]], np.pi)
    found, _, _ = np.histogram2d(apart, turn, [RINGS, RELATIONS], [[NEAR, FAR], [0, np.pi]])
    met = found[found.sum(axis=1) > 0]
    shares = met / met.sum(axis=1, keepdims=True) if len(met) else np.zeros((1, RELATIONS))
    information = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1) / log(RELATIONS)
    return float(information.mean())


def bell_deviation(picture: Floats) -> float:
    """How far the changes of tone and colour are from a bell curve: 1000 times the relative entropy, less is better.

    Fine art is near it: Ross, Ralph and Zong 2006. A change counts by the logarithm of how often it passes the least
    that is seen; bins are a tenth of the standard deviation wide, for fewer pixels than theirs.
    """
    squares = [part**2 for colour in np.moveaxis(picture, 2, 0) for part in np.gradient(colour)]
    change = np.sqrt(sum(squares, np.zeros(picture.shape[:2])))
    seen = np.log(change[change > SEEN_FROM] / SEEN_FROM)
    if not len(seen):
        return NO_BELL
    middle = float((seen**2).sum() / seen.sum())
    spread = sqrt(float((seen * (seen - middle) ** 2).sum() / seen.sum()))
    if not spread:
        return NO_BELL
    places = (seen - middle) / spread * BELL_BINS
    low, high = int(np.floor(places.min())), int(np.floor(places.max())) + 1
    counts, _ = np.histogram(places, np.arange(low, high + 1), weights=seen)
    heights = np.array([(1 + erf(edge / BELL_BINS / sqrt(2))) / 2 for edge in range(low, high + 1)])
    shares, wanted = counts / counts.sum(), np.maximum(np.diff(heights), 1e-12)
    full = shares > 0
    return 1000 * float((shares[full] * np.log(shares[full] / wanted[full])).sum())


def angularity(drawing: svg.Drawing) -> float:
    """Corners of more than 60 degrees within strokes, per 100 mm of ink.

    Curved things are preferred to angular ones: Bar and Neta 2006; abstract shapes and lines too: Silvia and Barona
    2009, Bertamini et al. 2016.
    """
    coords, offsets = drawing.strokes
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    steps, within = np.diff(coords, axis=0), owner[1:] == owner[:-1]
    moving = within & (np.hypot(*steps.T) > 0)
    steps, owner = steps[moving], owner[1:][moving]
    ink = float(np.hypot(*steps.T).sum())
    if not ink:
        return 0.0
    angle = np.arctan2(steps[:, 1], steps[:, 0])
    turn = np.abs(np.mod(np.diff(angle) + np.pi, 2 * np.pi) - np.pi)
    return 100 * int(((turn > CORNER) & (owner[1:] == owner[:-1])).sum()) / ink


def fitted(picture: Image.Image) -> Floats:
    """A sheet in the middle of a square of its own paper, whose colour is that of its corner."""
    sheet = picture.convert("RGB")
    scale = SIDE / max(sheet.size)
    small = sheet.resize((max(1, round(sheet.width * scale)), max(1, round(sheet.height * scale))))
    square = Image.new("RGB", (SIDE, SIDE), sheet.getpixel((0, 0)))
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return np.asarray(square, np.float64)


def grey(picture: Floats) -> Floats:
    """Luminance, 0 to 255 (ITU-R BT.601)."""
    tone: Floats = picture @ np.array([0.299, 0.587, 0.114])
    return tone


def gradients(tone: Floats) -> tuple[Floats, Floats]:
    """Strength of the change at each pixel, and its direction without sense, 0 to pi."""
    down, right = np.gradient(tone)
    return np.hypot(down, right), np.mod(np.arctan2(down, right), np.pi)
