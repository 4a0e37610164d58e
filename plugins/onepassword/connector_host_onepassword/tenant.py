"""The account as one run sees it: each list is read once, however many threads need it.

A vault costs two calls, a group one. The accessors that a vault's entitlements were made from are kept for its grants.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar, cast

from connector_host import ConfigError, ConnectorError, ConnectorHostError, NotFound, NotPermitted

from . import permissions
from .op_cli import responses
from .op_cli.op import Op
from .op_cli.op_errors import OpRefused, UnexpectedAnswer, forbidden_hint
from .op_cli.responses import GroupMember, OpAccount, OpGroup, OpUser, OpVault, VaultAccessor
from .parallel_calls import run_parallel
from .signin_modes import SigninMode

__all__ = ["Tenant", "VaultAccess"]

T = TypeVar("T")

MAX_ACCESSORS = 500_000
"""Accessors that are kept between a vault's entitlements and its grants: about 100 bytes each."""

PERSONAL = "PERSONAL"
PERSONAL_NAMES = ("private", "personal", "employee")


class VaultAccess(NamedTuple):
    """The direct accessors of one vault. Both are empty for the private vault of another person."""

    users: tuple[VaultAccessor, ...] = ()
    groups: tuple[VaultAccessor, ...] = ()


class Tenant:
    """Reads through `op` and remembers what is needed again. Safe to use from several threads."""

    def __init__(self, op: Op, mode: SigninMode, account: OpAccount, logger: logging.Logger) -> None:
        self.account = account
        self.private_vaults = 0
        self._op = op
        self._mode = mode
        self._log = logger
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._cache: dict[Hashable, Any] = {}
        self._cached_accessors = 0
        self._early_members: dict[str, tuple[GroupMember, ...]] = {}
        self._permission_sets: dict[tuple[str, ...], tuple[str, ...]] = {}

    def users(self) -> tuple[OpUser, ...]:
        """Return every user of the account."""
        return self._read_once("users", lambda: responses.users(self._op.json("user", "list")))

    def users_now(self) -> tuple[OpUser, ...]:
        """Return every user of the account, read anew."""
        self._forget("users")
        return self.users()

    def forget_access(self, vault_id: str) -> None:
        """Read the accessors of a vault anew next time, because they have been changed."""
        self._forget(("access", vault_id))

    def groups(self) -> tuple[OpGroup, ...]:
        """Return every group of the account."""
        return self._read_once("groups", lambda: responses.groups(self._op.json("group", "list")))

    def groups_of(self, user: str) -> tuple[OpGroup, ...]:
        """Return the groups that a user is in."""
        command = "op group list --user"
        response = self._op.json("group", "list", "--user", user)
        return responses.groups(response, command, may_be_empty=True)

    def members(self, group_id: str) -> tuple[GroupMember, ...]:
        """Return the members of a group, read anew each time but the first one after `read_members_early`."""
        early = self._early_members.pop(group_id, None)
        if early is not None:
            return early
        return responses.members(self._op.json("group", "user", "list", group_id), group_id)

    def read_members_early(self, group_id: str) -> None:
        """Read the members of a group for the next call of `members`; a failure is left to that call."""
        with suppress(ConnectorHostError):
            self._early_members[group_id] = self.members(group_id)

    def vaults(self) -> tuple[OpVault, ...]:
        """Return the vaults that this identity can read, then those that it can only manage."""
        return self._read_once("vaults", self._all_vaults)

    def access(self, vault_id: str, name: str) -> VaultAccess:
        """Return the accessors of a vault. Raises NotPermitted for one that needs more rights than this identity's."""
        access = self._read_once(("access", vault_id), lambda: self._access(vault_id, name))
        if isinstance(access, NotPermitted):
            raise NotPermitted(access.message, hint=access.hint)
        return access

    def accessors(self, holder_type: str, vault_id: str) -> tuple[VaultAccessor, ...]:
        """Return the users or groups with direct access to a vault, read anew each time."""
        rows = responses.accessors(self._op.json("vault", holder_type, "list", vault_id), holder_type, vault_id)
        # The same people with the same few sets of permissions stand in every vault: each is kept once.
        shared = self._permission_sets.setdefault
        return tuple(
            VaultAccessor(
                sys.intern(row.id), None if row.permissions is None else shared(row.permissions, row.permissions)
            )
            for row in rows
        )

    # ------------------------------------------------------------------------------------------- vaults

    def _all_vaults(self) -> tuple[OpVault, ...]:
        readable: tuple[OpVault, ...]
        readable, managed = run_parallel(lambda: responses.vaults(self._op.json("vault", "list")), self._managed)
        vaults = {vault.id: vault for vault in (*managed, *readable)}
        order = dict.fromkeys([vault.id for vault in readable])
        return tuple(vaults[vault_id] for vault_id in [*order, *(key for key in vaults if key not in order)])

    def _managed(self) -> tuple[OpVault, ...]:
        """Return the vaults that this identity may manage: `op vault list` shows only those that it can read."""
        first = permissions.broad_permission(self.account.type)
        second = "allow_managing" if first == "manage_vault" else "manage_vault"
        for permission in (first, second):
            command = f"op vault list --permission {permission}"
            try:
                response = self._op.json("vault", "list", "--permission", permission)
                return responses.vaults(response, command, may_be_empty=True)
            except (NotPermitted, NotFound) as error:
                self._log.info("vaults that can be managed are not listed separately: %s", error.message)
                return ()
            except (ConfigError, OpRefused, UnexpectedAnswer) as error:
                problem = error.message
        self._log.warning("vaults that can be managed but not read may be missing: %s", problem)
        return ()

    def _access(self, vault_id: str, name: str) -> VaultAccess | NotPermitted:
        try:
            return VaultAccess(self.accessors("user", vault_id), self.accessors("group", vault_id))
        except (NotPermitted, NotFound) as error:
            vault_type = self._vault_type(vault_id)
            if isinstance(error, NotFound) and vault_type is None:
                raise
            if vault_type == PERSONAL or (not vault_type and _sounds_private(name)):
                self._count_private(vault_id, name)
                return VaultAccess()
            return NotPermitted(
                f"who has access to vault {name!r} ({vault_id}) may not be read: {error.message}",
                hint=error.hint or forbidden_hint(self._mode),
            )

    def _vault_type(self, vault_id: str) -> str | None:
        """Return the type of a vault whose accessors were refused: empty if it is unknown, None if it was deleted."""
        listed: tuple[OpVault, ...] = self._cache.get("vaults", ())
        listed_type = next((vault.type for vault in listed if vault.id == vault_id), "")
        if listed_type:
            return listed_type
        try:
            return responses.vault(self._op.json("vault", "get", vault_id)).type
        except NotFound:
            return None
        except ConnectorError as error:  # only nice to know: the name decides then
            self._log.debug("the type of vault %s is not known: %s", vault_id, error.message)
            return ""

    def _count_private(self, vault_id: str, name: str) -> None:
        with self._lock:
            self.private_vaults += 1
        self._log.debug("vault %r (%s) is another person's private vault: only its owner can read it", name, vault_id)

    # ------------------------------------------------------------------------------------------- cache

    def _read_once(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return `read()`, called once for a key unless it fails or there is no room to keep its result."""
        with self._lock:
            if key in self._cache:
                return cast("T", self._cache[key])
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._cache:
                return cast("T", self._cache[key])
            value = read()
            with self._lock:
                self._keep(key, value)
                self._locks.pop(key, None)
            return value

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            dropped = self._cache.pop(key, None)
            if isinstance(dropped, VaultAccess):
                self._cached_accessors -= _size(dropped)

    def _keep(self, key: Hashable, value: Any) -> None:
        """Remember a value. Accessors are kept up to a bound; other values are few."""
        if isinstance(value, VaultAccess):
            size = _size(value)
            if self._cached_accessors + size > MAX_ACCESSORS:
                return
            self._cached_accessors += size
        self._cache[key] = value


def _size(access: VaultAccess) -> int:
    return len(access.users) + len(access.groups) + 1


def _sounds_private(name: str) -> bool:
    """True for the names that 1Password gives to private vaults: to one's own, and to those that owners see."""
    return name.strip().casefold() in PERSONAL_NAMES or "private vault" in name.casefold()
