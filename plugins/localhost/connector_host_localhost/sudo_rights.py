"""Sudo rights on one machine: etc/sudoers and the files it includes, read as sudoers(5) describes.

Equal rights of several lines are one right. A condition that the files cannot decide (an address, a netgroup) counts as
fulfilled and is reported, so that no right is missed; lines that sudo itself cannot read are left out and reported.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial

from connector_host import ConfigError, External, ExternalResourceMatch, NotFound, ResourceId, Trait

from .root_folder import RootFolder
from .sudoers_syntax import ListElement, Privilege, Scanner, SudoCommand, SudoersError, logical_lines, plain
from .user_database import UnixAccount, UserDatabase

__all__ = ["SudoRight", "external_principal", "read_rights"]

DIRECTIVE = re.compile(r"[@#]include(dir)?\s+(\S.*)")
DEFAULTS = re.compile(r"Defaults(?=[\s@:!>]|$)")
DEFINITION = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias(?=\s)")
NUMBERED = re.compile(r"#[0-9]{1,10}")
MOST_FILES = 1000
MOST_NAMES = 100_000
"""In one list, after its aliases are replaced by their members."""
Holder = ResourceId | External


@dataclass
class SudoRight:
    """Commands that may be run, as which account and how, and the holders of that right.

    `commands` are without aliases; those with `!` are forbidden.
    """

    runas: str
    tags: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    written: str
    files: set[str] = field(default_factory=set)
    holders: dict[ResourceId, Holder] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A hash of everything that is allowed, independent of the file and the lines it stands in."""
        parts = (self.runas, *self.tags, *map("=".join, self.settings), "", *self.commands)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass
class _Spec:
    where: str
    users: tuple[ListElement, ...]
    privileges: tuple[Privilege, ...]


def read_rights(root: RootFolder, database: UserDatabase, hostname: str, limits: list[str]) -> dict[str, SudoRight]:
    """Return every right on the machine `hostname` (empty: not known) by id. Raises as `RootFolder.text` does.

    A sentence is added to `limits` for each part that was left out or could not be decided.
    """
    reader = _SudoersReader(root, hostname, limits)
    reader.read("etc/sudoers", ())
    return _Rights(reader, database, hostname, limits).all()


class _SudoersReader:
    """Reader of the files into aliases and specifications; aliases may be used before they are defined."""

    def __init__(self, root: RootFolder, hostname: str, limits: list[str]) -> None:
        self._root, self._short, self._limits = root, hostname.partition(".")[0], limits
        self._files = 0
        self.specs: list[_Spec] = []
        self.aliases: dict[str, dict[str, Sequence[ListElement]]] = {"User": {}, "Runas": {}, "Host": {}, "Cmnd": {}}

    def read(self, name: str, within: tuple[str, ...]) -> None:
        """Read a file that is included through the files `within`."""
        self._files += 1
        if self._files > MOST_FILES:
            if self._files == MOST_FILES + 1:
                self._limits.append(
                    f"etc/sudoers includes more than {MOST_FILES} files; the remaining files were not read."
                )
            return
        for number, line in logical_lines(self._root.text(name)):
            where = f"{name} line {number}"
            try:
                if directive := DIRECTIVE.match(line):
                    self._include(directive, where, (*within, name))
                elif not DEFAULTS.match(line):
                    self._statement(line, where)
            except SudoersError as error:
                self._limits.append(f"{where} is not understood and was left out, as sudo does: {error}.")

    def _include(self, directive: re.Match[str], where: str, within: tuple[str, ...]) -> None:
        path = plain(directive[2].strip()).replace("%h", self._short)
        path = path.lstrip("/") if path.startswith("/") else f"{within[-1].rpartition('/')[0]}/{path}"
        if directive[1]:
            names = [
                f"{path}/{file_name}"
                for file_name in self._root.names(path)
                if "." not in file_name and not file_name.endswith("~")
            ]
        else:
            names = [path]
        for name in names:
            if name in within:
                self._limits.append(f"{where} includes {name} within itself; that was left out.")
                continue
            try:
                self.read(name, within)
            except (NotFound, ConfigError) as error:
                self._limits.append(f"{where}: {error.message}.")

    def _statement(self, line: str, where: str) -> None:
        scanner = Scanner(line)
        definition = DEFINITION.match(line)
        if definition is None:
            self.specs.append(_Spec(where, scanner.items(), scanner.privileges()))
            return
        scanner.at = definition.end()
        aliases = self.aliases.get(definition[1], self.aliases["Cmnd"])
        defining = True
        while defining:
            name = scanner.alias()
            scanner.expect("=")
            aliases[name] = (
                [_item(command) for command in scanner.commands()]
                if aliases is self.aliases["Cmnd"]
                else scanner.items()
            )
            defining = scanner.takes(":")
        if not scanner.ended():
            raise SudoersError("text follows the last alias")


