"""Changes to a scenario file: each hook reads it, makes its change and replaces it as a whole.

Nothing is kept between calls, and a change holds a lock on the folder of the file, so changes of several processes add
up. A change that was already made is not an error and writes nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from connector_host import (
    AccountRequest,
    Change,
    ConfigError,
    CredentialRequest,
    Entitlement,
    Grant,
    IssueRequest,
    NotFound,
    NotPermitted,
    Outcome,
    Resource,
    ResourceId,
    ResourceStatus,
    TicketRequest,
    TicketResult,
)

from .sample_accounts import (
    account_secrets,
    credential_resource,
    credential_secrets,
    invitation_end,
    new_password,
    planned_outcome,
    stored_profile,
)
from .sample_tickets import planned, ticket_entry, ticket_of
from .scenario_format import Scenario, ScenarioGrant, ScenarioId, ScenarioResource, dump, load
from .scenario_organisation import STATUS_WORDS, ScenarioOrganisation

__all__ = ["WritableScenario"]

LOCK_SECONDS = 30.0
"""The longest that a change waits for another one, where a file stands for the lock."""

Edited = tuple[Scenario, Change]


class WritableScenario:
    """A scenario file that may be changed. `changed` is called with the new content."""

    def __init__(self, path: Path, changed: Callable[[Scenario], None]) -> None:
        self._path, self._changed = path, changed
        self._threads = threading.Lock()

    # ----------------------------------------------------------------------------------------------- the changes

    def grant(self, principal: Resource, entitlement: Entitlement, *, dry_run: bool) -> Change:
        """Add a grant. Raises NotFound, or NotPermitted for a principal of a type it is not grantable to."""
        new_grant = ScenarioGrant(entitlement=entitlement.id, principal=_item(principal.id))
        with self._editing(dry_run) as (old, save):
            listed_entitlement = next((item for item in old.entitlements if item.key == entitlement.id), None)
            if listed_entitlement is None:
                raise NotFound(f"there is no entitlement {entitlement.id}")
            if not _find(old, principal.id):
                raise NotFound(f"there is no {principal.id}")
            if listed_entitlement.grantable_to and principal.id.resource_type not in listed_entitlement.grantable_to:
                raise NotPermitted(f"{entitlement.id} cannot be granted to a {principal.id.resource_type}")
            grants = (Grant(entitlement, principal.id),)
            if any(_same(item, new_grant) for item in old.grants):
                return Change(outcome=Outcome.ALREADY, grants=grants)
            new = replace(old, grants=(*old.grants, new_grant))
            call = f"add grant {new_grant.entitlement} to {principal.id}"
            return save(new, Change(outcome=Outcome.DONE, calls=(call,), grants=grants))

    def revoke(self, grant: Grant, *, dry_run: bool) -> Change:
        """Remove a grant. Raises NotFound if neither its resource nor its principal exists: they were never here."""
        resource = grant.entitlement.resource.id
        revoked = ScenarioGrant(entitlement=grant.entitlement.id, principal=_item(grant.principal_id))
        with self._editing(dry_run) as (old, save):
            remaining = tuple(item for item in old.grants if not _same(item, revoked))
            if len(remaining) == len(old.grants):
                if not _find(old, resource) and not _find(old, grant.principal_id):
                    raise NotFound(
                        f"there is neither {resource} nor {grant.principal_id},"
                        " so the c1z file comes from another application or account",
                        hint="Use the connector that the file was synced with, or sync again with this one.",
                    )
                return Change(outcome=Outcome.ALREADY)
            call = f"remove grant {revoked.entitlement} from {grant.principal_id}"
            return save(replace(old, grants=remaining), Change(outcome=Outcome.DONE, calls=(call,)))

    def create_account(self, request: AccountRequest, *, dry_run: bool) -> Change:
        """Add a user, named by login or e-mail address, under the parent of the first user if that has one."""
        name = request.login or request.email
        if not name:
            raise ConfigError("an account needs a login or an e-mail address", hint="Specify --login or --email.")
        with self._editing(dry_run) as (old, save):
            user_type = next((item.id for item in old.resource_types if item.traits[:1] == ("user",)), None)
            if user_type is None:
                raise NotPermitted("the scenario has no type of resource that is a user")
            resource_id = ResourceId(user_type, name)
            if _find(old, resource_id):
                return Change(outcome=Outcome.ALREADY, resource=ScenarioOrganisation(old, "").resource(resource_id))
            outcome = planned_outcome(request)
            user = ScenarioResource(
                type=user_type,
                id=name,
                display_name=request.display_name or name,
                parent=next((item.parent for item in old.resources if item.type == user_type), None),
                email=request.email,
                status="enabled" if outcome is Outcome.DONE else "disabled",
                profile=stored_profile(request) or {"login": name},
            )
            new = replace(old, resources=(*old.resources, user))
            has_password = outcome is Outcome.DONE and not dry_run
            secret, several = account_secrets(request) if has_password else (None, ())
            invited = outcome is Outcome.ACTION_REQUIRED
            change = Change(
                outcome=outcome,
                calls=(f"add {resource_id}",),
                resource=ScenarioOrganisation(new, "").resource(resource_id),
                secret=secret,
                secrets=several,
                message=f"Ask {request.email} to accept the invitation." if invited else "",
                expires_at=invitation_end() if invited else None,
                creation_id=str(resource_id) if outcome is Outcome.IN_PROGRESS else "",
            )
            return save(new, change)

    def account_creation(self, creation_id: str) -> Change:
        """Enable an account that was created in progress, and return it with its first password."""
        type_id, _, name = creation_id.partition(":")
        resource_id = ResourceId(type_id, name)
        with self._editing(False) as (old, save):
            users = _find(old, resource_id)
            if not users:
                raise NotFound(f"there is no account creation {creation_id}")
            resources = tuple(replace(item, status="enabled") if item in users else item for item in old.resources)
            new = replace(old, resources=resources)
            if all(item.status == "enabled" for item in users):
                return Change(outcome=Outcome.ALREADY, resource=ScenarioOrganisation(new, "").resource(resource_id))
            change = Change(
                outcome=Outcome.DONE,
                calls=(f"set {resource_id} enabled",),
                resource=ScenarioOrganisation(new, "").resource(resource_id),
                secret=CredentialRequest().make_password(),
            )
            return save(new, change)

    def create_resource(self, resource: Resource, *, dry_run: bool) -> Change:
        """Add a resource. Its id is the one that was chosen, else its name in lower case."""
        type_id = resource.id.resource_type
        name = resource.id.resource or "-".join(resource.display_name.lower().split())
        with self._editing(dry_run) as (old, save):
            if type_id not in {item.id for item in old.resource_types}:
                raise NotFound(f"there is no resource type {type_id}")
            if resource.parent is not None and not _find(old, resource.parent):
                raise NotFound(f"there is no {resource.parent}")
            resource_id = ResourceId(type_id, name)
            if _find(old, resource_id):
                return Change(outcome=Outcome.ALREADY, resource=ScenarioOrganisation(old, "").resource(resource_id))
            item = ScenarioResource(
                type=type_id,
                id=name,
                display_name=resource.display_name,
                description=resource.description,
                parent=_item(resource.parent) if resource.parent else None,
                profile=dict(resource.profile) if resource.profile else None,
            )
            new = replace(old, resources=(*old.resources, item))
            created = ScenarioOrganisation(new, "").resource(resource_id)
            return save(new, Change(outcome=Outcome.DONE, calls=(f"add {resource_id}",), resource=created))

    def delete_resource(self, resource: Resource, *, dry_run: bool) -> Change:
        """Remove a resource, everything under it, and their entitlements and grants."""
        with self._editing(dry_run) as (old, save):
            if not _find(old, resource.id):
                return Change(outcome=Outcome.ALREADY)
            deleted = _with_children(old, str(resource.id))
            slugs = {item.key for item in old.entitlements if str(item.resource) in deleted}
            new = replace(
                old,
                resources=tuple(item for item in old.resources if item.key not in deleted),
                entitlements=tuple(item for item in old.entitlements if item.key not in slugs),
                grants=tuple(
                    item for item in old.grants if item.entitlement not in slugs and str(item.principal) not in deleted
                ),
            )
            calls = tuple(f"delete {name}" for name in sorted(deleted))
            return save(new, Change(outcome=Outcome.DONE, calls=calls))

    def rotate_credentials(self, resource: Resource, credentials: CredentialRequest, *, dry_run: bool) -> Change:
        """Return a new random password of a user, which is not stored; none if the requester chose it."""
        with self._editing(dry_run) as (old, _):
            _check_account(old, resource.id)
            calls = (f"rotate the password of {resource.id}",)
            if dry_run:
                return Change(outcome=Outcome.PLANNED, calls=calls)
            return Change(outcome=Outcome.DONE, calls=calls, secret=new_password(credentials))

    def issue_credential(self, resource: Resource, request: IssueRequest, *, dry_run: bool) -> Change:
        """Return a new credential of a user; neither it nor its value is stored."""
        with self._editing(dry_run) as (old, _):
            _check_account(old, resource.id)
            calls = (f"add {request.option.name.lower()} for {resource.id}",)
            if dry_run:
                return Change(outcome=Outcome.PLANNED, calls=calls)
            return Change(
                outcome=Outcome.DONE,
                calls=calls,
                resource=credential_resource(resource.id, request),
                secrets=credential_secrets(request),
            )

    def create_ticket(self, request: TicketRequest, *, dry_run: bool) -> TicketResult:
        """Add a ticket."""
        result = planned(request)
        with self._editing(dry_run) as (old, save):
            if dry_run:
                return result
            entry = ticket_entry(request, old.tickets)
            save(replace(old, tickets=(*old.tickets, entry)), Change(outcome=Outcome.DONE))
            return TicketResult(ticket=ticket_of(entry), calls=result.calls)

    def set_status(self, resource: Resource, status: ResourceStatus, *, dry_run: bool) -> Change:
        """Enable or disable a user."""
        word = STATUS_WORDS.get(status)
        if word is None:
            raise ConfigError(f"a user can be enabled or disabled, not {status.name.lower()}")
        with self._editing(dry_run) as (old, save):
            users = _check_account(old, resource.id)
            if all(item.status == word for item in users):
                return Change(outcome=Outcome.ALREADY, resource=ScenarioOrganisation(old, "").resource(resource.id))
            resources = tuple(replace(item, status=word) if item in users else item for item in old.resources)
            new = replace(old, resources=resources)
            changed = ScenarioOrganisation(new, "").resource(resource.id)
            return save(new, Change(outcome=Outcome.DONE, calls=(f"set {resource.id} {word}",), resource=changed))

    def rename(self, resource: Resource, name: str, *, dry_run: bool) -> Change:
        """Change the display name of a resource."""
        with self._editing(dry_run) as (old, save):
            items = _find(old, resource.id)
            if not items:
                raise NotFound(f"there is no {resource.id}")
            resources = tuple(replace(item, display_name=name) if item in items else item for item in old.resources)
            new = replace(old, resources=resources)
            renamed = ScenarioOrganisation(new, "").resource(resource.id)
            calls = (f"rename {resource.id} to {name}",)
            return save(new, Change(outcome=Outcome.DONE, calls=calls, resource=renamed))

    # ----------------------------------------------------------------------------------------------- the file

    @contextlib.contextmanager
    def _editing(self, dry_run: bool) -> Iterator[tuple[Scenario, Callable[[Scenario, Change], Change]]]:
        """Yield the content of the file, and a function that stores a new one (in a dry run: only plans it)."""

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


def _same(first: ScenarioGrant, second: ScenarioGrant) -> bool:
    return first.entitlement == second.entitlement and first.principal == second.principal


def _find(scenario: Scenario, resource_id: ResourceId) -> list[ScenarioResource]:
    key = str(resource_id)
    return [item for item in scenario.resources if item.key == key]


def _check_account(scenario: Scenario, resource_id: ResourceId) -> list[ScenarioResource]:
    """Return the users of an id. Raises NotFound, or NotPermitted for a resource that is not an account."""
    users = _find(scenario, resource_id)
    if not users:
        raise NotFound(f"there is no {resource_id}")
    if resource_id.resource_type not in ScenarioOrganisation(scenario, "").user_types():
        raise NotPermitted(f"{resource_id} is not an account")
    return users


def _with_children(scenario: Scenario, key: str) -> set[str]:
    deleted = {key}
    while children := {
        i.key for i in scenario.resources if i.parent and str(i.parent) in deleted and i.key not in deleted
    }:
        deleted |= children
    return deleted


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder: that leaves no lock file, and replacing a file in it does not lose the lock.

    Where folders cannot be locked (Windows), a file stands for the lock while the block runs.
    """
    with contextlib.ExitStack() as stack:
        try:
            if importlib.util.find_spec("fcntl") is None:
                stack.enter_context(_lock_file(folder / ".connector-host-fake.lock"))
            else:
                fcntl = importlib.import_module("fcntl")
                handle = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            raise ConfigError(f"folder {folder} cannot be locked: {error.strerror or error}") from error
        yield


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    """Create a file that only one process at a time can create, and remove it after the block."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    """Replace a file as a whole, keeping its mode."""
    path = path.resolve()
    temporary: Path | None = None
    try:
        mode = path.stat().st_mode & 0o777
        temporary = path.with_name(f".{path.name}.new")  # the lock is held, so it is nobody else's
        with temporary.open("wb") as file:
            file.write(data)
            if hasattr(os, "fchmod"):
                getattr(os, "fchmod")(file.fileno(), mode)  # noqa: B009 - not on Windows
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ConfigError(
            f"scenario {path} cannot be written: {error.strerror or error}",
            hint="The scenario is unchanged. Make room, or check your rights to its folder.",
        ) from error
