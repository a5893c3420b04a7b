"""Settings: defaults, then `artloop.toml`, then the environment, then options."""

from __future__ import annotations

from artloop.settings.loading import Settings, load
from artloop.settings.sections import (
    CodexChoice,
    HubSettings,
    IsolationChoice,
    LoopSettings,
    ModelChoice,
    Rate,
    RenderLimits,
    RoleChoice,
)

__all__ = [
    "CodexChoice",
    "HubSettings",
    "IsolationChoice",
    "LoopSettings",
    "ModelChoice",
    "Rate",
    "RenderLimits",
    "RoleChoice",
    "Settings",
    "load",
]
