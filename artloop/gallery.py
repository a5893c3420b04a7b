"""The gallery: one page that shows a run to anybody, without network, scripts of others or the files beside it."""

from __future__ import annotations

import base64
import hashlib
import io
import shlex
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from artloop.models import Iteration, Metrics, Role, RunRecord, Selection, Usage, Variant
from artloop.narration import UNPAID, answered, asked, clock_time, descent, dollars
from artloop.prompts import Prompts
from artloop.settings import LoopSettings
from artloop.workspace import RunFolder, contained, resource_folders, write_text

TEMPLATE, SEARCH = "gallery.html.j2", "tune.svg"
SVG_BYTES, WINNER_BYTES = 150_000, 2_000_000
"""Larger drawings are shown as pictures: a page of many lines is slow to open."""
ALL_BYTES = 10_000_000
"""What all pictures together may come to, about; a long run gets smaller ones."""
SMALL_PX = (480, 680)

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Exhibit:
    """One iteration on the wall."""

    turn: Iteration
    picture: str
    """A data URI; empty when there is none."""
    search: str
    """The picture of the search before it as a data URI; empty when there was none."""
    facts: str
    """Its measures in a few words."""
    incumbent: bool
    chosen: bool


@dataclass(frozen=True)
class Wall:
    """One variant."""

    variant: Variant
    exhibits: list[Exhibit]
    trend: str
    """The points of its scores as a line in a box of 100 by 30."""

    @property
    def story(self) -> str:
        """Where its score began and where it got to."""
        scores = [turn.score for turn in self.variant.iterations if turn.score is not None]
        made = len(self.variant.iterations)
        turns = f"{made} iteration{'' if made == 1 else 's'}"
        if not scores:
            return f"no drawing in {turns}"
        best = self.variant.incumbent
        if best is None or best.score == scores[0]:
            return f"{scores[0]:.1f} in {turns}" if made == 1 else f"{scores[0]:.1f} at first, not bettered in {turns}"
        return f"from {scores[0]:.1f} to {best.score:.1f} in {turns}"


def write_gallery(
    record: RunRecord,
    variants: list[Variant],
    selection: Selection,
    usage: Usage,
    folder: RunFolder,
    prompts: Prompts | None = None,
) -> Path:
    """Write `gallery.html`. `prompts` finds the user's own template; without it the shipped one is used."""
    prompts = prompts or Prompts(resource_folders(folder.path, "prompts"))
    turns = sum(len(variant.iterations) for variant in variants)
    share = ALL_BYTES // max(turns, 1)
    walls = [_wall(variant, selection, folder, share) for variant in variants]
    winner = next((wall for wall in walls if wall.variant.id == selection.winner), None)
    work = next((exhibit for exhibit in winner.exhibits if exhibit.chosen), None) if winner else None
    page = prompts.html(
        TEMPLATE,
        record=record,
        models=_models(record),
        walls=walls,
        winner=winner,
        work=work,
        large=_large(winner, work, folder),
        titles={variant.id: variant.concept.title for variant in variants},
        selection=selection,
        usage=usage,
        dollars=dollars,
        asked=asked,
        answered=answered,
        descent=descent(record),
        eyes=whose_eyes(variants, selection),
        commands=_commands(record),
        measures=_measures,
        script_hash=script_hash,
    )
    return write_text(folder.gallery, page)


def whose_eyes(variants: list[Variant], selection: Selection) -> str:
    """Who judged: a reader must never take a measured number for a look."""
    if selection.reason:
        return f"No critic was asked. {_judge(selection)}"
    critiques = [turn.critique for variant in variants for turn in variant.iterations if turn.critique]
    critic = any(critique.measured for critique in critiques)
    judge = bool(selection.comparisons) and selection.measured
    if critic and (judge or not selection.comparisons):
        return "The critic and judge of this run are the built-in house heuristics: measured numbers, no eye."
    if critic:
        return f"The critic of this run is the built-in house heuristic: measured numbers, no eye. {_judge(selection)}"
    if judge:
        return (
            "The critiques were written by a model that saw the pictures. "
            "The judge of this run is the built-in house heuristic: measured numbers, no eye."
        )
    return f"The critiques were written by a model that saw the pictures. {_judge(selection)}"


