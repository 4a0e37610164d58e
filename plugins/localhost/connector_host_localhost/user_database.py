"""Accounts and groups from the user database: etc/passwd, etc/group, etc/shadow, etc/login.defs, var/log/lastlog.

The forms of the files: passwd(5), group(5), shadow(5), login.defs(5); lastlog is one record of 292 bytes for each uid:
a 32-bit time, 32 bytes of line, 256 of host (struct lastlog in utmp.h).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from connector_host import AccountType, BadResponse, ConfigError, NotFound, NotPermitted, ResourceStatus, Status

from .root_folder import RootFolder

__all__ = ["UnixAccount", "UnixGroup", "UserDatabase", "read_database"]

LASTLOG = struct.Struct("=I32s256s")
NUMBER = re.compile(r"[0-9]{1,10}")
NO_LOGIN = ("nologin", "false", "sync", "shutdown", "halt")
IN_SHADOW = "x"
SET, NONE, LOCKED, EMPTY, UNKNOWN = "set", "none", "locked", "empty", "unknown"  # states of a password


@dataclass(kw_only=True)
class UnixAccount:
    """One uid. If several lines of passwd have it, the first counts and the others are aliases."""

    uid: int
    gid: int
    login: str
    gecos: str
    home: str
    shell: str
    password: str
    """The state of the password, never its value: set, none (`*`, `!`), locked (`!` before one), empty, unknown."""
    expires: date | None = None
    aliases: list[str] = field(default_factory=list)
    last_login: datetime | None = None

    @property
    def name(self) -> str:
        """The person's name, or the login. An `&` stands for the login, capitalised."""
        return self.gecos.split(",")[0].replace("&", self.login.capitalize()).strip() or self.login

    @property
    def may_log_in(self) -> bool:
        """Return True if its shell permits logins (an empty one is /bin/sh)."""
        return self.shell.rpartition("/")[2] not in NO_LOGIN

    def status(self, account_type: AccountType, today: date) -> Status:
        """Return disabled if it is expired, its password locked, or it is a person's account without a shell."""
        if self.expires is not None and self.expires <= today:
            return Status(ResourceStatus.DISABLED, f"expired {self.expires}")
        if self.password == LOCKED:
            return Status(ResourceStatus.DISABLED, "password locked")
        if account_type is AccountType.HUMAN and not self.may_log_in:
            return Status(ResourceStatus.DISABLED, "no login shell")
        if self.password == UNKNOWN:
            return Status(ResourceStatus.UNSPECIFIED, "etc/shadow could not be read")
        return Status(ResourceStatus.ENABLED, "" if self.password == SET else f"password: {self.password}")


@dataclass
class UnixGroup:
    """One gid, and the logins that the group file lists."""

    gid: int
    name: str
    aliases: list[str]
    listed: list[str]


@dataclass
class UserDatabase:
    """Accounts and groups of the files. `limits`: a sentence for each part that is missing or not understood."""

    accounts: dict[int, UnixAccount] = field(default_factory=dict)
    groups: dict[int, UnixGroup] = field(default_factory=dict)
    uids: dict[str, int] = field(default_factory=dict)
    gids: dict[str, int] = field(default_factory=dict)
    primary: dict[int, list[int]] = field(default_factory=dict)
    """uids by their primary gid."""
    memberships: dict[str, list[int]] = field(default_factory=dict)
    """gids by the login that their group lists."""
    people: range = range(1000, 60001)
    limits: list[str] = field(default_factory=list)

    def account_type(self, account: UnixAccount) -> AccountType:
        """Return the type: system by its uid; else human, or service if it has neither a shell nor a full name."""
        if account.uid not in self.people:
            return AccountType.SYSTEM
        named = account.gecos.split(",")[0].strip()
        return AccountType.HUMAN if account.may_log_in or named else AccountType.SERVICE


