"""The syntax of a sudoers file, piece by piece: sudoers(5), "SUDOERS FILE FORMAT"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["ListElement", "Privilege", "Scanner", "SudoCommand", "SudoersError", "logical_lines"]

NAME = re.compile(r'(?:%:?|\+)?"(?:[^"\\]|\\.)*"|(?:%:?)?(?:\\.|[^\s,:=!()"\\])(?:\\.|[^\s,:=()"\\])*')
IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:/[0-9A-Fa-f:.]+)?(?=[\s,=]|$)")
TAGS = ("EXEC", "FOLLOW", "INTERCEPT", "LOG_INPUT", "LOG_OUTPUT", "MAIL", "PASSWD", "SETENV")
TAG = re.compile(rf"((?:NO)?(?:{'|'.join(TAGS)}))\s*:")
SETTING = re.compile(
    r"(ROLE|TYPE|PRIVS|LIMITPRIVS|NOTBEFORE|NOTAFTER|TIMEOUT|CWD|CHROOT|APPARMOR_PROFILE)"
    r'\s*=\s*("(?:[^"\\]|\\.)*"|(?:\\.|[^\s,:\\])+)'
)
DIGEST = r"sha(?:224|256|384|512)\s*:\s*[A-Za-z0-9+/=]+"
DIGESTS = re.compile(rf"{DIGEST}(?:\s*,\s*{DIGEST})*")
REGEX = re.compile(r"\^(?:\\.|[^\\$]|\$(?![\s,:]|$))*\$(?=[\s,:]|$)")
COMMAND = re.compile(r"[/^]|sudoedit( |$)|[A-Z][A-Z0-9_]*$|list$")
"""A path, a regular expression, an alias (or ALL), or what sudo does itself."""
UID = re.compile(r"#-?[0-9]")
INCLUDE = re.compile(r"\s*#include(?:dir)?\s")
ALIAS = re.compile(r"[A-Z][A-Z0-9_]*")


class SudoersError(ValueError):
    """A line that is not of the syntax."""


@dataclass(frozen=True)
class ListElement:
    """An element of a list of users, hosts, or accounts to run as; `no`: it is excluded."""

    name: str
    no: bool = False


@dataclass(frozen=True)
class SudoCommand:
    """A command, or an alias of commands, and what stands before it. `no`: it is forbidden."""

    text: str
    no: bool = False
    runas: tuple[tuple[ListElement, ...], tuple[ListElement, ...]] | None = None
    """(accounts, groups); None: as the settings say, root by default."""
    tags: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Privilege:
    """On these hosts, these commands."""

    hosts: tuple[ListElement, ...]
    commands: tuple[SudoCommand, ...] = field(default=())


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without comments, continued ones joined, with the number of their first line."""
    parts: list[str] = []
    first, quoted = 0, False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not parts:
            first, quoted = number, False
        end, quoted = _comment(line, quoted) if parts or not INCLUDE.match(line) else (len(line), False)
        goes_on = end == len(line) and (len(line) - len(line.rstrip("\\"))) % 2
        parts.append(line[: end - 1] if goes_on else line[:end])
        if not goes_on:
            if whole := " ".join(parts).strip():
                yield first, whole
            parts = []
    if whole := " ".join(parts).strip():
        yield first, whole


def _comment(line: str, quoted: bool) -> tuple[int, bool]:
    """Where the comment of a line begins, at a `#` not quoted, escaped or of a number; and whether a quote is open."""
    at = 0
    while at < len(line):
        if line[at] == "\\":
            at += 1
        elif line[at] == '"':
            quoted = not quoted
        elif line[at] == "#" and not quoted and not UID.match(line, at):
            return at, False
        at += 1
    return len(line), quoted