def _judge(selection: Selection) -> str:
    if selection.reason and not selection.calls:
        return f"The winner: {selection.reason}."
    if selection.reason and selection.measured:
        return "The judge of this run is the built-in house heuristic: measured numbers, no eye."
    if selection.reason:
        return f"The judge, {selection.judge}, saw all pictures together, once."
    if selection.unpaid:
        return f"Ranked{UNPAID}."
    return f"The judge, {selection.judge}, saw the pictures in pairs, in both orders." if selection.comparisons else ""


def _wall(variant: Variant, selection: Selection, folder: RunFolder, share: int) -> Wall:
    best = variant.incumbent
    ranked = {place.variant: place.iteration for place in selection.ranking}
    chosen = ranked.get(variant.id, best.number if best else None) if variant.id == selection.winner else None
    exhibits = [
        Exhibit(
            turn=turn,
            picture=_hung(folder.iteration(variant.id, turn.number), share) if turn.rendering.ok else "",
            search=_search(folder.iteration(variant.id, turn.number)),
            facts=_facts(turn.rendering.metrics),
            incumbent=best is not None and turn.number == best.number,
            chosen=turn.number == chosen,
        )
        for turn in variant.iterations
    ]
    return Wall(variant, exhibits, _trend(variant))


def _hung(place: Path, share: int) -> str:
    return _picture(place, min(SVG_BYTES, share), share)


def _large(winner: Wall | None, work: Exhibit | None, folder: RunFolder) -> str:
    """The chosen drawing as lines, however many."""
    if winner is None or work is None:
        return ""
    return _picture(folder.iteration(winner.variant.id, work.turn.number), WINNER_BYTES, WINNER_BYTES)


def _picture(place: Path, svg_bytes: int, png_bytes: int) -> str:
    """The drawing as a data URI, else its PNG, else a smaller one, else nothing.

    As the source of an `<img>` an SVG can neither run a script nor load anything, whatever a sketch put into it.
    """
    for name, mime, most in (("drawing.svg", "image/svg+xml", svg_bytes), ("preview.png", "image/png", png_bytes)):
        path = contained(place, name)
        if path.is_file() and 0 < path.stat().st_size < most:
            return _data_uri(mime, path.read_bytes())
    return _data_uri("image/png", small) if (small := _small(place / "preview.png")) else ""


def _search(place: Path) -> str:
    path = contained(place, SEARCH)
    return _data_uri("image/svg+xml", path.read_bytes()) if path.is_file() else ""


