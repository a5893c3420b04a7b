"""One frozen `Settings`: defaults, then `artloop.toml`, then `ARTLOOP_SECTION__KEY`, then options."""

from __future__ import annotations

import difflib
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnreadableError

from artloop.errors import SettingsError
from artloop.models import Price
from artloop.settings.sections import (
    CodexChoice,
    ConsoleChoice,
    DocketChoice,
    HubSettings,
    LoopSettings,
    ModelChoice,
    RenderLimits,
    Traces,
)

FILE = "artloop.toml"
PREFIX = "ARTLOOP_"


def _known_artists(artists: str) -> str:
    if not re.fullmatch(r"agents|codex|hub(:[a-z]+(,[a-z]+)*)?", artists):
        raise PydanticCustomError("artists", "give agents, codex, hub, or hub with roles as in hub:draw,critique")
    return artists


class Settings(BaseSettings):
    """Everything that can be set. Keys of providers are not settings: they come from the environment only."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=None
    )

    root: Path = Path()
    """Where `runs/` and `workspaces/` lie."""
    workspace: str = "default"
    cache: Path | None = None
    """Compiled kernels; None: the user's cache folder."""
    pens: str | None = None
    """The set of pens of `pens.toml` that runs draw with; None: any pen."""
    git: bool = False
    """Whether each iteration is also committed to a branch of the repository that holds `root`."""
    artists: Annotated[str, AfterValidator(_known_artists)] = "agents"
    """`agents`: the models; `codex`: it draws; `hub`, `hub:draw,critique`: agents of a hub take all roles, or those."""
    executor: Literal["local", "docket"] = "local"
    """Where steps are done: in this process, or by workers."""
    docket: DocketChoice = DocketChoice()
    render: RenderLimits = RenderLimits()
    loop: LoopSettings = LoopSettings()
    model: ModelChoice = ModelChoice()
    traces: Traces = Traces()
    prices: dict[str, Price] = {}
    """Prices by model name, laid over the shipped list."""
    codex: CodexChoice = CodexChoice()
    console: ConsoleChoice = ConsoleChoice()
    hub: HubSettings = HubSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options beat the environment, which beats the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))

    @property
    def cache_folder(self) -> Path:
        """Where compiled kernels are kept: `cache`, else the platform's cache folder."""
        if self.cache is not None:
            return self.cache
        if base := os.environ.get("XDG_CACHE_HOME"):
            return Path(base) / "artloop"
        return Path.home() / ("Library/Caches/artloop" if sys.platform == "darwin" else ".cache/artloop")


def load(options: dict[str, Any] | None = None, file: Path | None = None) -> Settings:
    """Read the settings; `options` (nested, Nones dropped) win.

    Raises `SettingsError` that names the file or variable and, for an unknown key, the nearest valid one.
    """
    options = _without_nones(options or {})
    path = file or Path(options.get("root", ".")) / FILE
    if file is not None and not path.is_file():
        raise SettingsError(f"settings file {path} does not exist; leave --config out or create it")
    _check_file(path)
    _check_environment()
    environment = dict(_honoured())

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        found = FromFile(**_merged(environment, options))
    except UnreadableError as error:
        raise SettingsError(f"environment: {error}; set one key of a section with {PREFIX}SECTION__KEY") from error
    except ValidationError as error:
        first = error.errors()[0]
        if _among(options, first["loc"]):
            option = str(first["loc"][-1]).replace("_", "-")
            raise SettingsError(f"--{option} {first['input']}: {first['msg'].lower()}") from error
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting {where} ({path} or {PREFIX}...): {first['msg'].lower()}; correct or remove it"
        ) from error
    return Settings.model_construct(**{name: getattr(found, name) for name in Settings.model_fields})


def _among(options: dict[str, Any], place: tuple[int | str, ...]) -> bool:
    """Whether a value was given on the command line."""
    at: Any = options
    for part in place:
        if not isinstance(at, dict) or part not in at:
            return False
        at = at[part]
    return True


def _honoured() -> list[tuple[str, Any]]:
    """Variables outside our prefix that are honoured all the same."""
    if value := os.environ.get("ART_LOOP_MAX_CONCURRENCY"):
        if not value.isdecimal() or int(value) < 1:
            raise SettingsError(
                f"ART_LOOP_MAX_CONCURRENCY={value!r} is not a whole number from 1 up; correct or unset it"
            )
        return [(section, {"max_concurrency": int(value)}) for section in ("render", "codex")]
    return []


def _check_file(path: Path) -> None:
    if not path.is_file():
        return
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"settings file {path} cannot be read: {error}; mend or remove it") from error
    _check_keys(content, Settings, str(path))


def _check_environment() -> None:
    for name in os.environ:
        if name.startswith(PREFIX) and name not in {"ARTLOOP_DEBUG"}:
            nested: dict[str, Any] = {}
            at = nested
            *parents, leaf = name[len(PREFIX) :].lower().split("__")
            for parent in parents:
                at = at.setdefault(parent, {})
            at[leaf] = None
            _check_keys(nested, Settings, f"environment variable {name}")


def _check_keys(content: dict[str, Any], model: type[BaseModel], where: str, prefix: str = "") -> None:
    """Refuse unknown keys, with the nearest valid name."""
    for key, value in content.items():
        field = model.model_fields.get(key)
        if field is None:
            near = difflib.get_close_matches(key, model.model_fields, n=1, cutoff=0)
            raise SettingsError(f"{where}: unknown setting {prefix}{key}; did you mean {prefix}{near[0]}?")
        inner = field.annotation
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, BaseModel):
            _check_keys(value, inner, where, f"{prefix}{key}.")


def _without_nones(values: dict[str, Any]) -> dict[str, Any]:
    return {k: _without_nones(v) if isinstance(v, dict) else v for k, v in values.items() if v is not None and v != {}}


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, tables merged."""
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
