"""The connector `localhost`: accounts, groups and sudo rights of a machine, from the files under its root folder."""

from __future__ import annotations

import getpass
import importlib
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from connector_host import (
    HOST_API,
    AppTrait,
    ConfigError,
    ConnectorInfo,
    Entitlement,
    Grant,
    GrantExpandable,
    GroupTrait,
    Identity,
    NotFound,
    NotPermitted,
    Option,
    OptionType,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    RoleTrait,
    Run,
    Trait,
    UserTrait,
    hookimpl,
)

from .root_folder import RootFolder
from .sudo_rights import SudoRight, external_principal, read_rights
from .user_database import UnixAccount, UnixGroup, UserDatabase, read_database

__all__: list[str] = []

HOST = ResourceType("host", "Host", (Trait.APP,), skip_entitlements_and_grants=True)
USER = ResourceType("user", "User", (Trait.USER,), skip_entitlements_and_grants=True)
GROUP = ResourceType("group", "Group", (Trait.GROUP,))
SUDO = ResourceType("sudo_rule", "Sudo rule", (Trait.ROLE,))
PAGE_SIZE = 500
MOST_LIMITS = 50
LONGEST_NAME = 200
T = TypeVar("T")


@dataclass(frozen=True)
class LocalhostSession:
    """Everything, read once. `denied` is why sudo rights could not be read, or empty."""

    identity: Identity
    host: Resource
    listed: Mapping[str, Sequence[Resource]]
    database: UserDatabase
    rights: Mapping[str, SudoRight]
    denied: str

    def check_sudo(self) -> None:
        """Raise NotPermitted if sudo rights could not be read."""
        if self.denied:
            raise NotPermitted(self.denied, hint="Run it as root, or leave sudo rights out with --no-sudo.")


# ----------------------------------------------------------------------------------------------- describe, connect


@hookimpl
def connector_info() -> ConnectorInfo:
    """Describe the connector."""
    return ConnectorInfo("Localhost", HOST_API, summary="Accounts, groups and sudo rights of a Unix machine.")


@hookimpl
def connector_options() -> Sequence[Option]:
    """Declare the options: the machine, and the parts of it to read."""
    return [
        Option(
            name="root",
            type=OptionType.PATH,
            default="/",
            help="The root folder of the machine: a mounted disk or an unpacked image.",
        ),
        Option(
            name="hostname",
            help="Its name, by which sudoers tells machines apart. [default: etc/hostname; of / the system's]",
        ),
        Option(name="sudo", type=OptionType.BOOL, default=True, help="Read sudo rights; only root may, mostly."),
    ]


@hookimpl
def open_session(options: Mapping[str, Any], run: Run) -> LocalhostSession:
    """Read the files."""
    folder: Path = options["root"]
    root = RootFolder(folder)
    try:
        database = read_database(root)
    except NotFound as error:
        raise ConfigError(f"{folder}: {error.message}", hint="Name the root of a machine with --root.") from error
    hostname = options["hostname"] or _hostname(root)
    limits = list(database.limits)
    rights, denied = _rights(root, database, hostname, limits, run) if options["sudo"] else ({}, "")
    if not options["sudo"]:
        limits.append("Sudo rights were left out (--no-sudo).")
    run.logger.debug(
        "read %d accounts, %d groups, %d sudo rights", len(database.accounts), len(database.groups), len(rights)
    )
    host = _host(root, hostname, folder)
    listed = {
        "user": [_user(database, account, host.id) for account in database.accounts.values()],
        "group": [_group(group, host.id) for group in database.groups.values()],
        "sudo_rule": [_rule(right, host.id) for right in rights.values()],
    }
    limits[MOST_LIMITS:] = (
        [f"{more} more lines like these are not shown."] if (more := len(limits) - MOST_LIMITS) > 0 else []
    )
    account = f"{host.display_name} ({host.id.resource})" if host.display_name != host.id.resource else host.id.resource
    identity = Identity(account, _myself(), mode=f"files under {folder}", limits=tuple(limits))
    return LocalhostSession(identity, host, listed, database, rights, denied)


@hookimpl
def check_session(session: LocalhostSession) -> Identity:
    """Return the machine, and one sentence for each thing that could not be read or understood."""
    return session.identity


# ----------------------------------------------------------------------------------------------- sync


@hookimpl
def list_resource_types() -> Sequence[ResourceType]:
    """Return the four types: the host, and the three types below it."""
    return [HOST, USER, GROUP, SUDO]


@hookimpl
def list_resources(
    session: LocalhostSession,
    resource_type: ResourceType,
    parent: Resource | None,
    page_token: str | None,
    page_size: int | None,
) -> Page[Resource]:
    """Return the host, or one page of the accounts, groups or rules below it."""
    if parent is None:
        return Page([session.host] if resource_type.id == "host" else [])
    if resource_type.id == "sudo_rule":
        session.check_sudo()
    return _page({listed.id.resource: listed for listed in session.listed[resource_type.id]}, page_token, page_size)


@hookimpl
def get_resource(session: LocalhostSession, resource_id: ResourceId) -> Resource | None:
    """Return one resource as it is listed."""
    if resource_id.resource_type == "sudo_rule":
        session.check_sudo()
    listed = [session.host, *session.listed.get(resource_id.resource_type, ())]
    return next((resource for resource in listed if resource.id == resource_id), None)


