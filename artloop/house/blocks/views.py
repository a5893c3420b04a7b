"""Two studies on one sheet: the second, seen through a shape, stops short of whatever the first has drawn."""

from __future__ import annotations

SHADOW = '''

# house: view
def house_grown(mask, reach):
    """The mask grown by a disc of `reach` cells."""
    rows, columns = mask.shape
    padded = np.pad(mask.astype(np.int32), reach)
    sums = np.pad(np.cumsum(padded, axis=1), ((0, 0), (1, 0)))
    out = np.zeros(mask.shape, bool)
    for down in range(-reach, reach + 1):
        half = int(np.sqrt(reach**2 - down**2))
        part = sums[reach + down : reach + down + rows]
        left = part[:, reach - half : reach - half + columns]
        out |= part[:, reach + half + 1 : reach + half + 1 + columns] > left
    return out


def house_filled(mask):
    """The mask with what it encloses: all that no way leads to from the corner."""
    free = np.pad(~mask, 1, constant_values=True)
    outside, before = np.zeros(free.shape, bool), 0
    outside[0, 0] = True
    while outside.sum() > before:
        before = outside.sum()
        ways = [(outside, free), (outside.T, free.T)]
        for seen, clear in [*ways, *((seen[::-1], clear[::-1]) for seen, clear in ways)]:
            for row in range(1, len(seen)):
                seen[row] |= seen[row - 1] & clear[row]
    return ~outside[1:-1, 1:-1]


def house_marked(g, cell):
    """Raster of the cells that lines pass through."""
    coords, offsets = np.asarray(g[0][:, :2], float), g[1]
    size = (int(CANVAS[1] / cell) + 2, int(CANVAS[0] / cell) + 2)
    mask = np.zeros(size, bool)
    own = np.ones(max(0, len(coords) - 1), bool)
    own[offsets[1:-1][(offsets[1:-1] > 0) & (offsets[1:-1] < len(coords))] - 1] = False
    start, way = coords[:-1][own], np.diff(coords, axis=0)[own]
    counts = np.ceil(np.hypot(*way.T) / (0.6 * cell)).astype(int) + 1
    number = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[number]
    x, y = (start[number] + share[:, None] * way[number]).T / cell + 0.5
    mask[np.clip(y.astype(int), 0, size[0] - 1), np.clip(x.astype(int), 0, size[1] - 1)] = True
    return mask


def house_shadow(g, air, close, solid, cell):
    """What lines stand for: gaps up to twice `close` are bridged, `air` is kept around; values 0 to 1 per cell."""
    mask = house_grown(house_marked(g, cell), round((close + air) / cell))
    mask = house_filled(mask) if solid else mask
    mask = ~house_grown(~mask, round(close / cell))
    soft = np.pad(mask.astype(float), 1, mode="edge")
    return sum(soft[r : r + mask.shape[0], c : c + mask.shape[1]] for r in range(3) for c in range(3)) / 9


@grafix.effect(n_inputs=2)
def house_behind(far, near, *, air=1.5, close=2.0, solid=True, least=1.5):
    """Lines of the first input where the second does not stand before them."""
    cell = 0.5 * house_u()
    shadow = house_shadow(near, air, close, solid, cell)

    def depth(x, y):
        x, y = np.clip(x / cell, 0, shadow.shape[1] - 1.001), np.clip(y / cell, 0, shadow.shape[0] - 1.001)
        column, row = x.astype(int), y.astype(int)
        u, v = x - column, y - row
        upper = shadow[row, column] * (1 - u) + shadow[row, column + 1] * u
        lower = shadow[row + 1, column] * (1 - u) + shadow[row + 1, column + 1] * u
        return upper * (1 - v) + lower * v - 0.5

    points, offsets, kept = np.asarray(far[0][:, :2], float), far[1], []
    away, steps = depth(*points.T), np.r_[np.hypot(*np.diff(points, axis=0).T), 0.0]
    for a, b in zip(offsets[:-1], offsets[1:]):
        line, clear = points[a:b], away[a:b] < 0
        fine = b - a > 1 and steps[a : b - 1].max() < 3 * cell
        whole = fine and clear.all()
        if b - a > 1 and not (fine and not clear.any()):
            pieces = [line] if whole else house_pieces(line, depth)
            kept += [p for p in pieces if p is line or np.hypot(*np.diff(p, axis=0).T).sum() >= least]
    out = np.zeros((sum(map(len, kept)), 3), np.float32)
    if kept:
        out[:, :2] = np.concatenate(kept)
    return out, np.cumsum([0, *map(len, kept)]).astype(np.int32)


@grafix.primitive
def house_edge(*, kind="box", box=(0.0, 0.0, 1.0, 1.0)):
    """The outline of an opening, in one stroke."""
    x, y, a, b = box
    turn = np.linspace(0, 2 * np.pi, 181)
    if kind == "disc":
        line = np.stack([x + a * np.cos(turn), y + a * np.sin(turn)], axis=1)
    elif kind == "arch":
        half = np.linspace(np.pi, 2 * np.pi, 91)
        head = np.stack([x + a * np.cos(half), y - b + a + a * np.sin(half)], axis=1)
        line = np.concatenate([head, [(x + a, y + b), (x - a, y + b)], head[:1]])
    else:
        line = np.array([(x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b), (x - a, y - b)])
    coords = np.zeros((len(line), 3), np.float32)
    coords[:, :2] = line
    return coords, np.array([0, len(coords)], np.int32)
'''

