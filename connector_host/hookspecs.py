"""The contract between the host and a connector: every hook, by phase. Read it as the table of contents.

A connector is a module (or object) with functions marked `@connector_host.hookimpl`, named by an entry point of the
group `connector_host`. It implements the hooks it can answer; what it does not implement it cannot do, and
`connector-host plugins` says so. `connector_info` and `list_resource_types` are the only ones it must have.

Hooks are plain synchronous functions that keep no state between calls (the page token is the state) and may be called
from several threads, up to the concurrency `connector_info` declares. An implementation may leave out arguments it
does not need; that is how this contract grows without breaking anybody.

A hook says what went wrong with the errors of `connector_host.errors`: RateLimited, Unavailable and BadResponse are
tried again; NotFound skips the listing and is counted; NotPermitted makes the run incomplete; AuthError reopens the
session once; ConfigError ends the run. Anything else that escapes is a defect of the connector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from .model import (
        AccountRequest,
        Change,
        ConnectorInfo,
        Entitlement,
        Grant,
        Identity,
        Page,
        Resource,
        ResourceId,
        ResourceStatus,
        ResourceType,
    )
    from .options import Option
    from .run import Run

__all__ = ["HOST_API", "PROJECT", "hookimpl", "hookspec"]

PROJECT = "connector_host"
HOST_API = 1
"""The number of this contract. It changes only when an old connector could no longer be run."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# ----------------------------------------------------------------------------------------------- describe


@hookspec(firstresult=True)
def connector_info() -> ConnectorInfo:
    """Who this connector is. Called once, first, without a session; must not touch the application."""
    raise NotImplementedError


@hookspec(firstresult=True)
def connector_options() -> Sequence[Option]:
    """The options it takes. Called before the command line is read; must not touch the application."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- connect


@hookspec(firstresult=True)
def open_session(options: Mapping[str, Any], run: Run) -> object:
    """Sign in, and give any object: it is handed to every later hook and shared by the threads of the run.

    `options` maps each declared name to its value; secrets are `Secret`. If the object has `close()`, the host calls
    it at the end, possibly from another thread and more than once. Called again after an AuthError.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def check_session(session: Any) -> Identity:
    """Prove that the session works with one cheap call; say who it is and what it will not see or may not do."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- sync


@hookspec(firstresult=True)
def list_resource_types(session: Any, page_token: str | None) -> Page[ResourceType] | Sequence[ResourceType]:
    """The kinds of resources. `session` is None when only capabilities are asked for: answer without it."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_resources(
    session: Any,
    resource_type: ResourceType,
    parent: Resource | None,
    page_token: str | None,
    page_size: int | None,
) -> Page[Resource] | Sequence[Resource]:
    """One page of the resources of a type.

    Called with `parent=None` for every type, and again for each resource that announces the type in `child_types`:
    a type that only lives under parents gives nothing without one. `page_size` is a hint, None the connector's choice.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def get_resource(session: Any, resource_id: ResourceId, parent: ResourceId | None) -> Resource | None:
    """One resource by its id, for syncs of chosen resources. None or NotFound: there is no such resource."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_entitlements(
    session: Any, resource: Resource, page_token: str | None, page_size: int | None
) -> Page[Entitlement] | Sequence[Entitlement]:
    """One page of what can be held on a resource."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_static_entitlements(
    session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Entitlement] | Sequence[Entitlement]:
    """One page of what can be held on every resource of a type: the host makes one entitlement per resource.

    The `resource` of these is a stand-in, `Resource(ResourceId(type, ""))`; an empty name or description becomes the
    resource's.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def list_grants(
    session: Any, resource: Resource, page_token: str | None, page_size: int | None
) -> Page[Grant] | Sequence[Grant]:
    """One page of who holds what on a resource."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- provision


@hookspec(firstresult=True)
def grant(session: Any, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
    """Give the entitlement to the principal. Already held is success (`Outcome.ALREADY`).

    A hook that does not take `dry_run` refuses `--dry-run`; with it True, `calls` says what would be done.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def revoke(session: Any, grant: Grant, dry_run: bool) -> Change:
    """Take the grant away. Already gone is success (`Outcome.ALREADY`)."""
    raise NotImplementedError


@hookspec(firstresult=True)
def create_account(session: Any, request: AccountRequest, dry_run: bool) -> Change:
    """Make an account; the change carries its resource and, if there is one, its first secret."""
    raise NotImplementedError


@hookspec(firstresult=True)
def delete_resource(session: Any, resource: Resource, dry_run: bool) -> Change:
    """Delete a resource for good."""
    raise NotImplementedError


@hookspec(firstresult=True)
def set_status(session: Any, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
    """Enable or disable an account."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- observe


@hookspec
def sync_started(connector: str, sync_id: str, resumed: bool) -> None:
    """A sync begins or goes on. Observers may be slow or fail: they are logged and never stop a run."""


@hookspec
def page_synced(hook: str, resource_type: str, count: int, seconds: float) -> None:
    """A page of `count` items was fetched in `seconds` and stored."""


@hookspec
def phase_finished(hook: str) -> None:
    """Everything that `hook` lists is stored."""


@hookspec
def working(step: str, done: int, of: int) -> None:
    """The host itself is at work: `step` is expanding, unpacking, copying, indexing, finishing or compressing.

    Called when a step begins and often during it; `done` of `of` parts are done, `of` 0: nobody knows.
    """


@hookspec
def waiting(hook: str, resource_type: str, seconds: float, reason: str) -> None:
    """A call will be tried again in `seconds`."""


@hookspec
def sync_finished(connector: str, sync_id: str, summary: Mapping[str, Any]) -> None:
    """The sync ended and its file is in place. `summary` is what `--metrics` writes."""
