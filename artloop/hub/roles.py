"""Who calls the hub, and which tools are for whom."""

from __future__ import annotations

from typing import Any, Literal, get_args

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

Role = Literal["orchestrator", "worker", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
_ALL: frozenset[Role] = frozenset(ROLES)
_DOING: frozenset[Role] = frozenset({"orchestrator", "worker"})
_LOOKING: frozenset[Role] = frozenset({"orchestrator", "viewer"})
_ORDERING: frozenset[Role] = frozenset({"orchestrator"})
MAY: dict[str, frozenset[Role]] = {
    "register_agent": _DOING,
    "unregister_agent": _DOING,
    "drain_agent": _DOING,
    "list_agents": _LOOKING,
    "create_task": _ORDERING,
    "create_tasks": _ORDERING,
    "get_task_status": _ALL,
    "get_result": _ALL,
    "list_tasks": _LOOKING,
    "cancel_task": _ORDERING,
    "poll_tasks": _DOING,
    "get_task_pictures": _DOING,
    "heartbeat": _DOING,
    "submit_result": _DOING,
    "create_subtasks": _DOING,
    "get_shared_state": _ALL,
    "set_shared_state": _DOING,
    "list_dead": _LOOKING,
    "retry_task": _ORDERING,
    "get_counts": _LOOKING,
    "start_run": _ORDERING,
    "resume_run": _ORDERING,
    "get_run": _LOOKING,
    "list_runs": _LOOKING,
    "add_note": _ORDERING,
    "pin_variant": _ORDERING,
    "drop_variant": _ORDERING,
    "stop_run": _ORDERING,
    "get_sketch": _ALL,
    "save_sketch": _ORDERING,
}
"""Role by role what each tool is for; a worker sees of the tasks only its own."""
RENDERING = _DOING
"""For whom the Grafix tools are."""


class Caller(AuthenticatedUser):
    """Whoever presented a key, or whoever is on this machine while there is none: their name is empty.

    The SDK ends no session of one caller for another who knows its id.
    """

    def __init__(self, name: str, role: Role) -> None:
        super().__init__(AccessToken(token="", client_id=name, scopes=[role]))
        self.name = name
        self.role = role


def caller_of(request: Any) -> Caller:
    """Who sent this HTTP request; there is none when a client runs in the hub's own process."""
    found = request.user if request is not None else Caller("", "orchestrator")
    assert isinstance(found, Caller)
    return found