@hookimpl
def list_entitlements(resource: Resource) -> Sequence[Entitlement]:
    """Return the entitlements: `sudo` on a rule, `member` and `primary` on a group."""
    name = resource.display_name
    if resource.id.resource_type == "sudo_rule":
        return [Entitlement(resource, "sudo", Purpose.PERMISSION, name, resource.description, ("user", "group"))]
    return [
        Entitlement(resource, "member", Purpose.ASSIGNMENT, f"{name} member", "Listed in etc/group.", ("user",)),
        Entitlement(
            resource, "primary", Purpose.ASSIGNMENT, f"{name} as primary group", "Set in etc/passwd.", ("user",)
        ),
    ]


@hookimpl
def list_grants(
    session: LocalhostSession, resource: Resource, page_token: str | None, page_size: int | None
) -> Page[Grant]:
    """Return one page of the members of a group, or of the holders of a rule."""
    is_rule = resource.id.resource_type == "sudo_rule"
    grants = _uses(session, resource) if is_rule else _memberships(session.database, resource)
    return _page(
        {f"{grant.entitlement.slug} {_principal_text(grant)}": grant for grant in grants}, page_token, page_size
    )


def _uses(session: LocalhostSession, rule: Resource) -> Iterable[Grant]:
    right = session.rights.get(rule.id.resource)
    if right is None:
        raise NotFound(f"{rule.id} is no longer in the sudoers files")
    for holder in right.holders.values():
        through = None
        if isinstance(holder, ResourceId) and holder.resource_type == "group":
            through = GrantExpandable((f"{holder}:member", f"{holder}:primary"))
        yield Grant(rule.ref("sudo"), holder, through)


def _memberships(database: UserDatabase, resource: Resource) -> Iterable[Grant]:
    group = database.groups.get(int(resource.id.resource))
    if group is None:
        raise NotFound(f"{resource.id} is no longer in etc/group")
    for login in group.listed:
        uid = database.uids.get(login)
        yield Grant(
            resource.ref("member"), external_principal("user", login) if uid is None else ResourceId("user", str(uid))
        )
    for uid in database.primary.get(group.gid, ()):
        yield Grant(resource.ref("primary"), ResourceId("user", str(uid)))


# ----------------------------------------------------------------------------------------------- objects


def _rights(
    root: RootFolder, database: UserDatabase, hostname: str, limits: list[str], run: Run
) -> tuple[Mapping[str, SudoRight], str]:
    """Return the sudo rights, and why they could not be read (empty if they could)."""
    try:
        return read_rights(root, database, hostname, limits), ""
    except NotFound:
        run.logger.info("There is no etc/sudoers, so there are no sudo rights.")
        return {}, ""
    except NotPermitted as error:
        limits.append(f"Sudo rights are not read: {error.message}.")
        return {}, error.message


def _myself() -> str:
    """Return the login of this process, on whose rights the reading depends."""
    geteuid = getattr(os, "geteuid", None)
    if geteuid is None:  # Windows, on which only a copied root folder can be read
        return getpass.getuser()
    try:
        return str(importlib.import_module("pwd").getpwuid(geteuid()).pw_name)
    except (KeyError, ImportError):
        return str(geteuid())


def _hostname(root: RootFolder) -> str:
    if root.folder.resolve() == Path("/"):
        return platform.node()
    lines = [line.strip() for line in root.optional("etc/hostname").splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")


def _host(root: RootFolder, hostname: str, folder: Path) -> Resource:
    """Return the host. Its id is the machine-id, which a renamed machine keeps; else its name, else its folder."""
    machine = root.optional("etc/machine-id").strip()
    name = machine if machine and machine != "uninitialized" else hostname or str(folder.resolve())
    children = ("user", "group", "sudo_rule")
    return Resource(ResourceId("host", name), hostname or str(folder), traits=(AppTrait(),), child_types=children)


def _user(database: UserDatabase, account: UnixAccount, host: ResourceId) -> Resource:
    account_type = database.account_type(account)
    status = account.status(account_type, datetime.now().astimezone().date())
    profile = {
        "uid": account.uid,
        "gid": account.gid,
        "home": account.home,
        "shell": account.shell,
        "password": account.password,
        "expires": str(account.expires or ""),
    }
    trait = UserTrait(
        status=status,
        account_type=account_type,
        login=account.login,
        login_aliases=tuple(account.aliases),
        last_login=account.last_login,
    )
    user = ResourceId("user", str(account.uid))
    return Resource(user, account.name, host, traits=(trait,), profile=profile, status=status)


def _group(group: UnixGroup, host: ResourceId) -> Resource:
    profile = {"gid": group.gid, "aliases": group.aliases}
    return Resource(ResourceId("group", str(group.gid)), group.name, host, traits=(GroupTrait(),), profile=profile)


def _rule(right: SudoRight, host: ResourceId) -> Resource:
    marks = [*right.tags, *map("=".join, right.settings)]
    how = f"sudo as {right.runas}: {' '.join([*marks, right.written])}"
    name = how if len(how) <= LONGEST_NAME else f"{how[: LONGEST_NAME - 1]}…"
    profile = {
        "run_as": right.runas,
        "commands": list(right.commands),
        "tags": marks,
        "files": sorted(right.files),
    }
    return Resource(ResourceId("sudo_rule", right.id), name, host, how, (RoleTrait(),), profile=profile)


def _principal_text(grant: Grant) -> str:
    return str(grant.principal if isinstance(grant.principal, ResourceId) else grant.principal.id)


def _page(items: Mapping[str, T], page_token: str | None, page_size: int | None) -> Page[T]:
    """Return the items whose keys follow the token, which keeps its meaning when items are added or removed."""
    keys = sorted(key for key in items if page_token is None or key > page_token)
    size = page_size or PAGE_SIZE
    return Page([items[key] for key in keys[:size]], keys[size - 1] if len(keys) > size else None)
