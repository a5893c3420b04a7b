"""A word below the picture, in capitals of single strokes."""

from __future__ import annotations

LETTERING = '''

# house: lettering
HOUSE_LETTERS = {
    "A": "0602204246 0444", "B": "06003041423303 3344453606", "C": "4130100105163645", "D": "06003041453606",
    "E": "40000646 0333", "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343", "I": "2026",
    "J": "4045361605", "K": "0006 4003 0346", "L": "000646", "M": "0600234046", "N": "06004640",
    "O": "100105163645413010", "P": "06003041423303", "Q": "100105163645413010 2446", "R": "06003041423303 2346",
    "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540", "V": "002640", "W": "0016233640",
    "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
}


@grafix.primitive
def house_lettering(*, word="", x=0.0, y=0.0, height=4.0):
    """Capitals on the line `y`, from `x` on, widely spaced."""
    lines = []
    for number, letter in enumerate(word):
        for stroke in HOUSE_LETTERS.get(letter, "").split():
            grid = np.array(list(map(int, stroke)), float).reshape(-1, 2)
            lines.append((x, y - height) + (grid + (7.5 * number, 0)) * height / 6)
    coords = np.zeros((sum(map(len, lines)), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t, before=draw):
    """The picture with its word."""
    layers, u = house_layers(before(t)), house_u()
    height = min(PARAMS["type_mm"] * u, 6 * (CANVAS[0] - 28 * u) / (7.5 * len(WORD)))
    word = grafix.G.house_lettering(word=WORD, x=float(14 * u), y=float(CANVAS[1] - 9 * u), height=float(height))
    inks = [layer for layer in layers if layer.name in ("ink", "indigo")] or layers
    return [*layers, house_with(inks[0], "lettering", word)]
'''
