"""Turns decoded answers of `op` into rows, strictly: another shape is an error that names the call, never a guess.

What may be missing is missing in real answers: a service account has no e-mail address, a group no description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from connector_host import BadResponse

__all__ = [
    "Accessor",
    "Account",
    "Details",
    "Group",
    "LocalAccount",
    "Member",
    "User",
    "Vault",
    "Who",
    "accessors",
    "account",
    "details",
    "groups",
    "local_accounts",
    "members",
    "users",
    "vault",
    "vaults",
    "version",
    "who",
]

T = TypeVar("T")

# An id is put on a command line: one that looks like a flag, or holds blanks, is not an id.
ID = re.compile(r"(?!-)[^\s\x00-\x1f]+")
VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.]\S*)?")


class LocalAccount(NamedTuple):
    """A row of `op account list`: an account that `op` knows on this machine. `url` is without scheme and slash."""

    url: str
    email: str
    user_uuid: str
    account_uuid: str
    shorthand: str


class Account(NamedTuple):
    """`op account get`. `type`: BUSINESS, TEAM, FAMILY, INDIVIDUAL, or what 1Password says."""

    id: str
    name: str
    domain: str
    type: str


class Who(NamedTuple):
    """`op whoami`."""

    user_uuid: str
    account_uuid: str
    email: str
    url: str


class User(NamedTuple):
    """A row of `op user list`. `type`: MEMBER, GUEST, SERVICE_ACCOUNT, ..."""

    id: str
    name: str
    email: str
    type: str
    state: str


class Group(NamedTuple):
    """A row of `op group list`."""

    id: str
    name: str


class Member(NamedTuple):
    """A row of `op group user list`."""

    id: str
    is_manager: bool


class Vault(NamedTuple):
    """A row of `op vault list` or `op vault get`. `type` is empty where `op` does not say it."""

    id: str
    name: str
    type: str


class Accessor(NamedTuple):
    """Who may do what in a vault: a row of `op vault user list` or `op vault group list`."""

    id: str
    permissions: tuple[str, ...]


class Details(NamedTuple):
    """What `op user get`, `op group get` or `op vault get` adds to a row. Dates as `op` prints them, empty for none."""

    type: str = ""
    state: str = ""
    description: str = ""
    permissions: tuple[str, ...] = ()
    items: int | None = None
    created_at: str = ""
    updated_at: str = ""
    last_auth_at: str = ""


class _Row:
    """One JSON object of an answer, with where it stands, for errors."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise BadResponse(f"{where} is {_kind(value)}, not an object")
        self.value = value
        self.where = where

    def text(self, key: str) -> str:
        """The text at `key`; absent and null are empty."""
        value = self.value.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadResponse(f"{self.where} has {_kind(value)} as {key!r}, not a text")
        return _sound(value)

    def id(self, key: str = "id") -> str:
        """The id at `key`; there must be one."""
        value = self.text(key)
        if not ID.fullmatch(value):
            raise BadResponse(f"{self.where} has no usable {key!r}: {value[:60]!r}")
        return value

    def number(self, key: str) -> int | None:
        """The number at `key`; None where there is none."""
        value = self.value.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise BadResponse(f"{self.where} has {_kind(value)} as {key!r}, not a whole number")

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at `key`, each once; absent and null are empty."""
        value = self.value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadResponse(f"{self.where} has something other than a list of texts as {key!r}")
        return tuple(dict.fromkeys(map(_sound, value)))


def _sound(text: str) -> str:
    """Half a surrogate pair, which JSON can spell but no file can hold, becomes U+FFFD, as Go reads it."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _kind(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "a text", bool: "a truth value", type(None): "nothing"}
    return names.get(type(value), "a number")


def _rows(answer: Any, command: str, make: Callable[[_Row], T], *, may_be_empty: bool) -> tuple[T, ...]:
    """The rows of a list. `op` prints an empty list as `[]`, `null` or nothing; of some lists none is ever empty."""
    if answer is None and may_be_empty:
        return ()
    if not isinstance(answer, list):
        raise BadResponse(f"{command}: op answered {_kind(answer)} where a list was expected")
    return tuple(make(_Row(row, f"{command}: row {number}")) for number, row in enumerate(answer, 1))


def version(output: bytes) -> tuple[int, int, int] | None:
    """The numbers that `op --version` prints, or None if that is no version."""
    match = VERSION.fullmatch(output.decode("utf-8", "replace").strip())
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def local_accounts(answer: Any) -> tuple[LocalAccount, ...]:
    """The answer of `op account list`."""

    def make(row: _Row) -> LocalAccount:
        url = row.text("url").lower().removeprefix("https://").removeprefix("http://").rstrip("/")
        return LocalAccount(
            url, row.text("email"), row.text("user_uuid"), row.id("account_uuid"), row.text("shorthand")
        )

    return _rows(answer, "op account list", make, may_be_empty=True)


def account(answer: Any) -> Account:
    """The answer of `op account get`."""
    row = _Row(answer, "op account get: the answer")
    return Account(row.id(), row.text("name"), row.text("domain"), row.text("type"))


def who(answer: Any) -> Who:
    """The answer of `op whoami`, of old versions, too."""
    row = _Row(answer, "op whoami: the answer")
    return Who(row.text("user_uuid"), row.text("account_uuid"), row.text("email"), row.text("url") or row.text("URL"))


def users(answer: Any) -> tuple[User, ...]:
    """The answer of `op user list`."""

    def make(row: _Row) -> User:
        return User(row.id(), row.text("name"), row.text("email"), row.text("type"), row.text("state"))

    return _rows(answer, "op user list", make, may_be_empty=False)


def groups(answer: Any, command: str = "op group list", *, may_be_empty: bool = False) -> tuple[Group, ...]:
    """The answer of `op group list`."""
    return _rows(answer, command, lambda row: Group(row.id(), row.text("name")), may_be_empty=may_be_empty)


def vaults(answer: Any, command: str = "op vault list", *, may_be_empty: bool = False) -> tuple[Vault, ...]:
    """The answer of `op vault list`."""
    return _rows(answer, command, _vault, may_be_empty=may_be_empty)


def vault(answer: Any) -> Vault:
    """The answer of `op vault get`."""
    return _vault(_Row(answer, "op vault get: the answer"))


def details(answer: Any, command: str) -> tuple[str, Details]:
    """One object of `op user get`, `op group get` or `op vault get`: its id and what it says."""
    row = _Row(answer, f"{command}: an object")
    return row.id(), Details(
        type=row.text("type"),
        state=row.text("state"),
        description=row.text("description"),
        permissions=row.texts("permissions"),
        items=row.number("items"),
        created_at=row.text("created_at"),
        updated_at=row.text("updated_at"),
        last_auth_at=row.text("last_auth_at"),
    )


def _vault(row: _Row) -> Vault:
    return Vault(row.id(), row.text("name"), row.text("type"))


def members(answer: Any, group_id: str) -> tuple[Member, ...]:
    """The answer of `op group user list`."""

    def make(row: _Row) -> Member:
        return Member(row.id(), row.text("role").upper() == "MANAGER")

    return _rows(answer, f"op group user list {group_id}", make, may_be_empty=True)


def accessors(answer: Any, kind: str, vault_id: str) -> tuple[Accessor, ...]:
    """The answer of `op vault KIND list`; `kind` is user or group."""
    command = f"op vault {kind} list {vault_id}"
    return _rows(answer, command, lambda row: Accessor(row.id(), row.texts("permissions")), may_be_empty=True)
