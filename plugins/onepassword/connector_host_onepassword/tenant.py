"""The account as one run sees it: each list is read once, however many threads ask, and what it may not read is said.

A vault costs two calls, a group one. What a vault's entitlements were made from is kept for its grants.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar, cast

from connector_host import ConfigError, NotFound, NotPermitted

from . import parse, permissions
from .errors import Refused, forbidden_hint
from .modes import Mode
from .op import Op
from .parse import Accessor, Account, Group, Member, User, Vault
from .together import together

__all__ = ["Access", "Tenant"]

T = TypeVar("T")

MAX_ACCESSORS = 500_000
"""How many rows of accessors are kept between a vault's entitlements and its grants: about 100 bytes each."""

PERSONAL = "PERSONAL"
PERSONAL_NAMES = ("private", "personal", "employee")


class Access(NamedTuple):
    """Who holds what on one vault directly. Both are empty for the private vault of somebody else."""

    users: tuple[Accessor, ...] = ()
    groups: tuple[Accessor, ...] = ()


class Tenant:
    """Reads through `op`, remembers what is asked for again. Safe to use from several threads."""

    def __init__(self, op: Op, mode: Mode, account: Account, logger: logging.Logger) -> None:
        self.account = account
        self.private_vaults = 0
        self._op = op
        self._mode = mode
        self._log = logger
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._known: dict[Hashable, Any] = {}
        self._kept = 0
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    def users(self) -> tuple[User, ...]:
        """Everybody in the account."""
        return self._once("users", lambda: parse.users(self._op.json("user", "list")))

    def users_now(self) -> tuple[User, ...]:
        """Everybody in the account; read anew."""
        self._forget("users")
        return self.users()

    def forget_access(self, vault_id: str) -> None:
        """Who has access to a vault has been changed."""
        self._forget(("access", vault_id))

    def groups(self) -> tuple[Group, ...]:
        """Every group of the account."""
        return self._once("groups", lambda: parse.groups(self._op.json("group", "list")))

    def groups_of(self, user: str) -> tuple[Group, ...]:
        """The groups that a user is in."""
        command = "op group list --user"
        answer = self._op.json("group", "list", "--user", user)
        return parse.groups(answer, command, may_be_empty=True)

    def members(self, group_id: str) -> tuple[Member, ...]:
        """Who is in a group; read anew each time."""
        return parse.members(self._op.json("group", "user", "list", group_id), group_id)

    def vaults(self) -> tuple[Vault, ...]:
        """The vaults this identity can read, then those it can only manage."""
        return self._once("vaults", self._all_vaults)

    def access(self, vault_id: str, name: str) -> Access:
        """Who has access to a vault. Raises NotPermitted for one that could be read by somebody with more rights."""
        found = self._once(("access", vault_id), lambda: self._access(vault_id, name))
        if isinstance(found, NotPermitted):
            raise NotPermitted(found.message, hint=found.hint)
        return found

    # ------------------------------------------------------------------------------------------- vaults

    def _all_vaults(self) -> tuple[Vault, ...]:
        readable: tuple[Vault, ...]
        readable, managed = together(lambda: parse.vaults(self._op.json("vault", "list")), self._managed)
        found = {vault.id: vault for vault in (*managed, *readable)}
        order = dict.fromkeys([vault.id for vault in readable])
        return tuple(found[vault_id] for vault_id in [*order, *(key for key in found if key not in order)])

    def _managed(self) -> tuple[Vault, ...]:
        """The vaults this identity may manage: `op vault list` shows only those it can read."""
        first = permissions.broad_permission(self.account.type)
        other = "allow_managing" if first == "manage_vault" else "manage_vault"
        for permission in (first, other):
            command = f"op vault list --permission {permission}"
            try:
                answer = self._op.json("vault", "list", "--permission", permission)
                return parse.vaults(answer, command, may_be_empty=True)
            except (NotPermitted, NotFound) as error:
                self._log.info("vaults that can be managed are not listed apart: %s", error.message)
                return ()
            except (ConfigError, Refused) as error:
                problem = error.message
        self._log.warning("vaults that can be managed but not read may be missing: %s", problem)
        return ()

    def _access(self, vault_id: str, name: str) -> Access | NotPermitted:
        try:
            return Access(self.accessors("user", vault_id), self.accessors("group", vault_id))
        except (NotPermitted, NotFound) as error:
            kind = self._kind(vault_id)
            if isinstance(error, NotFound) and kind is None:
                raise
            if kind == PERSONAL or (not kind and _sounds_private(name)):
                self._count_private(vault_id, name)
                return Access()
            return NotPermitted(
                f"who has access to vault {name!r} ({vault_id}) may not be read: {error.message}",
                hint=error.hint or forbidden_hint(self._mode),
            )

    def accessors(self, kind: str, vault_id: str) -> tuple[Accessor, ...]:
        """The users or groups (`kind`) with direct access to a vault; read anew each time."""
        rows = parse.accessors(self._op.json("vault", kind, "list", vault_id), kind, vault_id)
        # The same people with the same few sets of permissions stand in every vault: each is kept once.
        same = self._shared.setdefault
        return tuple(Accessor(sys.intern(row.id), same(row.permissions, row.permissions)) for row in rows)

    def _kind(self, vault_id: str) -> str | None:
        """The type of a vault whose accessors were refused: empty when `op` will not tell, None when it is gone."""
        listed: tuple[Vault, ...] = self._known.get("vaults", ())
        known = next((vault.type for vault in listed if vault.id == vault_id), "")
        if known:
            return known
        try:
            return parse.vault(self._op.json("vault", "get", vault_id)).type
        except NotPermitted:
            return ""
        except NotFound:
            return None

    def _count_private(self, vault_id: str, name: str) -> None:
        with self._lock:
            self.private_vaults += 1
        self._log.debug("vault %r (%s) is somebody's private vault: only its owner can read it", name, vault_id)

    # ------------------------------------------------------------------------------------------- once

    def _once(self, key: Hashable, read: Callable[[], T]) -> T:
        """`read()`, called once for a key unless it fails or there is no room to keep what it gave."""
        with self._lock:
            if key in self._known:
                return cast("T", self._known[key])
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._known:
                return cast("T", self._known[key])
            value = read()
            with self._lock:
                self._keep(key, value)
                self._locks.pop(key, None)
            return value

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            dropped = self._known.pop(key, None)
            if isinstance(dropped, Access):
                self._kept -= _size(dropped)

    def _keep(self, key: Hashable, value: Any) -> None:
        """Remember a value. Access lists are kept up to a bound; the others are few."""
        if isinstance(value, Access):
            size = _size(value)
            if self._kept + size > MAX_ACCESSORS:
                return
            self._kept += size
        self._known[key] = value


def _size(access: Access) -> int:
    return len(access.users) + len(access.groups) + 1


def _sounds_private(name: str) -> bool:
    """Whether a vault is called as 1Password calls the private ones, its own and those it shows to owners."""
    return name.strip().casefold() in PERSONAL_NAMES or "private vault" in name.casefold()
