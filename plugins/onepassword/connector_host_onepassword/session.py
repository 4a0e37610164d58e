"""The session that the hooks share in one run: the sign-in, the account as read so far, and the signed-in identity."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from connector_host import ConnectorHostError, Identity, Page, Resource, ResourceId, Run

from . import resources
from .changes.change_runner import ChangeRunner
from .changes.lockout_guard import ADMINISTRATOR_GROUPS, LockoutGuard
from .details import DetailReader, id_chunks
from .op_cli import responses
from .op_cli.op_errors import OPTIONAL_FAILURES, REFUSALS
from .op_cli.responses import ObjectDetails
from .parallel_calls import run_parallel
from .settings import ConnectorSettings
from .signin import SignIn, sign_in
from .signin_modes import SigninMode
from .tenant import Tenant

__all__ = ["OnePasswordSession"]

T = TypeVar("T")

PLAIN: dict[str, Callable[[Any, ResourceId], Resource]] = {
    resources.USER: resources.plain_user,
    resources.GROUP: resources.plain_group,
    resources.VAULT: resources.plain_vault,
}
DETAILED: dict[str, Callable[[Any, ResourceId, ObjectDetails | None], Resource]] = {
    resources.USER: resources.detailed_user,
    resources.GROUP: resources.detailed_group,
    resources.VAULT: resources.detailed_vault,
}

PRIVATE_VAULTS = "The private vaults of other people can be read by their owners only."
SERVICE_ACCOUNT = (
    "A service account sees only the vaults it was created for, and who has access only where it created the vault; "
    "read with a person's sign-in for the whole account."
)
SERVICE_ACCOUNT_CHANGES = (
    "A service account changes access only to vaults it created, and removes it only as a whole; it changes no group "
    "and no person."
)
GUEST = "This person is a guest and sees only what was shared with them."
GUEST_CHANGES = "A guest changes no access."
NO_ADMINISTRATOR = (
    "This person is in neither Owners nor Administrators: vaults that they can neither read nor manage are not seen, "
    "and who has access to a vault only where they manage it."
)
NO_ORGANIZER = (
    "This person is no family organizer: vaults that are not shared with them are not seen, and who has access to a "
    "vault only where they manage it."
)
NO_USER_LIST = "This identity may not list the people of the account."
UNKNOWN_PERSON = "op does not report who is signed in, so limits of this person are not known."
UNUSUAL_STATES = {"SUSPENDED", "INACTIVE", "TRANSFER_SUSPENDED", "TRANSFER_STARTED", "RECOVERY_STARTED", "PENDING"}
FAMILY = "FAMILY"
MOST_EARLY = 8
"""Groups whose members are read beside their details: with more, the calls are enough to keep 1Password busy."""
PLANS_WITH_ADMINISTRATORS = {"BUSINESS", "TEAM", FAMILY}


class Person(NamedTuple):
    """The signed-in person or service account; empty fields where `op` does not report them."""

    user_uuid: str
    email: str


class OnePasswordSession:
    """One run's session. `close()` kills the running calls; it may be called from any thread and repeatedly."""

    def __init__(self, settings: ConnectorSettings, run: Run) -> None:
        self.limit = settings.limit
        self._details = settings.details
        self._run = run
        self._sign_in: SignIn = sign_in(settings, run)
        self.tenant = Tenant(self._sign_in.op, self._sign_in.mode, self._sign_in.account, run.logger)
        self.detail_reader = DetailReader(self._sign_in.op, run.logger)
        self.changes = ChangeRunner(self._sign_in.op, self._sign_in.mode, run)
        self.guard = LockoutGuard(self.tenant, self.signed_in_user, is_off=settings.allow_lockout)
        self._closed = False

    @property
    def account_id(self) -> ResourceId:
        """The parent of everything else."""
        return ResourceId(resources.ACCOUNT, self.tenant.account.id)

    @property
    def vault_holders(self) -> tuple[str, ...]:
        """The types that vaults can be shared with; without details users only, as the Go connector says."""
        return (resources.USER, resources.GROUP) if self._details else (resources.USER,)

    def close(self) -> None:
        """End the session."""
        if not self._closed:
            self._log_missing()
        self._closed = True
        self._sign_in.op.close()

    def _log_missing(self) -> None:
        if count := self.tenant.private_vaults:
            self._run.logger.info("private vaults of other people, listed without who has access: %d", count)
        for object_type, count in sorted(self.detail_reader.missing.items()):
            if count:
                self._run.logger.info("%ss listed without their details, which op did not give: %d", object_type, count)
        for name, count in sorted(self.detail_reader.left_out.items()):
            self._run.logger.info("%s left out because of an unexpected form: %d", name, count)

    # ------------------------------------------------------------------------------------------- identity

    def identity(self) -> Identity:
        """Return who is signed in, and what they will not see. Two or three calls; the sync reuses their lists."""
        mode, account = self._sign_in.mode, self.tenant.account
        person = self._person()
        limits = [PRIVATE_VAULTS]
        if mode is SigninMode.SERVICE:
            limits += [SERVICE_ACCOUNT, SERVICE_ACCOUNT_CHANGES]
        elif person.user_uuid:
            limits += self._limits_of_person(person.user_uuid)
        else:
            limits.append(UNKNOWN_PERSON)
        return Identity(
            account=f"{account.name} ({account.id})" if account.name else account.id,
            user=person.email or person.user_uuid,
            plan=account.type,
            mode=str(mode),
            limits=tuple(limits),
        )

    def signed_in_user(self) -> str:
        """Return the id of the signed-in user; empty where 1Password does not report it."""
        return self._person().user_uuid

    def _person(self) -> Person:
        """Return the signed-in person.

        Under the desktop app `op whoami` may fail with "not signed in" while everything else works.
        """
        if self._sign_in.user_uuid and self._sign_in.email:
            return Person(self._sign_in.user_uuid, self._sign_in.email)
        questions: list[tuple[str, ...]] = [("whoami",)]
        if self._sign_in.mode is not SigninMode.SERVICE:
            questions.append(("user", "get", "--me"))
        for words in questions:
            response = self._sign_in.op.optional_json(*words)
            try:
                identity = responses.whoami(response)
            except ConnectorHostError:
                continue
            if identity.user_uuid:
                return Person(identity.user_uuid, identity.email)
        return Person(self._sign_in.user_uuid, self._sign_in.email)

    def _limits_of_person(self, user_uuid: str) -> list[str]:
        users, groups = run_parallel(
            lambda: _unless(REFUSALS, self.tenant.users),  # every other failure of this list ends the sync as well
            lambda: _unless(OPTIONAL_FAILURES, lambda: self.tenant.groups_of(user_uuid)),
        )
        limits = []
        user = next((user for user in users or () if user.id == user_uuid), None)
        if users is None:
            limits.append(NO_USER_LIST)
        if user is not None and user.type == "GUEST":
            limits += [GUEST, GUEST_CHANGES]
        if user is not None and user.state in UNUSUAL_STATES:
            limits.append(f"1Password reports the state {user.state} of this person, who may lose access at any time.")
        plan = self.tenant.account.type
        if (
            groups is not None
            and plan in PLANS_WITH_ADMINISTRATORS
            and not any(group.name.casefold() in ADMINISTRATOR_GROUPS for group in groups)
        ):
            limits.append(NO_ORGANIZER if plan == FAMILY else NO_ADMINISTRATOR)
        return limits

    # ------------------------------------------------------------------------------------------- resources

    def page(self, resource_type: str, token: str) -> Page[Resource] | list[Resource]:
        """Return the resources of a type, or those that a token (their ids) names."""
        if token:
            return self.resources(resource_type, token.split(" "))
        if resource_type == resources.ACCOUNT or not self._details:
            return self.resources(resource_type)
        parts = id_chunks([row.id for row in self._rows(resource_type)])
        if len(parts) > 1:
            return Page((), more_tokens=tuple(" ".join(part) for part in parts))
        return self.resources(resource_type)

    def resources(self, resource_type: str, only: Collection[str] | None = None) -> list[Resource]:
        """Return the resources of a type: all, or those with an id in `only`."""
        parent = self.account_id
        if resource_type == resources.ACCOUNT:
            is_listed = only is None or parent.resource in only
            return [resources.account_resource(self.tenant.account)] if is_listed else []
        ids = None if only is None else frozenset(only)
        rows = [row for row in self._rows(resource_type) if ids is None or row.id in ids]
        if not self._details:
            return [PLAIN[resource_type](row, parent) for row in rows]
        details = self._read_details(resource_type, [row.id for row in rows], is_list=only is None) if rows else {}
        return [DETAILED[resource_type](row, parent, details.get(row.id)) for row in rows]

    def _read_details(self, resource_type: str, ids: list[str], *, is_list: bool) -> dict[str, ObjectDetails]:
        """Read the details; beside those of a few groups also their members, which the sync needs next."""
        early = ids if is_list and resource_type == resources.GROUP and len(ids) <= MOST_EARLY else ()
        reads = [partial(self.tenant.read_members_early, group_id) for group_id in early]
        details: dict[str, ObjectDetails] = run_parallel(lambda: self.detail_reader.read(resource_type, ids), *reads)[0]
        return details

    def _rows(self, resource_type: str) -> Sequence[Any]:
        lists: dict[str, Callable[[], Sequence[Any]]] = {
            resources.USER: self.tenant.users,
            resources.GROUP: self.tenant.groups,
            resources.VAULT: self.tenant.vaults,
        }
        return lists[resource_type]() if resource_type in lists else ()


def _unless(failures: tuple[type[ConnectorHostError], ...], read: Callable[[], T]) -> T | None:
    """Return `read()`, or None after one of the failures."""
    try:
        return read()
    except failures:
        return None
