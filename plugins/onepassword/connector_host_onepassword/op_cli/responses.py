"""Parser of the answers of `op`. Another shape is an error that names the call, never a guess.

A field that may be missing in real answers is optional: a service account has no e-mail address, a group no
description. A missing role or permission list is None, "not reported", and never taken for "no".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from connector_host import BadResponse

from ..permissions import spelled
from .op_errors import UnexpectedAnswer

__all__ = [
    "DetailedObject",
    "GroupMember",
    "LocalAccount",
    "ObjectDetails",
    "OpAccount",
    "OpGroup",
    "OpUser",
    "OpVault",
    "RateLimitWindow",
    "VaultAccessor",
    "Whoami",
    "accessors",
    "account",
    "decode_text",
    "groups",
    "is_usable_id",
    "local_accounts",
    "members",
    "object_details",
    "rate_limits",
    "users",
    "vault",
    "vaults",
    "version",
    "whoami",
]

T = TypeVar("T")

# An id is put on a command line: one that looks like a flag, or holds blanks, is not an id.
ID = re.compile(r"(?!-)[^\s\x00-\x1f]+")


def is_usable_id(value: str) -> bool:
    """Return whether a text may be put on a command line as an id of 1Password."""
    return ID.fullmatch(value) is not None


VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.~_]\S*)?(?:\s+\(.*\))?")
ROLES = {"MANAGER": True, "MEMBER": False}


class LocalAccount(NamedTuple):
    """A row of `op account list`: an account that `op` knows on this machine. `url` is without scheme and slash."""

    url: str
    email: str
    user_uuid: str
    account_uuid: str
    shorthand: str


class OpAccount(NamedTuple):
    """`op account get`. `type`: BUSINESS, TEAM, FAMILY, INDIVIDUAL, or another word of 1Password."""

    id: str
    name: str
    domain: str
    type: str


class Whoami(NamedTuple):
    """`op whoami`, or the same fields of `op user get --me`."""

    user_uuid: str
    account_uuid: str
    email: str
    url: str


class OpUser(NamedTuple):
    """A row of `op user list`. `type`: MEMBER, GUEST, SERVICE_ACCOUNT, ...; `state` is empty if not reported."""

    id: str
    name: str
    email: str
    type: str
    state: str


class OpGroup(NamedTuple):
    """A row of `op group list`."""

    id: str
    name: str


class GroupMember(NamedTuple):
    """A row of `op group user list`. `is_manager` is None where `op` did not report the role."""

    id: str
    is_manager: bool | None


class OpVault(NamedTuple):
    """A row of `op vault list` or `op vault get`. `type` is empty where `op` does not report it."""

    id: str
    name: str
    type: str


class VaultAccessor(NamedTuple):
    """A row of `op vault user list` or `op vault group list`. `permissions` is None where `op` did not report them."""

    id: str
    permissions: tuple[str, ...] | None


class ObjectDetails(NamedTuple):
    """Additional fields from `op user get`, `op group get` or `op vault get`. Dates as `op` prints them."""

    type: str = ""
    state: str = ""
    description: str = ""
    permissions: tuple[str, ...] = ()
    items: int | None = None
    created_at: str = ""
    updated_at: str = ""
    last_auth_at: str = ""


class DetailedObject(NamedTuple):
    """The details of one object, and the names of the fields that were left out because of their shape."""

    id: str
    details: ObjectDetails
    left_out: tuple[str, ...]


class RateLimitWindow(NamedTuple):
    """A row of `op service-account ratelimit`. `reset` is in seconds; `scope` is token or account."""

    scope: str
    action: str
    limit: int
    remaining: int
    reset: int


class _Row:
    """One JSON object of an answer, with its position, for errors."""

    def __init__(self, value: Any, position: str) -> None:
        if not isinstance(value, Mapping):
            raise UnexpectedAnswer(f"{position} is {_type_name(value)}, not an object")
        self.value = value
        self.position = position

    def text(self, key: str) -> str:
        """Return the text at `key`; absent and null are empty."""
        value = self.value.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise UnexpectedAnswer(f"{self.position} has {_type_name(value)} as {key!r}, not a text")
        return _without_surrogates(value)

    def word(self, key: str) -> str:
        """Return one of 1Password's words (a type, a state, a plan), in capitals however it is spelled."""
        return self.text(key).strip().upper()

    def id(self, key: str = "id") -> str:
        """Return the id at `key`, which is mandatory."""
        value = self.text(key)
        if not is_usable_id(value):
            raise UnexpectedAnswer(f"{self.position} has no usable {key!r}: {value[:60]!r}")
        return value

    def number(self, key: str) -> int | None:
        """Return the number at `key`, or None."""
        value = self.value.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise UnexpectedAnswer(f"{self.position} has {_type_name(value)} as {key!r}, not a whole number")

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return the list of texts at `key`, each once; None where it is absent or null."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UnexpectedAnswer(f"{self.position} has something other than a list of texts as {key!r}")
        return tuple(dict.fromkeys(map(_without_surrogates, value)))


def decode_text(output: bytes) -> str:
    """Return an output of `op` as text, without a byte order mark. Raises UnicodeDecodeError."""
    return output.decode(json.detect_encoding(output))