class Scanner:
    """Reads one logical line from left to right. SudoersError where it is not of the syntax."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def ended(self) -> bool:
        """Whether nothing is left."""
        self._skip()
        return self.at == len(self.text)

    def takes(self, mark: str) -> bool:
        """Whether `mark` comes next; then it is passed."""
        self._skip()
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) * found
        return found

    def expect(self, mark: str) -> None:
        """Pass `mark`."""
        if not self.takes(mark):
            raise SudoersError(f"{mark!r} is expected at {self.text[self.at :][:20]!r}")

    def alias(self) -> str:
        """The name of an alias that is defined."""
        return self._match(ALIAS, "the name of an alias").group()

    def items(self) -> tuple[ListElement, ...]:
        """A list of names: users, hosts, accounts to run as."""
        found = [self._item()]
        while self.takes(","):
            found.append(self._item())
        return tuple(found)

    def privileges(self) -> tuple[Privilege, ...]:
        """`hosts = commands`, several with `:` between them, to the end of the line."""
        found = [self._privilege()]
        while self.takes(":"):
            found.append(self._privilege())
        if not self.ended():
            raise SudoersError(f"{self.text[self.at :][:20]!r} is too much")
        return tuple(found)

    def commands(self) -> tuple[SudoCommand, ...]:
        """A list of commands; what stands before one holds for those after it, too."""
        found = [self._command(SudoCommand(""))]
        while self.takes(","):
            found.append(self._command(found[-1]))
        return tuple(found)

    def _privilege(self) -> Privilege:
        hosts = self.items()
        self.expect("=")
        return Privilege(hosts, self.commands())

    def _item(self) -> ListElement:
        no = self._negated()
        self._skip()
        found = IPV6.match(self.text, self.at) or self._match(NAME, "a name")
        self.at = found.end()
        return ListElement(plain(found.group()), no)

    def _negated(self) -> bool:
        no = False
        while self.takes("!"):
            no = not no
        return no

    def _command(self, before: SudoCommand) -> SudoCommand:
        runas, tags, settings = before.runas, before.tags, dict(before.settings)
        if self.takes("("):
            runas = self._runas()
        while True:
            self._skip()
            if found := SETTING.match(self.text, self.at):
                settings[found[1]] = plain(found[2])
            elif found := TAG.match(self.text, self.at):
                other = found[1][2:] if found[1].startswith("NO") else f"NO{found[1]}"
                tags = (*(one for one in tags if one not in (found[1], other)), found[1])
            else:
                break
            self.at = found.end()
        no = self._negated()
        digest = ""
        self._skip()
        if found := DIGESTS.match(self.text, self.at):
            digest, self.at = re.sub(r"\s+", "", found.group()), found.end()
        return SudoCommand(self._command_text(), no, runas, tags, tuple(sorted(settings.items())), digest)

    def _command_text(self) -> str:
        """A command with its arguments: to the next `,` or `:` that is neither escaped nor in a regular expression."""
        self._skip()
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",:":
            regex = REGEX.match(self.text, self.at) if self.at == start or self.text[self.at - 1].isspace() else None
            self.at = regex.end() if regex else self.at + (2 if self.text[self.at] == "\\" else 1)
        text = " ".join(self.text[start : self.at].split())
        if not COMMAND.match(text):
            raise SudoersError(f"a command is expected at {self.text[start:][:20]!r}")
        self.at = min(self.at, len(self.text))
        return text

    def _runas(self) -> tuple[tuple[ListElement, ...], tuple[ListElement, ...]]:
        users = () if self._next() in ":)" else self.items()
        groups: tuple[ListElement, ...] = ()
        if self.takes(":") and self._next() != ")":
            groups = self.items()
        self.expect(")")
        return users, groups

    def _next(self) -> str:
        self._skip()
        return self.text[self.at : self.at + 1] or " "

    def _match(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        self._skip()
        found = pattern.match(self.text, self.at)
        if found is None:
            raise SudoersError(f"{what} is expected at {self.text[self.at :][:20]!r}")
        self.at = found.end()
        return found

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1


def plain(word: str) -> str:
    """A word without its quotes and backslashes."""
    quoted = re.fullmatch(r'([%+]?:?)"(.*)"', word, re.DOTALL)
    if quoted:
        word = quoted[1] + quoted[2]
    word = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), word)
    return re.sub(r"\\(.)", r"\1", word)
