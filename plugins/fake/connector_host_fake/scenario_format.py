"""The format of a scenario file: a complete organisation in JSON, and its checks.

Odd data is accepted, because scenarios test how the host treats it: repeated ids, grants to principals that are not
listed, empty or over-long names. Data that could never be served is an error: a resource of a type or under a parent
that is not in the file, an entitlement on an unknown resource, a grant of an unknown entitlement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from connector_host import ConfigError, Identity

__all__ = [
    "Scenario",
    "ScenarioEntitlement",
    "ScenarioExpansion",
    "ScenarioGrant",
    "ScenarioId",
    "ScenarioIdentity",
    "ScenarioResource",
    "ScenarioStaticEntitlement",
    "ScenarioTicket",
    "ScenarioType",
    "check",
    "dump",
    "load",
]


class ScenarioPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all parts: an unknown key is an error, and a key with its default value is not written."""


class ScenarioId(ScenarioPart, frozen=True):
    """The id of a resource."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"


class ScenarioType(ScenarioPart, frozen=True):
    """A resource type. The first trait decides what its resources carry."""

    id: str
    display_name: str = ""
    traits: tuple[Literal["user", "group", "role", "app", "secret"], ...] = ()
    skip_entitlements_and_grants: bool = False
    entitlements_by_type: bool = False
    grants_by_type: bool = False


class ScenarioResource(ScenarioPart, frozen=True):
    """A resource; with a parent it is listed only under that parent. `account_type` is for users."""

    type: str
    id: str
    display_name: str = ""
    description: str = ""
    parent: ScenarioId | None = None
    child_types: tuple[str, ...] = ()
    email: str = ""
    status: Literal["enabled", "disabled"] = "enabled"
    account_type: Literal["human", "service", "system"] = "human"
    profile: dict[str, Any] | None = None
    icon: str = ""

    @property
    def key(self) -> str:
        """`type:id`."""
        return f"{self.type}:{self.id}"


class ScenarioEntitlement(ScenarioPart, frozen=True):
    """An entitlement; its id is `type:id:slug`."""

    resource: ScenarioId
    slug: str
    purpose: Literal["assignment", "permission", ""] = ""
    display_name: str = ""
    description: str = ""
    grantable_to: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`type:id:slug`."""
        return f"{self.resource}:{self.slug}"


class ScenarioStaticEntitlement(ScenarioPart, frozen=True):
    """An entitlement of every resource of a type; `{display_name}` and `{id}` stand for those of the resource."""

    resource_type: str
    slug: str
    purpose: Literal["assignment", "permission", ""] = ""
    display_name: str = ""
    description: str = ""
    grantable_to: tuple[str, ...] = ()


class ScenarioTicket(ScenarioPart, frozen=True):
    """A ticket; `schema` is `access` or `hardware`, `created` a time with its zone."""

    id: str
    schema: str
    title: str
    created: str
    description: str = ""
    type: str = ""
    status: str = "open"
    labels: tuple[str, ...] = ()
    fields: dict[str, Any] = {}
    requested_for: ScenarioId | None = None


class ScenarioExpansion(ScenarioPart, frozen=True):
    """An expansion: the holders of one of these entitlements also hold the grant."""

    entitlements: tuple[str, ...]
    shallow: bool = False
    resource_types: tuple[str, ...] = ()


class ScenarioGrant(ScenarioPart, frozen=True):
    """A grant: a principal holds the entitlement with this id."""

    entitlement: str
    principal: ScenarioId
    expand: ScenarioExpansion | None = None


class ScenarioIdentity(ScenarioPart, frozen=True):
    """The identity that `check_session` returns."""

    account: str = ""
    user: str = ""
    plan: str = ""
    mode: str = ""
    limits: tuple[str, ...] = ()

    def identity(self, account: str) -> Identity:
        """Return it as a value of the model, with `account` if the file names none."""
        return Identity(self.account or account, self.user, self.plan, self.mode, self.limits)


class Scenario(ScenarioPart, frozen=True):
    """The complete file, in file order."""

    resource_types: tuple[ScenarioType, ...]
    resources: tuple[ScenarioResource, ...] = ()
    entitlements: tuple[ScenarioEntitlement, ...] = ()
    grants: tuple[ScenarioGrant, ...] = ()
    identity: ScenarioIdentity | None = None
    static_entitlements: tuple[ScenarioStaticEntitlement, ...] = ()
    tickets: tuple[ScenarioTicket, ...] = ()


TICKET_SCHEMAS = ("access", "hardware")
TICKET_ID = re.compile(r"T-[0-9]{1,9}")
DECODER = msgspec.json.Decoder(Scenario)


def load(path: Path) -> Scenario:
    """Read and check a scenario file.

    Raises ConfigError, naming the file and the place in it.
    """
    where = f"scenario {path}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{where}: {error.strerror or error}", hint="Specify a JSON file with --scenario.") from error
    try:
        scenario = DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # also: wrong type, unknown key
        raise ConfigError(f"{where}: {error}", hint="See the format in the README of connector-host-fake.") from error
    check(scenario, where)
    return scenario


def dump(scenario: Scenario) -> bytes:
    """Return the bytes of a scenario file: indented UTF-8 with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(scenario), indent=1) + b"\n"


def check(scenario: Scenario, where: str) -> None:
    """Check that everything can be served. Raises ConfigError, naming `where` and the place."""
    types = {item.id for item in scenario.resource_types}
    resources = {item.key for item in scenario.resources}
    entitlements = {item.key for item in scenario.entitlements}
    entitlements |= {
        f"{resource.key}:{item.slug}"
        for item in scenario.static_entitlements
        for resource in scenario.resources
        if resource.type == item.resource_type
    }
    for index, resource in enumerate(scenario.resources):
        _check_exists(resource.type, types, f"{where}: resources[{index}] ({resource.key}): resource type")
        if resource.parent is not None:
            _check_exists(str(resource.parent), resources, f"{where}: resources[{index}] ({resource.key}): parent")
    for index, entitlement in enumerate(scenario.entitlements):
        _check_exists(
            str(entitlement.resource), resources, f"{where}: entitlements[{index}] ({entitlement.key}): resource"
        )
    for index, static in enumerate(scenario.static_entitlements):
        _check_exists(static.resource_type, types, f"{where}: static_entitlements[{index}]: resource type")
    for index, ticket in enumerate(scenario.tickets):
        _check_exists(ticket.schema, TICKET_SCHEMAS, f"{where}: tickets[{index}]: schema")
        if not TICKET_ID.fullmatch(ticket.id) or not _is_time(ticket.created):
            raise ConfigError(f"{where}: tickets[{index}]: its id is not T- and a number, or its time is none")
    for index, grant in enumerate(scenario.grants):
        _check_exists(grant.entitlement, entitlements, f"{where}: grants[{index}]: entitlement")


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _check_exists(name: str, names: Iterable[str], where: str) -> None:
    if name not in names:
        raise ConfigError(f"{where} {name!r} is not in the file", hint="Add it, or correct the spelling.")