def _without_surrogates(text: str) -> str:
    """Replace half a surrogate pair, which JSON can spell but no file can hold, by U+FFFD, as Go does."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _type_name(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "a text", bool: "a truth value", type(None): "nothing"}
    return names.get(type(value), "a number")


def _rows(response: Any, command: str, make: Callable[[_Row], T], *, may_be_empty: bool) -> tuple[T, ...]:
    """Return the rows of a list. `op` prints an empty list as `[]`, `null` or nothing; some lists are never empty."""
    if response is None:
        if may_be_empty:
            return ()
        raise BadResponse(f"{command}: op answered nothing where a list was expected")
    if not isinstance(response, list):
        raise UnexpectedAnswer(f"{command}: op answered {_type_name(response)} where a list was expected")
    return tuple(make(_Row(row, f"{command}: row {number}")) for number, row in enumerate(response, 1))


def version(output: bytes) -> tuple[int, int, int] | None:
    """Return the numbers that `op --version` prints, or None if it printed no version.

    Beta (`2.31.0-beta.01`) and package versions (`2.30.3-1`) count by their numbers; warnings before it are skipped.
    """
    try:
        lines = decode_text(output).splitlines()
    except UnicodeDecodeError:
        return None
    for line in reversed(lines):
        if match := VERSION.fullmatch(line.strip()):
            return (int(match[1]), int(match[2]), int(match[3] or 0))
    return None


def local_accounts(response: Any) -> tuple[LocalAccount, ...]:
    """Parse the answer of `op account list`."""

    def make(row: _Row) -> LocalAccount:
        url = row.text("url").lower().removeprefix("https://").removeprefix("http://").rstrip("/")
        return LocalAccount(
            url, row.text("email"), row.text("user_uuid"), row.id("account_uuid"), row.text("shorthand")
        )

    return _rows(response, "op account list", make, may_be_empty=True)


def account(response: Any) -> OpAccount:
    """Parse the answer of `op account get`."""
    row = _Row(response, "op account get: the answer")
    return OpAccount(row.id(), row.text("name"), row.text("domain"), row.word("type"))


def whoami(response: Any) -> Whoami:
    """Parse the answer of `op whoami`, also of old versions, or of `op user get --me`."""
    row = _Row(response, "op whoami: the answer")
    return Whoami(
        row.text("user_uuid") or row.text("id"),
        row.text("account_uuid"),
        row.text("email"),
        row.text("url") or row.text("URL"),
    )


def users(response: Any) -> tuple[OpUser, ...]:
    """Parse the answer of `op user list`."""

    def make(row: _Row) -> OpUser:
        return OpUser(row.id(), row.text("name"), row.text("email"), row.word("type"), row.word("state"))

    return _rows(response, "op user list", make, may_be_empty=False)


def groups(response: Any, command: str = "op group list", *, may_be_empty: bool = False) -> tuple[OpGroup, ...]:
    """Parse the answer of `op group list`."""
    return _rows(response, command, lambda row: OpGroup(row.id(), row.text("name")), may_be_empty=may_be_empty)


def vaults(response: Any, command: str = "op vault list", *, may_be_empty: bool = False) -> tuple[OpVault, ...]:
    """Parse the answer of `op vault list`."""
    return _rows(response, command, _vault, may_be_empty=may_be_empty)


def vault(response: Any) -> OpVault:
    """Parse the answer of `op vault get`."""
    return _vault(_Row(response, "op vault get: the answer"))


def _vault(row: _Row) -> OpVault:
    return OpVault(row.id(), row.text("name"), row.word("type"))


def object_details(response: Any, command: str) -> DetailedObject:
    """Parse one object of `op user get`, `op group get` or `op vault get`.

    A field of another shape is left out and named, because details are optional. Raises UnexpectedAnswer for
    something that is no object with an id.
    """
    row = _Row(response, f"{command}: an object")
    left_out = []

    def field(read: Callable[[str], T | None], name: str) -> T | None:
        try:
            return read(name)
        except UnexpectedAnswer:
            left_out.append(name)
            return None

    details = ObjectDetails(
        type=field(row.word, "type") or "",
        state=field(row.word, "state") or "",
        description=field(row.text, "description") or "",
        permissions=field(row.texts, "permissions") or (),
        items=field(row.number, "items"),
        created_at=field(row.text, "created_at") or "",
        updated_at=field(row.text, "updated_at") or "",
        last_auth_at=field(row.text, "last_auth_at") or "",
    )
    return DetailedObject(row.id(), details, tuple(left_out))


def members(response: Any, group_id: str) -> tuple[GroupMember, ...]:
    """Parse the answer of `op group user list`."""

    def make(row: _Row) -> GroupMember:
        return GroupMember(row.id(), ROLES.get(row.text("role").upper()))

    return _rows(response, f"op group user list {group_id}", make, may_be_empty=True)


def accessors(response: Any, holder_type: str, vault_id: str) -> tuple[VaultAccessor, ...]:
    """Parse the answer of `op vault user list` or `op vault group list`, as `holder_type` says."""
    command = f"op vault {holder_type} list {vault_id}"

    def make(row: _Row) -> VaultAccessor:
        reported = row.texts("permissions")
        return VaultAccessor(row.id(), None if reported is None else tuple(dict.fromkeys(map(spelled, reported))))

    return _rows(response, command, make, may_be_empty=True)


def rate_limits(response: Any) -> tuple[RateLimitWindow, ...]:
    """Parse the answer of `op service-account ratelimit`."""

    def make(row: _Row) -> RateLimitWindow:
        numbers = [row.number(name) or 0 for name in ("limit", "remaining", "reset")]
        return RateLimitWindow(row.text("type"), row.text("action"), *numbers)

    return _rows(response, "op service-account ratelimit", make, may_be_empty=True)
