"""What every block needs: layers taken apart and put together, lines cut at an edge."""

from __future__ import annotations

TOOLS = '''

# house: tools
import dataclasses

import grafix
import numpy as np

HOUSE_ACCENT = (0.8, 0.27, 0.14)


def house_layers(scene):
    """All layers of a scene in drawing order."""
    if isinstance(scene, (list, tuple)):
        return [layer for item in scene for layer in house_layers(item)]
    return [scene] if hasattr(scene, "geometry") else grafix.L(name="ink").layer(scene)


def house_with(layer, part, geometry, pen=None):
    """The layer with other lines, and drawn with the pen of another layer if one is given."""
    kept = {"geometry": geometry, "site_id": f"{layer.site_id}/{part}"}
    style = {} if pen is None else {"color": pen.color, "name": pen.name, "thickness": pen.thickness}
    return dataclasses.replace(layer, **kept, **style)


def house_second_pen(layers):
    """The sketch's own second pen, or vermilion if it has but one."""
    others = [layer for layer in layers if layer.color != layers[0].color]
    return others[-1] if others else dataclasses.replace(layers[0], color=HOUSE_ACCENT, name="vermilion")


def house_u():
    """Millimetres on A5, scaled to this sheet."""
    return min(CANVAS) / 148


def house_distance(kind, box, x, y):
    """Signed distance to a shape around (box[0], box[1]), negative inside; box[2:] are its half sizes."""
    u, v = x - box[0], y - box[1]
    if kind == "disc":
        return np.hypot(u, v) - box[2]
    if kind == "side":
        return u * box[2] + v * box[3]
    if kind == "arch":
        head = np.minimum(v + box[3] - box[2], 0)
        return np.maximum(np.hypot(u, head) - box[2], v - box[3])
    return np.maximum(np.abs(u) - box[2], np.abs(v) - box[3])


def house_fine(line, step):
    """The line with points at most `step` apart, and which of them are its own."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    counts = np.maximum(1, np.ceil(lengths / step)).astype(int)
    start = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(start)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[start]
    points = line[start] + share[:, None] * np.diff(line, axis=0)[start]
    return np.r_[points, line[-1:]], np.r_[share == 0, True]


def house_pieces(line, depth):
    """The stretches of a line on which the signed distance `depth(x, y)` is negative."""
    points, own = house_fine(line, 0.4)
    away = depth(*points.T)
    keep = away < 0
    if keep.all() or not keep.any():
        return [line] if keep.all() else []
    flips = np.flatnonzero(keep[1:] != keep[:-1])
    share = away[flips] / (away[flips] - away[flips + 1])
    cuts = points[flips] + share[:, None] * (points[flips + 1] - points[flips])
    bounds, pieces = [0, *(flips + 1), len(points)], []
    for i, (a, b) in enumerate(zip(bounds[:-1], bounds[1:])):
        if keep[a]:
            inner = points[a:b][own[a:b]]
            pieces.append(np.r_[cuts[i - 1 : i] if i else cuts[:0], inner, cuts[i : i + 1]])
    if len(pieces) > 1 and keep[0] and keep[-1] and np.allclose(line[0], line[-1], atol=1e-3):
        pieces = [np.r_[pieces[-1], pieces[0][1:]], *pieces[1:-1]]
    return pieces


def house_apart(coords, offsets, kind, box):
    """Which lines lie clear of a shape's bounding box; none do of a half plane."""
    if kind == "side" or not len(coords):
        return np.zeros(len(offsets) - 1, bool)
    away = np.abs(coords[:, :2] - np.array(box[:2])) - np.array(box[2:])
    gap = np.array([away[a:b].min(axis=0) if b > a else (1, 1) for a, b in zip(offsets[:-1], offsets[1:])])
    side = np.sign(coords[:, :2] - np.array(box[:2]))
    same = np.array([(side[a:b] == side[a]).all(axis=0) for a, b in zip(offsets[:-1], offsets[1:])])
    return ((gap > 0) & same).any(axis=1)


@grafix.effect
def house_cut(g, *, kind="disc", box=(0.0, 0.0, 1.0, 1.0), inside=True, least=1.2):
    """Lines inside a shape, or outside of it, without stubs shorter than `least` at its edge."""
    coords, offsets = g
    sign, kept, apart = (1 if inside else -1), [], house_apart(coords, offsets, kind, box)
    for a, b, clear in zip(offsets[:-1], offsets[1:], apart):
        line = np.asarray(coords[a:b, :2], float)
        if len(line) < 2 or (clear and inside):
            continue
        pieces = [line] if clear else house_pieces(line, lambda x, y: sign * house_distance(kind, box, x, y))
        whole = len(pieces) == 1 and pieces[0] is line
        kept += [p for p in pieces if whole or np.hypot(*np.diff(p, axis=0).T).sum() >= least]
    out = np.zeros((sum(map(len, kept)), 3), np.float32)
    if kept:
        out[:, :2] = np.concatenate(kept)
    return out, np.cumsum([0, *map(len, kept)]).astype(np.int32)


def house_part(geometry, kind, box, inside=True):
    """`house_cut` on plain numbers."""
    box = tuple(float(value) for value in box)
    return grafix.E.house_cut(kind=kind, box=box, inside=inside, least=1.2 * house_u())(geometry)


def house_around(name, grow=0.0):
    """Centre and radius in mm of the disc that PARAMS describe under this name."""
    x, y = PARAMS[f"{name}_x"] * CANVAS[0], PARAMS[f"{name}_y"] * CANVAS[1]
    radius = PARAMS[f"{name}_mm"] * house_u() + grow * house_u()
    return (x, y, radius, radius)
'''
