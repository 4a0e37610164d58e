"""Changes to a scenario file: each hook reads it, makes its change and replaces it as a whole.

Nothing of it is kept between calls, so changes of several processes add up: whoever changes the file holds a lock on
its folder meanwhile. A change that is there already is not an error and writes nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from connector_host import (
    AccountRequest,
    Change,
    ConfigError,
    Entitlement,
    Grant,
    NotFound,
    NotPermitted,
    Outcome,
    Resource,
    ResourceId,
    ResourceStatus,
    Secret,
)

from .scenario_format import Scenario, ScenarioGrant, ScenarioId, ScenarioResource, dump, load
from .scenario_organisation import STATUS_WORDS, ScenarioOrganisation

__all__ = ["WritableScenario"]

Edited = tuple[Scenario, Change]


class WritableScenario:
    """A scenario file that may be changed. `changed` is told the new content."""

    def __init__(self, path: Path, changed: Callable[[Scenario], None]) -> None:
        self._path, self._changed = path, changed
        self._threads = threading.Lock()

    # ----------------------------------------------------------------------------------------------- the changes

    def grant(self, principal: Resource, entitlement: Entitlement, *, dry_run: bool) -> Change:
        """Add a grant. Raises NotFound, or NotPermitted for a principal of a type it is not grantable to."""
        wanted = ScenarioGrant(entitlement=entitlement.id, principal=_item(principal.id))
        with self._editing(dry_run) as (old, save):
            given = next((item for item in old.entitlements if item.key == entitlement.id), None)
            if given is None:
                raise NotFound(f"there is no entitlement {entitlement.id}")
            if not _find(old, principal.id):
                raise NotFound(f"there is no {principal.id}")
            if given.grantable_to and principal.id.resource_type not in given.grantable_to:
                raise NotPermitted(f"{entitlement.id} cannot be granted to a {principal.id.resource_type}")
            grants = (Grant(entitlement, principal.id),)
            if any(_same(item, wanted) for item in old.grants):
                return Change(outcome=Outcome.ALREADY, grants=grants)
            new = replace(old, grants=(*old.grants, wanted))
            call = f"add grant {wanted.entitlement} to {principal.id}"
            return save(new, Change(outcome=Outcome.DONE, calls=(call,), grants=grants))

    def revoke(self, grant: Grant, *, dry_run: bool) -> Change:
        """Take out a grant."""
        gone = ScenarioGrant(entitlement=grant.entitlement.id, principal=_item(grant.principal_id))
        with self._editing(dry_run) as (old, save):
            kept = tuple(item for item in old.grants if not _same(item, gone))
            if len(kept) == len(old.grants):
                return Change(outcome=Outcome.ALREADY)
            call = f"remove grant {gone.entitlement} from {grant.principal_id}"
            return save(replace(old, grants=kept), Change(outcome=Outcome.DONE, calls=(call,)))

    def create_account(self, request: AccountRequest, *, dry_run: bool) -> Change:
        """Add a user, named by login or e-mail address; where the users have a parent, under the first one's."""
        name = request.login or request.email
        if not name:
            raise ConfigError("an account needs a login or an e-mail address")
        with self._editing(dry_run) as (old, save):
            kind = next((item.id for item in old.resource_types if item.traits[:1] == ("user",)), None)
            if kind is None:
                raise NotPermitted("the scenario has no type of resource that is a user")
            resource_id = ResourceId(kind, name)
            if _find(old, resource_id):
                return Change(outcome=Outcome.ALREADY, resource=ScenarioOrganisation(old, "").resource(resource_id))
            user = ScenarioResource(
                type=kind,
                id=name,
                display_name=request.display_name or name,
                parent=next((item.parent for item in old.resources if item.type == kind), None),
                email=request.email,
                profile=dict(request.profile) if request.profile else {"login": name},
            )
            new = replace(old, resources=(*old.resources, user))
            change = Change(
                outcome=Outcome.DONE,
                calls=(f"add {resource_id}",),
                resource=ScenarioOrganisation(new, "").resource(resource_id),
                secret=None if dry_run else Secret(secrets.token_urlsafe(12)),
            )
            return save(new, change)

    def delete_resource(self, resource: Resource, *, dry_run: bool) -> Change:
        """Take out a resource, what is under it, and every entitlement and grant of these."""
        with self._editing(dry_run) as (old, save):
            if not _find(old, resource.id):
                return Change(outcome=Outcome.ALREADY)
            gone = _with_children(old, str(resource.id))
            slugs = {item.key for item in old.entitlements if str(item.resource) in gone}
            new = replace(
                old,
                resources=tuple(item for item in old.resources if item.key not in gone),
                entitlements=tuple(item for item in old.entitlements if item.key not in slugs),
                grants=tuple(
                    item for item in old.grants if item.entitlement not in slugs and str(item.principal) not in gone
                ),
            )
            calls = tuple(f"delete {name}" for name in sorted(gone))
            return save(new, Change(outcome=Outcome.DONE, calls=calls))

    def set_status(self, resource: Resource, status: ResourceStatus, *, dry_run: bool) -> Change:
        """Enable or disable a user."""
        word = STATUS_WORDS.get(status)
        if word is None:
            raise ConfigError(f"a user can be enabled or disabled, not {status.name.lower()}")
        with self._editing(dry_run) as (old, save):
            found = _find(old, resource.id)
            if not found:
                raise NotFound(f"there is no {resource.id}")
            if resource.id.resource_type not in ScenarioOrganisation(old, "").user_types():
                raise NotPermitted(f"{resource.id} is not an account")
            if all(item.status == word for item in found):
                return Change(outcome=Outcome.ALREADY, resource=ScenarioOrganisation(old, "").resource(resource.id))
            resources = tuple(replace(item, status=word) if item in found else item for item in old.resources)
            new = replace(old, resources=resources)
            changed = ScenarioOrganisation(new, "").resource(resource.id)
            return save(new, Change(outcome=Outcome.DONE, calls=(f"set {resource.id} {word}",), resource=changed))

    # ----------------------------------------------------------------------------------------------- the file

    @contextlib.contextmanager
    def _editing(self, dry_run: bool) -> Iterator[tuple[Scenario, Callable[[Scenario, Change], Change]]]:
        """The content of the file, and what stores a new one (or, dry, gives the change as planned)."""

        def save(new: Scenario, change: Change) -> Change:
            if dry_run:
                return replace(change, outcome=Outcome.PLANNED)
            _write(self._path, dump(new))
            self._changed(new)
            return change

        with self._threads, _locked(self._path.parent):
            yield load(self._path), save


def _item(resource_id: ResourceId) -> ScenarioId:
    return ScenarioId(type=resource_id.resource_type, id=resource_id.resource)


def _same(one: ScenarioGrant, other: ScenarioGrant) -> bool:
    return one.entitlement == other.entitlement and one.principal == other.principal


def _find(scenario: Scenario, resource_id: ResourceId) -> list[ScenarioResource]:
    key = str(resource_id)
    return [item for item in scenario.resources if item.key == key]


def _with_children(scenario: Scenario, key: str) -> set[str]:
    gone = {key}
    while found := {i.key for i in scenario.resources if i.parent and str(i.parent) in gone and i.key not in gone}:
        gone |= found
    return gone


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder: no lock file is left behind, and replacing a file in it does not lose the lock."""
    with contextlib.ExitStack() as stack:
        try:
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            raise ConfigError(f"folder {folder} cannot be locked: {error.strerror or error}") from error
        yield


def _write(path: Path, data: bytes) -> None:
    """Replace a file as a whole, keeping its mode."""
    path = path.resolve()
    temporary: str | None = None
    try:
        mode = path.stat().st_mode & 0o777
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise ConfigError(f"scenario {path} cannot be written: {error.strerror or error}") from error
