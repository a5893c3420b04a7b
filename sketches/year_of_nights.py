"""Year of nights: every line is one night, as long as its dark, and the moon thins it out.

The nights of a year from top to bottom, midnight in the middle. Solid is night, dashed is dusk
and dawn; hours under the moon are thinned out, so that its way through the year shows.
In summer the clocks go forward. The second pen keeps one night whole.
"""

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "latitude_deg": 54.0,
    "every_days": 1,
    "moonlight": 0.08,
    "summer_time_h": 1.0,
    "dusk_deg": 10.0,
    "hour_mm": 5.6,
    "dash_mm": 1.3,
}
RANGES = {
    "latitude_deg": (30.0, 62.0),
    "every_days": (1, 2),
    "moonlight": (0.02, 0.5),
    "summer_time_h": (0.0, 1.5),
    "dusk_deg": (6.0, 16.0),
    "hour_mm": (4.4, 6.0),
    "dash_mm": (0.8, 2.2),
}
TAGS = (
    "night", "year", "time", "moon", "calendar", "data", "season", "winter", "summer",
    "sleep", "memory", "dark", "light", "insomnia", "quiet", "order",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 15 * U
RNG = np.random.default_rng(SEED)
HOUR = min(PARAMS["hour_mm"] * U, (W - 2 * MARGIN - 9 * U) / 20)
MIDNIGHT = 0.5 * W - 0.5 * PARAMS["summer_time_h"] * HOUR + 2 * U
DEPTH = H - 2 * MARGIN - 8 * U
EVERY = max(PARAMS["every_days"], int(np.ceil(365 * 1.35 * PEN_MM / DEPTH)))
DAYS = np.arange(0, 365, EVERY)
PITCH = DEPTH / len(DAYS)
SPARED = max(3, round(1.5 * U / PITCH))  # every so many nights run on through moonlight and dusk
NEW_MOON = RNG.uniform(0, 29.53)
NODE = RNG.uniform(0, 27.32)
KEPT = int(len(DAYS) * RNG.uniform(0.63, 0.72))
LATITUDE = np.radians(PARAMS["latitude_deg"])


def row(day: float) -> float:
    return MARGIN + day / EVERY * PITCH


def half_day(declination: float, altitude_deg: float = -0.83) -> float:
    """Hours from a body's highest point to its setting; 12 when it does not set, 0 when it stays below."""
    high = np.sin(np.radians(altitude_deg)) - np.sin(LATITUDE) * np.sin(declination)
    return float(np.degrees(np.arccos(np.clip(high / (np.cos(LATITUDE) * np.cos(declination)), -1, 1))) / 15)


def sun(day: float) -> float:
    return float(np.radians(-23.44) * np.cos(2 * np.pi * (day + 10) / 365.24))


def moon_phase(day: float) -> float:
    """0 when new, half when full."""
    return float((day - NEW_MOON) / 29.53 % 1)


def clock(day: float) -> float:
    """Hours the clock is ahead of the sun: the year's unevenness, and summer time."""
    b = 2 * np.pi * (day - 81) / 364
    uneven = (9.87 * np.sin(2 * b) - 7.53 * np.cos(b) - 1.5 * np.sin(b)) / 60
    return float(PARAMS["summer_time_h"] * (87 <= day < 300) - uneven)


def moonlit(day: float) -> list[tuple[float, float]]:
    """Hours from midnight in which a bright moon is up."""
    phase = moon_phase(day)
    if 0.5 - 0.5 * np.cos(2 * np.pi * phase) < PARAMS["moonlight"]:
        return []
    declination = np.radians(24) * np.sin(2 * np.pi * (day - NODE) / 27.32)
    up = half_day(declination)
    highest = 24 * phase - 12
    return [(highest + turn - up, highest + turn + up) for turn in (-24, 0, 24)]


def without(spans: list[tuple[float, float]], holes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    for low, high in holes:
        spans = [piece for a, b in spans for piece in ((a, min(b, low)), (max(a, high), b)) if piece[0] < piece[1]]
    return spans


def night(day: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Spans of dark, and of dusk and dawn, in hours from midnight by the sun."""
    edge = 12 - half_day(sun(day))
    dark = 12 - half_day(sun(day), -PARAMS["dusk_deg"])
    dusk = [(-edge, -dark), (dark, edge)] if dark > 0.02 else [(-edge, edge)]
    return [(-dark, dark)] if dark > 0.02 else [], [span for span in dusk if span[0] < span[1]]


def level(day: float, a: float, b: float) -> np.ndarray:
    shift = MIDNIGHT + clock(day) * HOUR
    return np.array([(shift + a * HOUR, row(day)), (shift + b * HOUR, row(day))])


def dashes(day: float, a: float, b: float) -> list[np.ndarray]:
    """Dashes that start at the dark and thin out towards the light."""
    start, end = (b, a) if a < 0 and b <= 0 else (a, b)
    way, x, lines = np.sign(end - start), 0.0, []
    dash, length = PARAMS["dash_mm"] * U / HOUR, abs(end - start)
    while x + dash < length:
        x += dash * (0.9 + 1.1 * x / length)
        if x + dash < length:
            lines.append(level(day, *sorted((start + way * x, start + way * (x + dash)))))
            x += dash
    return lines


def nights() -> list[np.ndarray]:
    lines = []
    for number, day in enumerate(DAYS):
        if abs(number - KEPT) * PITCH < 0.75 * U:
            continue
        dark, dusk = night(day)
        holes = [] if number % SPARED == 0 else moonlit(day)
        dusk = dusk if number % SPARED == 0 else []
        lines += [level(day, *s) for s in without(dark, holes) if (s[1] - s[0]) * HOUR > 0.8 * U]
        for span in dusk:
            lines += dashes(day, *span)
    return lines


def disc(x: float, y: float, radius: float, lit: float) -> list[np.ndarray]:
    """A moon: its ring, hatched but for the lit share."""
    angle = np.linspace(0, 2 * np.pi, 40)
    lines = [np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)]]
    if lit < 0.5:
        for step in np.arange(-radius + 0.5 * U, radius - 0.2 * U, 0.5 * U):
            wide = np.sqrt(radius**2 - step**2) - 0.15 * U
            if wide > 0.2 * U:
                lines.append(np.array([(x - wide, y + step), (x + wide, y + step)]))
    return lines


def margin_marks() -> list[np.ndarray]:
    """Months at the left, new and full moons at the right, hours below."""
    lines = []
    for month, day in enumerate(np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])):
        long = 4.5 if month % 3 == 0 else 2.2
        lines.append(np.array([(MARGIN, row(day)), (MARGIN + long * U, row(day))]))
    for half in range(26):
        day = NEW_MOON - 29.53 + half * 29.53 / 2
        if 2 < day < 363:
            full = half % 2
            lines += disc(W - MARGIN - 1.6 * U, row(day), (1.6 if full else 1.1) * U, full)
    foot = H - MARGIN
    for hour in range(-9, 10, 3):
        x, long = MIDNIGHT + hour * HOUR, 4.5 if hour == 0 else 2.2
        lines.append(np.array([(x, foot - long * U), (x, foot)]))
    return lines


def kept_night() -> list[np.ndarray]:
    """One night whole, drawn three times over as a heavier line."""
    day = float(DAYS[KEPT])
    edge = 12 - half_day(sun(day))
    return [level(day, -edge, edge) + (0, step * 0.8 * PEN_MM) for step in (-1, 0, 1)]


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


@primitive
def year_of_nights_lines(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    return join(nights() + margin_marks() if pen == "ink" else kept_night())


def draw(t: float) -> list:
    colours = {"ink": (0.08, 0.11, 0.24), "vermilion": (0.82, 0.26, 0.14)}
    return [
        L(name=pen).layer(G.year_of_nights_lines(pen=pen), color=colour, thickness=PEN)
        for pen, colour in colours.items()
    ]
