"""What the hooks share in one run: the sign-in, the account as read so far, and who we are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from connector_host import Identity, Page, Resource, ResourceId, Run

from . import objects, parse
from .changes import Changes
from .described import described_group, described_user, described_vault
from .details import DetailReader, chunks
from .errors import REFUSALS
from .modes import Mode
from .options import Settings
from .parse import Details
from .signin import SignedIn, sign_in
from .tenant import Tenant
from .together import together

__all__ = ["Session"]

T = TypeVar("T")

PLAIN: dict[str, Callable[[Any, ResourceId], Resource]] = {
    objects.USER: objects.user_resource,
    objects.GROUP: objects.group_resource,
    objects.VAULT: objects.vault_resource,
}
DESCRIBED: dict[str, Callable[[Any, ResourceId, Details | None], Resource]] = {
    objects.USER: described_user,
    objects.GROUP: described_group,
    objects.VAULT: described_vault,
}

PRIVATE_VAULTS = "The private vaults of other people cannot be read by anybody but their owner."
SERVICE_ACCOUNT = (
    "A service account sees only the vaults it was given, and who has access only where it created the vault; "
    "read with a person's sign-in for the whole account."
)
SERVICE_ACCOUNT_CHANGES = (
    "A service account changes access only to vaults it created, and takes it away only as a whole; it changes no "
    "group and no person."
)
GUEST = "This person is a guest and sees only what was shared with them."
NO_ADMINISTRATOR = (
    "This person is in neither Owners nor Administrators: vaults that they can neither read nor manage are not seen, "
    "and who has access to a vault only where they manage it."
)
NO_USER_LIST = "This identity may not list the people of the account."
ADMINISTRATORS = {"owners", "administrators"}
PLANS_WITH_ADMINISTRATORS = {"BUSINESS", "TEAM"}


class Session:
    """One run's session. `close()` kills what still runs; it may be called from any thread and repeatedly."""

    def __init__(self, settings: Settings, run: Run) -> None:
        self.limit = settings.limit
        self._details = settings.details
        self._run = run
        self._signed_in: SignedIn = sign_in(settings, run)
        self.tenant = Tenant(self._signed_in.op, self._signed_in.mode, self._signed_in.account, run.logger)
        self.detail_reader = DetailReader(self._signed_in.op, run.logger)
        self.changes = Changes(self._signed_in.op, self._signed_in.mode, run)
        self._closed = False

    @property
    def account_id(self) -> ResourceId:
        """The parent of everything else."""
        return ResourceId(objects.ACCOUNT, self.tenant.account.id)

    @property
    def vault_holders(self) -> tuple[str, ...]:
        """The types that vaults can be shared with. Without details it is what the Go connector says: users only."""
        return (objects.USER, objects.GROUP) if self._details else (objects.USER,)

    def close(self) -> None:
        """End the session."""
        if not self._closed:
            self._say_what_is_missing()
        self._closed = True
        self._signed_in.op.close()

    def _say_what_is_missing(self) -> None:
        if count := self.tenant.private_vaults:
            self._run.logger.info("private vaults of other people, listed without who has access: %d", count)
        for kind, count in sorted(self.detail_reader.missing.items()):
            if count:
                self._run.logger.info("%ss listed without their details, which op did not give: %d", kind, count)

    def identity(self) -> Identity:
        """Who we are, and what we shall not see. Two or three calls; a list that is read is kept for the sync."""
        mode, account = self._signed_in.mode, self.tenant.account
        user_uuid, email = self._person()
        limits = [PRIVATE_VAULTS]
        if mode is Mode.SERVICE:
            limits += [SERVICE_ACCOUNT, SERVICE_ACCOUNT_CHANGES]
        elif user_uuid:
            limits += self._limits_of_person(user_uuid)
        return Identity(
            account=f"{account.name} ({account.id})" if account.name else account.id,
            user=email or user_uuid,
            plan=account.type,
            mode=str(mode),
            limits=tuple(limits),
        )

    def me(self) -> str:
        """The id of whoever is signed in; empty where 1Password does not tell."""
        return self._person()[0]

    def _person(self) -> tuple[str, str]:
        """The id and the e-mail address of whoever is signed in; empty where 1Password does not tell."""
        signed_in = self._signed_in
        if signed_in.user_uuid and signed_in.email:
            return signed_in.user_uuid, signed_in.email
        try:
            who = parse.who(signed_in.op.json("whoami"))
        except REFUSALS:
            return signed_in.user_uuid, signed_in.email
        return who.user_uuid, who.email

    def _limits_of_person(self, user_uuid: str) -> list[str]:
        users, groups = together(
            lambda: _unless_refused(self.tenant.users),
            lambda: _unless_refused(lambda: self.tenant.groups_of(user_uuid)),
        )
        limits = []
        if users is None:
            limits.append(NO_USER_LIST)
        elif any(user.id == user_uuid and user.type == "GUEST" for user in users):
            limits.append(GUEST)
        if (
            groups is not None
            and self.tenant.account.type in PLANS_WITH_ADMINISTRATORS
            and not any(group.name.casefold() in ADMINISTRATORS for group in groups)
        ):
            limits.append(NO_ADMINISTRATOR)
        return limits

    # ------------------------------------------------------------------------------------------- resources

    def page(self, kind: str, token: str) -> Page[Resource] | list[Resource]:
        """The resources of a type, or those that a token (their ids) names."""
        if token:
            return self.resources(kind, token.split(" "))
        if kind == objects.ACCOUNT or not self._details:
            return self.resources(kind)
        parts = chunks([row.id for row in self._rows(kind)])
        if len(parts) > 1:
            return Page((), more_tokens=tuple(" ".join(part) for part in parts))
        return self.resources(kind)

    def resources(self, kind: str, only: Collection[str] | None = None) -> list[Resource]:
        """The resources of a type: all, or those with an id in `only`."""
        parent = self.account_id
        if kind == objects.ACCOUNT:
            return [objects.account_resource(self.tenant.account)] if only is None or parent.resource in only else []
        wanted = None if only is None else frozenset(only)
        rows = [row for row in self._rows(kind) if wanted is None or row.id in wanted]
        if not self._details:
            return [PLAIN[kind](row, parent) for row in rows]
        found = self.detail_reader.read(kind, [row.id for row in rows])
        return [DESCRIBED[kind](row, parent, found.get(row.id)) for row in rows]

    def _rows(self, kind: str) -> Sequence[Any]:
        lists: dict[str, Callable[[], Sequence[Any]]] = {
            objects.USER: self.tenant.users,
            objects.GROUP: self.tenant.groups,
            objects.VAULT: self.tenant.vaults,
        }
        return lists[kind]() if kind in lists else ()


def _unless_refused(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except REFUSALS:
        return None
