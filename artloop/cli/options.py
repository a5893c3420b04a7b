"""Options that several commands share, and how they become settings."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from pydantic import ValidationError

    from artloop.errors import UsageError
    from artloop.models import Caps
    from artloop.settings import Settings
    from artloop.workspace import RunFolder

Root = Annotated[Path | None, typer.Option(help="Folder that holds runs/ and workspaces/; default: this folder.")]
WorkspaceName = Annotated[str | None, typer.Option("--workspace", help="Keep runs under workspaces/NAME/.")]
Config = Annotated[Path | None, typer.Option(help="Settings file; default: artloop.toml in the root.")]
LogLevel = Annotated[str, typer.Option(help="debug, info, warning or error; log lines go to stderr.")]
LogFormat = Annotated[
    Literal["text", "json"],
    typer.Option(help="json: one object a line on stderr, with the ids of trace, run and task."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout; progress goes to stderr.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress; print only the path of the winner.")]
RunId = Annotated[str, typer.Argument(help="A run's id, its beginning or its last four characters, or `last`.")]


def positive(minutes: float | None) -> float | None:
    """The minutes, or a `UsageError`."""
    if minutes is not None and not minutes > 0:
        from artloop.errors import UsageError

        raise UsageError(f"--max-minutes {minutes:g}: must be more than 0")
    return minutes


MaxMinutes = Annotated[
    float | None,
    typer.Option(help="End after this time; work in flight is finished and kept.", callback=positive),
]


def _confirming(when: str | None) -> str | None:
    if when is None:
        return None
    from artloop.cli.confirming import checked

    return checked(when)


Confirm = Annotated[
    str | None,
    typer.Option(
        help="Ask me before a drawing counts: each `revision`, or what an `iteration` ends with.", callback=_confirming
    ),
]
Git = Annotated[
    bool | None,
    typer.Option("--git/--no-git", help="Commit each iteration to a branch artloop/RUN_ID of your repository."),
]
BudgetUsd = Annotated[
    float | None,
    typer.Option(help="Never spend more than this on models; calls in flight are finished and kept.", min=0.0001),
]
MaxTokens = Annotated[int | None, typer.Option(help="Never use more tokens than this, input and output.", min=1)]


Pictures = Annotated[
    bool | None,
    typer.Option(
        "--pictures/--no-pictures", help="Show drawings in the terminal, where it can show them.", show_default="yes"
    ),
]


Executor = Annotated[
    Literal["local", "docket"] | None,
    typer.Option(help="Where steps are done: in this process, or by `artloop worker`s.", show_default="local"),
]
RedisUrl = Annotated[
    str | None, typer.Option("--redis", help="URL of the Redis or Valkey server that driver and workers share.")
]
BlobsUrl = Annotated[
    str | None,
    typer.Option(
        "--blobs", help="Where files travel: a folder or URL (s3://...) all reach.", show_default="ROOT/blobs"
    ),
]


CALLED = {"render_scale": "scale", "canvas_size": "canvas"}
"""Fields that are given by an option of another name."""


def option(field: str) -> str:
    """How a field is called on the command line."""
    return "--" + CALLED.get(field, field).removesuffix("_mm").replace("_", "-")


def option_refused(error: ValidationError) -> UsageError:
    """The first thing that is wrong with the values of a command, by the option that gave it."""
    from artloop.errors import UsageError

    first = error.errors()[0]
    return UsageError(f"{option(str(first['loc'][0]))} {first['input']}: {first['msg'].lower()}")


def caps_from(budget_usd: float | None, max_tokens: int | None) -> Caps:
    """The caps given on the command line."""
    from artloop.models import Caps

    return Caps(usd=budget_usd, tokens=max_tokens)


def settings_from(
    root: Path | None,
    workspace: str | None,
    config: Path | None,
    log_level: str,
    log_format: Literal["text", "json"] = "text",
    **sections: Any,
) -> Settings:
    """The settings with these options laid over file and environment."""
    from artloop.errors import UsageError
    from artloop.settings import load
    from artloop.telemetry.logs import log_to_stderr

    level = logging.getLevelNamesMapping().get(log_level.upper())
    if level is None:
        raise UsageError(f"--log-level {log_level!r} is none of debug, info, warning, error")
    log_to_stderr(level, log_format)
    if level > logging.DEBUG:
        logging.getLogger("openai.agents").setLevel(
            logging.CRITICAL
        )  # what it logs as errors, we tell in our own words
    return load({"root": root, "workspace": workspace, **sections}, config)


def asked_of_a_model(base_url: str | None, settings: Settings) -> None:
    """Refuse an address on the command line that nobody would be asked at: the house would work unasked."""
    roles = settings.model.roles
    named = {settings.model.default, *(getattr(roles, role).name for role in type(roles).model_fields)}
    if base_url is not None and named <= {None, "house"}:
        from artloop.errors import UsageError

        raise UsageError(f"--base-url {base_url}: no model is to be asked there; name one of that server's as well")


def run_folder(run_id: str, settings: Settings) -> RunFolder:
    """The folder of an existing run."""
    from artloop.workspace import Workspace

    return Workspace(settings.root, settings.workspace).find(run_id)