class _Rights:
    """The specifications that apply to this machine, with the rights they give and the holders of these."""

    def __init__(self, reader: _SudoersReader, database: UserDatabase, hostname: str, limits: list[str]) -> None:
        self._reader, self._database, self._hostname, self._limits = reader, database, hostname, limits
        self._found: dict[str, SudoRight] = {}

    def all(self) -> dict[str, SudoRight]:
        """Return the rights, each with all its holders."""
        for spec in self._reader.specs:
            try:
                privileges = [entry for entry in spec.privileges if self._is_here(entry.hosts, spec.where)]
                holders = self._holders(spec) if privileges else []
                for privilege in privileges:
                    self._add(spec, privilege, holders)
            except SudoersError as error:
                self._limits.append(f"{spec.where} was left out: {error}.")
        return self._found

    def _add(self, spec: _Spec, privilege: Privilege, holders: Sequence[Holder]) -> None:
        rights = list(self._rights(privilege.commands))
        if not rights:
            self._limits.append(
                f"{spec.where} only forbids commands; the rights that other lines give are not reduced by it."
            )
        for new_right in rights:
            right = self._found.setdefault(new_right.id, new_right)
            right.files.add(spec.where.rpartition(" line ")[0])
            for holder in holders:
                right.holders.setdefault(holder.id if isinstance(holder, External) else holder, holder)

    def _rights(self, commands: Sequence[SudoCommand]) -> Iterator[SudoRight]:
        """Yield one right for all commands that are run in one way, with the commands forbidden after them."""

        def run_mode(command: SudoCommand) -> tuple[object, ...]:
            return command.runas, command.tags, command.settings

        aliases = self._reader.aliases["Cmnd"]
        flattened = [
            (command, "!" * no + text) for command in commands for text, no in _expanded([_item(command)], aliases)
        ]
        for key in dict.fromkeys(run_mode(command) for command in commands):
            at = next(
                (at for at, (command, flat) in enumerate(flattened) if run_mode(command) == key and flat[0] != "!"),
                None,
            )
            if at is None:
                continue
            matching = [
                (command, flat) for command, flat in flattened[at:] if run_mode(command) == key or flat[0] == "!"
            ]
            first = matching[0][0]
            written = ", ".join(dict.fromkeys("!" * command.no + command.text for command, _ in matching))
            flats = tuple(dict.fromkeys(flat for _, flat in matching))
            yield SudoRight(self._runas(first), first.tags, first.settings, flats, written)

    def _runas(self, command: SudoCommand) -> str:
        if command.runas is None:
            return "root"
        users, groups = (
            ", ".join("!" * no + name for name, no in _expanded(items, self._reader.aliases["Runas"]))
            for items in command.runas
        )
        return f"{users or 'themselves'} : {groups}" if groups else users or "themselves"

    # ----------------------------------------------------------------------------------------------- where

    def _is_here(self, hosts: Sequence[ListElement], where: str) -> bool:
        doubts: list[str] = []

        def test(name: str) -> bool:
            if name == "ALL":
                return True
            if name.startswith("+") or not self._hostname or _is_address(name):
                doubts.append(name)
                return False
            own = self._hostname if "." in name else self._hostname.partition(".")[0]
            return fnmatchcase(own.lower(), name.lower())

        verdict = _last_match(_expanded(hosts, self._reader.aliases["Host"]), test)
        if verdict is None and doubts:
            self._limits.append(f"{where} is for {', '.join(doubts)}; it is treated as if it named this machine.")
            return True
        return bool(verdict)

    # ----------------------------------------------------------------------------------------------- who

    def _holders(self, spec: _Spec) -> list[Holder]:
        """Return the users and groups of a specification; only users if the list excludes somebody."""
        names = _expanded(spec.users, self._reader.aliases["User"])
        if any(no for _, no in names):
            self._say_unknown(spec, names)
            accounts = self._database.accounts.values()
            chosen = [account for account in accounts if _last_match(names, partial(self._is, account))]
            return [ResourceId("user", str(account.uid)) for account in chosen]
        return [holder for name, _ in names for holder in self._named(name)]

    def _named(self, name: str) -> Iterator[Holder]:
        uids, gids = self._database.uids, self._database.gids
        if name == "ALL":
            yield from (ResourceId("user", str(uid)) for uid in self._database.accounts)
        elif name.startswith("+"):
            yield external_principal("group", name)
        elif name.startswith("%"):
            group = name[1:].removeprefix(":")
            gid = int(group[1:]) if NUMBERED.fullmatch(group) else gids.get(group)
            is_listed = gid in self._database.groups and not name.startswith("%:")
            yield ResourceId("group", str(gid)) if is_listed else external_principal("group", group)
        else:
            uid = int(name[1:]) if NUMBERED.fullmatch(name) else uids.get(name)
            yield ResourceId("user", str(uid)) if uid in self._database.accounts else external_principal("user", name)

    def _is(self, account: UnixAccount, name: str) -> bool:
        if name == "ALL":
            return True
        if not name.startswith("%"):
            return name in (account.login, *account.aliases, f"#{account.uid}")
        gid = int(name[2:]) if NUMBERED.fullmatch(name[1:]) else self._database.gids.get(name[1:])
        mine = {account.gid}
        for login in (account.login, *account.aliases):
            mine.update(self._database.memberships.get(login, ()))
        return gid in mine

    def _say_unknown(self, spec: _Spec, names: Sequence[tuple[str, bool]]) -> None:
        """Report names that are in no file, to which an exclusion cannot be applied."""
        for name, no in names:
            if any(isinstance(holder, External) for holder in ([] if name == "ALL" else self._named(name))):
                how = "excludes" if no else "names"
                self._limits.append(f"{spec.where} {how} {name}, who is in no file; the other names were resolved.")