def read_database(root: RootFolder) -> UserDatabase:
    """Read the files. Raises as `RootFolder.text` when passwd or group cannot be read."""
    database = UserDatabase()
    database.people = _people(root.optional("etc/login.defs"))
    for fields in _lines(root, "etc/passwd", 7, (2, 3), database.limits):
        login, secret, uid, gid, gecos, home, shell = fields
        first = database.accounts.setdefault(
            int(uid),
            UnixAccount(
                uid=int(uid),
                gid=int(gid),
                login=login,
                gecos=gecos,
                home=home,
                shell=shell,
                password=UNKNOWN if secret == IN_SHADOW else _password_state(secret),
            ),
        )
        if login not in (first.login, *first.aliases):
            first.aliases.append(login)
        database.uids.setdefault(login, int(uid))
    if not database.accounts:
        raise ConfigError("etc/passwd holds no account", hint="Name the root of a machine with --root.")
    for name, _, gid, listed in _lines(root, "etc/group", 4, (2,), database.limits):
        logins = [login for login in listed.split(",") if login]
        group = database.groups.setdefault(int(gid), UnixGroup(int(gid), name, [], []))
        group.listed += logins
        for member in logins:
            database.memberships.setdefault(member, []).append(group.gid)
        if name not in (group.name, *group.aliases):
            group.aliases.append(name)
        database.gids.setdefault(name, int(gid))
    for account in database.accounts.values():
        database.primary.setdefault(account.gid, []).append(account.uid)
    if lost := len(database.primary.keys() - database.groups.keys()):
        database.limits.append(f"{lost} primary group(s) of accounts are not in etc/group.")
    _read_shadow(root, database)
    _read_lastlog(root, database)
    database.limits += _unread_sources(root.optional("etc/nsswitch.conf"))
    return database


def _lines(root: RootFolder, name: str, count: int, numbers: tuple[int, ...], limits: list[str]) -> Iterator[list[str]]:
    """Yield the fields of each entry; other lines are left out, as the C library does, and reported."""
    for number, line in enumerate(root.text(name).split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        fields = line.rstrip("\r").split(":")
        if line[0] in "+-":
            limits.append(f"{name} line {number} includes entries of NIS, which are not read.")
        elif len(fields) != count or not fields[0] or not all(NUMBER.fullmatch(fields[at]) for at in numbers):
            limits.append(f"{name} line {number} is no valid entry and was left out.")
        else:
            yield fields


def _read_shadow(root: RootFolder, database: UserDatabase) -> None:
    """Read the state of passwords and the days of expiry."""
    try:
        text = root.text("etc/shadow")
    except (NotFound, NotPermitted) as error:
        database.limits.append(f"Locked and expired accounts are not known: {error.message}.")
        return
    for line in text.split("\n"):
        fields = line.split(":")
        account = database.accounts.get(database.uids.get(fields[0], -1))
        if account is None or account.login != fields[0] or len(fields) < 8:
            continue
        if account.password == UNKNOWN:
            account.password = _password_state(fields[1])
        if NUMBER.fullmatch(fields[7]) and len(fields[7]) < 7:  # days
            account.expires = date(1970, 1, 1) + timedelta(days=int(fields[7]))


def _password_state(secret: str) -> str:
    if secret.startswith("!"):
        return LOCKED if secret.strip("!*") else NONE
    return EMPTY if not secret else NONE if secret.startswith("*") else SET


def _read_lastlog(root: RootFolder, database: UserDatabase) -> None:
    try:
        data = root.data("var/log/lastlog")
    except NotFound:
        return  # newer systems keep it elsewhere
    except (NotPermitted, ConfigError, BadResponse) as error:
        database.limits.append(f"Last logins are not known: {error.message}.")
        return
    for account in database.accounts.values():
        record = data[account.uid * LASTLOG.size : (account.uid + 1) * LASTLOG.size]
        if len(record) == LASTLOG.size and (seconds := LASTLOG.unpack(record)[0]) > 0:
            account.last_login = datetime.fromtimestamp(seconds, UTC)


def _people(text: str) -> range:
    """Return the uids of people: UID_MIN to UID_MAX of login.defs, whose defaults are 1000 and 60000."""
    numbers = {"UID_MIN": 1000, "UID_MAX": 60000}
    for name, value in re.findall(r"^\s*(UID_M(?:IN|AX))\s+(\d{1,10})\s*$", text, re.MULTILINE):
        numbers[name] = int(value)
    return range(numbers["UID_MIN"], numbers["UID_MAX"] + 1)


def _unread_sources(text: str) -> Iterator[str]:
    """Yield a sentence for each database that nsswitch.conf also takes from a source that is not a file."""
    for database, subject in (("passwd", "accounts"), ("group", "groups"), ("sudoers", "sudo rights")):
        for line in re.findall(rf"^\s*{database}\s*:(.*)$", text, re.MULTILINE):
            sources = re.sub(r"\[[^]]*\]|#.*", " ", line).split()
            unread = [source for source in sources if source not in ("files", "compat", "systemd", "db")]
            if unread:
                yield f"Only files are read: this machine also takes {subject} from {', '.join(unread)}."
