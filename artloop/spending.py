"""Money at the start of a run: prices, caps and past runs brought together for `budget` and `estimate`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import get_args

from artloop.artists.codex.config import is_codex
from artloop.artists.guide import GUIDED
from artloop.artists.providers import FREE
from artloop.errors import ArtloopError, UsageError
from artloop.events import RunStarted
from artloop.flow.budget import OUTPUT_TOKENS, affordable
from artloop.flow.estimate import Steps, estimated
from artloop.journal import Journal
from artloop.models import Caps, Estimate, Manner, Role, RunRecord, Usage
from artloop.prices import tariff
from artloop.prompts import Prompts
from artloop.settings import Settings
from artloop.workspace import RunFolder, Workspace, resource_folders

ROLES: tuple[Role, ...] = get_args(Role)
LOOKED_AT = 20
"""Past runs an estimate goes by: the newest."""
GUIDE_TOKENS = 3_000
"""The guide to Grafix, which is part of some prompts."""
SCHEMA_TOKENS = 1_500
"""Tools and the form of the answer, which are sent with every prompt."""


def check_caps(caps: Caps, models: Mapping[Role, str], settings: Settings) -> None:
    """Refuse caps that cannot be kept: without a price, around Codex, or by workers. Nothing is made or paid yet."""
    if caps != Caps() and any(is_codex(name) for name in models.values()):
        raise UsageError(
            "what Codex spends cannot be capped: its calls are its own; "
            "leave --budget-usd and --max-tokens out and use --max-minutes, or --artists agents"
        )
    if caps != Caps() and settings.executor == "docket":
        raise UsageError(
            "workers on other machines cannot be held to a cap; leave --budget-usd and --max-tokens out and use"
            " --max-minutes or [docket.rates], or --executor local"
        )
    affordable(caps, set(paid_roles(models).values()), tariff(settings.prices))


def caps_for(given: Caps, journal: Journal) -> Caps:
    """The caps given now; each that is not stays as the last session had it."""
    earlier = [event.caps for _, _, event in journal.events() if isinstance(event, RunStarted)]
    last = earlier[-1] if earlier else Caps()
    return Caps(usd=given.usd or last.usd, tokens=given.tokens or last.tokens)


def bounded(manners: Mapping[Role, Manner], caps: Caps) -> dict[Role, Manner]:
    """How the roles ask under these caps: each with a limit to its answers, for only such a call can be bounded."""
    if caps == Caps():
        return dict(manners)
    asked = {role: manners.get(role, Manner()) for role in ROLES}
    return {
        role: manner.model_copy(update={"max_output_tokens": manner.max_output_tokens or OUTPUT_TOKENS})
        for role, manner in asked.items()
    }


def estimate_for(record: RunRecord, settings: Settings, folder: RunFolder) -> Estimate | None:
    """What the run will probably come to; None when the house does everything."""
    costly = paid_roles(record.models)
    if not costly:
        return None
    prompts = Prompts(resource_folders(settings.root, "prompts"))
    sizes = {
        role: prompts.size(f"{role}.md.j2") // 4 + SCHEMA_TOKENS + GUIDE_TOKENS * (role in GUIDED) for role in costly
    }
    past, prices = past_steps(settings, folder), tariff(settings.prices)
    return estimated(record.ahead, costly, prices, sizes, past, challenged=record.challenges)


def paid_roles(models: Mapping[Role, str]) -> dict[Role, str]:
    """The roles that cost something."""
    return {role: model for role, model in models.items() if model not in FREE}


def past_steps(settings: Settings, besides: RunFolder) -> Steps:
    """What the steps of the workspace's newest runs came to; a run that cannot be read says nothing."""
    found: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    runs = [run for run in Workspace(settings.root, settings.workspace).every() if run.id != besides.id]
    for run in runs[-LOOKED_AT:]:
        try:
            with Journal.read(run) as journal:
                for kind, model, usage in journal.used():
                    found[kind, model].append(usage)
        except ArtloopError:
            continue
    return found