def external_principal(resource_type: str, name: str) -> External:
    """Return a user or group that is in no file: of a directory service, or deleted."""
    trait = Trait.USER if resource_type == "user" else Trait.GROUP
    return External(ResourceId(resource_type, f"name:{name}"), ExternalResourceMatch(trait, "name", name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("/")[0])
    except ValueError:
        return False
    return True


def _item(command: SudoCommand) -> ListElement:
    return ListElement(f"{command.digest} {command.text}".strip(), command.no)


def _expanded(items: Sequence[ListElement], aliases: Mapping[str, Sequence[ListElement]]) -> list[tuple[str, bool]]:
    """Return the names in a list, with aliases replaced by their members, and whether each is excluded.

    The last name that matches decides, as it does when sudo evaluates the aliases one by one.
    """
    names: list[tuple[str, bool]] = []

    def add(some: Sequence[ListElement], no: bool, within: tuple[str, ...]) -> None:
        for item in some:
            if item.name in aliases and item.name not in within:
                add(aliases[item.name], item.no != no, (*within, item.name))
            else:
                names.append((item.name, item.no != no))
            if len(names) > MOST_NAMES:
                raise SudoersError(f"its aliases stand for more than {MOST_NAMES} names")

    add(items, False, ())
    return names


def _last_match(names: Sequence[tuple[str, bool]], test: Callable[[str], bool]) -> bool | None:
    """Return True if a list includes, False if it excludes: the last name that matches decides. None: no match."""
    return next((not no for name, no in reversed(names) if test(name)), None)