def _small(path: Path) -> bytes:
    try:
        with Image.open(path) as image:
            white = Image.new("RGBA", image.size, "white")
            flat = Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    except (OSError, Image.DecompressionBombError):
        return b""
    flat.thumbnail(SMALL_PX, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    flat.quantize(32).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _data_uri(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _facts(metrics: Metrics | None) -> str:
    if metrics is None:
        return ""
    pens = f"{metrics.pens} pen{'' if metrics.pens == 1 else 's'}"
    minutes = max(1, round(metrics.plot_seconds / 60))
    return f"{metrics.strokes:,} strokes, {metrics.ink_mm / 1000:.1f} m ink, {pens}, {minutes} min to plot"


def _measures(metrics: Metrics) -> Pairs:
    """The measures as a person reads them; the names of the JSON file stay recognisable."""
    left, top, right, bottom = metrics.bbox_mm
    return [
        ("strokes", f"{metrics.strokes:,}"),
        ("segments", f"{metrics.segments:,}"),
        ("ink", f"{metrics.ink_mm / 1000:.2f} m"),
        ("pen up", f"{metrics.pen_up_mm / 1000:.2f} m"),
        ("pens", str(metrics.pens)),
        ("plot time", clock_time(metrics.plot_seconds)),
        ("drawn area", f"{left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f} mm"),
        ("smallest margin", f"{metrics.margin_min_mm:.1f} mm"),
        ("out of canvas", f"{metrics.out_of_canvas:.1%}"),
        ("ink coverage", f"{metrics.ink_coverage:.1%}"),
        ("balance x, y", f"{metrics.balance_x:+.2f}, {metrics.balance_y:+.2f}"),
        ("symmetry h, v", f"{metrics.symmetry_h:.2f}, {metrics.symmetry_v:.2f}"),
        ("density entropy", f"{metrics.density_entropy:.2f}"),
        ("orientation entropy", f"{metrics.orientation_entropy:.2f}"),
        ("fractal dimension", f"{metrics.fractal_dimension:.2f}"),
        ("compressibility", f"{metrics.compressibility:.2f}"),
        ("most passes over a spot", str(metrics.overplot_max)),
        ("line spacing, 5th percentile", f"{metrics.spacing_p05_mm:.2f} mm"),
    ]


def _trend(variant: Variant) -> str:
    turns = [(turn.number, turn.score) for turn in variant.iterations if turn.score is not None]
    if len(turns) < 2:
        return ""
    first, last = turns[0][0], turns[-1][0]
    low, high = min(score for _, score in turns), max(score for _, score in turns)
    slack = max(0.0, 2.0 - (high - low)) / 2  # a tenth more or less is no cliff
    low, high = low - slack, high + slack
    return " ".join(
        f"{(number - first) / (last - first) * 100:.1f},{(high - score) / (high - low) * 30:.1f}"
        for number, score in turns
    )


def _models(record: RunRecord) -> Pairs:
    """Model to the roles it played."""
    roles: dict[str, list[str]] = {}
    for role, model in record.models.items():
        roles.setdefault(model, []).append(role)
    return [(model, "" if len(roles) == 1 else ", ".join(played)) for model, played in roles.items()]


def _commands(record: RunRecord) -> Pairs:
    """What to type to go on from here or to make it again."""
    return [
        ("Perform it again from its record, without a model", f"artloop replay {record.id}"),
        ("Ask anew", shlex.join(_anew(record))),
        ("Read it in the terminal", f"artloop show {record.id}"),
    ]


def _anew(record: RunRecord) -> list[str]:
    brief, models = record.brief, record.models
    size = ["--variants", str(brief.variants), "--iterations", str(brief.iterations)]
    if at := record.fork:
        place = ["--variant", at.variant, "--iteration", str(at.iteration)]
        return ["artloop", "fork", at.run, *place, "--brief", brief.text, *size]
    drawn_by = models.get("draw", "house")
    others: list[tuple[Role, str]] = [("critique", "--critic-model"), ("choose", "--judge-model")]
    words = ["artloop", "run", brief.text, *size]
    words += ["--seed", str(brief.seed), "--canvas", str(brief.canvas)]
    words += ["--pens", brief.pens.name] if brief.pens else ["--pen", f"{brief.pen_mm:g}"]
    words += ["--stall", str(brief.stall)] if brief.stall else []
    words += ["--rethinks", str(brief.rethinks)] if brief.stall and brief.rethinks != 1 else []
    words += ["--tune-renders", str(brief.tune_renders)] if brief.tune_renders != LoopSettings().tune_renders else []
    words += ["--survivors", str(brief.survivors)] if brief.survivors else []
    words += ["--sketch", "sketch.py"] if brief.sketch else []
    words += ["--model", drawn_by] if drawn_by != "house" else []
    for role, option in others:
        if models.get(role, drawn_by) != drawn_by:
            words += [option, models[role]]
    words += ["--share"] if brief.share else []
    words += ["--learn"] if brief.learn else []
    words += ["--steer-model", models["steer"]] if "steer" in models else []
    return words


def script_hash(script: str) -> str:
    """What the page's security policy calls the only script that may run in it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