SEEN = '''

def house_opening():
    """The opening the second study is seen through, kept on the sheet: (x, y, half width, half height) in mm."""
    across = 1 - PARAMS["view_x"] if HOUSE_TURNED else PARAMS["view_x"]
    (width, height), tall, edge = CANVAS, VIEW["tall"], (12 + VIEW["frame"]) * house_u()
    x, y, half = across * width, PARAMS["view_y"] * height, PARAMS["view_mm"] * house_u()
    if VIEW["kind"] in ("disc", "box", "arch"):
        half = min(half, width / 2 - edge, (height / 2 - edge) / tall)
        x = min(max(x, edge + half), width - edge - half)
        y = min(max(y, edge + half * tall), height - edge - half * tall)
    return (float(x), float(y), float(half), float(half * tall))


def house_sheet():
    """Width and height of the sheet the second study is drawn on: this one, or a little more than the opening."""
    if VIEW["whole"]:
        return CANVAS
    _, _, half, tall = house_opening()
    if VIEW["share"]:
        wide = 2 * half / VIEW["share"]
        return (wide, wide * 210 / 148)
    room = VIEW["room"] * min(half, tall)
    return (2 * (half + room), 2 * (tall + room))


HOUSE_VIEW = house_view(house_sheet())


def house_voiced(layers, near):
    """The second study in the pens of the first, without the layers that keep silent."""
    inks = [layer for layer in near if layer.name in ("ink", "indigo")] or near
    pens = {"first": inks[0], "second": house_second_pen(inks[:1] + near), "own": None}
    voices = [(layer, VIEW["voices"].get(layer.name, "first")) for layer in layers]
    return [
        dataclasses.replace(house_with(layer, "far", layer.geometry, pens[voice]), thickness=inks[0].thickness)
        for layer, voice in voices
        if voice != "silent"
    ]


def house_cut_to(kind, layers, box, inside=True):
    """The layers within the opening, or outside of it."""
    if kind == "all":
        return layers
    side = (*box[:2], 0.0, 1.0 if kind == "above" else -1.0)
    kind, box = ("side", side) if kind in ("above", "below") else (kind, box)
    return [house_with(layer, "cut", house_part(layer.geometry, kind, box, inside)) for layer in layers]


def house_moved(layers):
    """What was drawn on a sheet of its own, laid into the opening."""
    if VIEW["whole"]:
        return layers
    (x, y, _, _), (width, height), anchor = house_opening(), house_sheet(), VIEW["anchor"]
    shift = (float(x - anchor[0] * width), float(y - anchor[1] * height), 0.0)
    return [house_with(layer, "laid", grafix.E.translate(delta=shift)(layer.geometry)) for layer in layers]


def house_framed(layers, box):
    """Lines around the opening in the first pen."""
    for number in range(VIEW["frame"]):
        rim = (*box[:2], *(float(side + 1.1 * house_u() * number) for side in box[2:]))
        line = grafix.G.house_edge(kind=VIEW["kind"], box=rim)
        layers = [*layers, house_with(layers[0], f"frame {number}", line)]
    return layers


def draw(t, before=draw):
    """The first study stands before the second, or has an opening cut out for it."""
    near, u, box = house_layers(before(t)), house_u(), house_opening()
    air, kind = float(PARAMS["view_air_mm"] * u), VIEW["kind"]
    far = house_cut_to(kind, house_moved(house_voiced(house_layers(HOUSE_VIEW(t)), near)), box)
    far = house_framed(far, box)
    if VIEW["hole"]:
        rim = (*box[:2], *(float(side + air) for side in box[2:]))
        return [*house_cut_to(kind, near, rim, inside=False), *far]
    lines = sum((layer.geometry for layer in near[1:]), near[0].geometry)
    behind = grafix.E.house_behind(
        air=air, close=float(VIEW["close_mm"] * u), solid=VIEW["solid"], least=float(1.5 * u)
    )
    return [*near, *(house_with(layer, "behind", behind(layer.geometry, lines)) for layer in far)]
'''
