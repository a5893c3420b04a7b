"""Plottability: what a pen on paper cannot do, checked before a critic is paid."""

from __future__ import annotations

from collections.abc import Sequence

from artloop.models import Gate, Metrics, PenSet
from artloop.settings import RenderLimits

SHOWN = 6
"""Layers without a pen that are told; a sketch may have hundreds."""


def gates(
    metrics: Metrics, limits: RenderLimits, pens: PenSet | None = None, strange: Sequence[str] = ()
) -> list[Gate]:
    """All four checks; a closed one says what to change, an open one says nothing. With a set of pens, a fifth.

    That one stays open, since each layer was given a pen, but says of which layers it was not their own.
    """
    checks = (
        _blank(metrics, limits),
        _off_paper(metrics, limits),
        _overdrawn(metrics, limits),
        _too_long(metrics, limits),
    )
    made = [gate.model_copy(update={"message": ""}) if gate.ok else gate for gate in checks]
    return [*made, _pens(pens, strange)] if pens else made


def _pens(pens: PenSet, strange: Sequence[str]) -> Gate:
    names = ", ".join(pen.name for pen in pens.pens)
    return Gate(
        name="pens",
        ok=True,
        measured=len(strange),
        limit=0,
        message=f"{'; '.join(strange[:SHOWN])}: name each layer after its pen ({names})" if strange else "",
    )


def _blank(metrics: Metrics, limits: RenderLimits) -> Gate:
    return Gate(
        name="blank",
        ok=metrics.ink_mm >= limits.min_ink_mm,
        measured=metrics.ink_mm,
        limit=limits.min_ink_mm,
        message=f"{metrics.ink_mm:g} mm of ink; less than {limits.min_ink_mm:g} mm is a blank sheet: is anything drawn "
        "at all, and in millimetres on the sheet?",
    )


def _off_paper(metrics: Metrics, limits: RenderLimits) -> Gate:
    margin = metrics.margin_min_mm
    where = f"{margin:g} mm from" if margin >= 0 else f"{-margin:g} mm beyond"
    return Gate(
        name="off_paper",
        ok=not metrics.strokes or margin >= limits.margin_mm,
        measured=margin,
        limit=limits.margin_mm,
        message=f"the outermost ink lies {where} the edge of the paper; keep everything {limits.margin_mm:g} mm "
        "inside (clip with a mask or make it smaller)",
    )


def _overdrawn(metrics: Metrics, limits: RenderLimits) -> Gate:
    return Gate(
        name="overdrawn",
        ok=metrics.overplot_max <= limits.max_overplot,
        measured=metrics.overplot_max,
        limit=limits.max_overplot,
        message=f"{metrics.overplot_max} strokes cross one spot; more than {limits.max_overplot} tear the paper: stop "
        "lines short of a common point, or drop duplicates",
    )


def _too_long(metrics: Metrics, limits: RenderLimits) -> Gate:
    minutes = round(metrics.plot_seconds / 60, 2)
    return Gate(
        name="too_long",
        ok=minutes <= limits.max_plot_minutes,
        measured=minutes,
        limit=limits.max_plot_minutes,
        message=f"plotting takes {minutes:g} minutes; the limit is {limits.max_plot_minutes:g}: fewer or shorter lines",
    )
