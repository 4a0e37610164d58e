"""Scanner for the syntax of a sudoers file: sudoers(5), "SUDOERS FILE FORMAT"."""

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
"""A path, a regular expression, an alias (or ALL), or a command of sudo itself."""
UID = re.compile(r"#-?[0-9]")
INCLUDE = re.compile(r"\s*#include(?:dir)?\s")
ALIAS = re.compile(r"[A-Z][A-Z0-9_]*")


class SudoersError(ValueError):
    """A syntax error in a line."""


@dataclass(frozen=True)
class ListElement:
    """An element of a list of users, hosts, or accounts to run as; `no`: it is excluded."""

    name: str
    no: bool = False


@dataclass(frozen=True)
class SudoCommand:
    """A command, or an alias of commands, with its prefixes. `no`: it is forbidden."""

    text: str
    no: bool = False
    runas: tuple[tuple[ListElement, ...], tuple[ListElement, ...]] | None = None
    """(accounts, groups); None: as the settings say, root by default."""
    tags: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Privilege:
    """Commands on hosts."""

    hosts: tuple[ListElement, ...]
    commands: tuple[SudoCommand, ...] = field(default=())


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines without comments, with continued lines joined, and the number of each one's first line."""
    parts: list[str] = []
    first, quoted = 0, False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not parts:
            first, quoted = number, False
        end, quoted = _comment(line, quoted) if parts or not INCLUDE.match(line) else (len(line), False)
        is_continued = end == len(line) and (len(line) - len(line.rstrip("\\"))) % 2
        parts.append(line[: end - 1] if is_continued else line[:end])
        if not is_continued:
            if joined := " ".join(parts).strip():
                yield first, joined
            parts = []
    if joined := " ".join(parts).strip():
        yield first, joined


def _comment(line: str, quoted: bool) -> tuple[int, bool]:
    """Return where the comment of a line begins (a `#` not quoted, escaped or of a number), and if a quote is open."""
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
    """Scanner of one logical line from left to right. Raises SudoersError at a syntax error."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def ended(self) -> bool:
        """Return True at the end of the line."""
        self._skip()
        return self.at == len(self.text)

    def takes(self, mark: str) -> bool:
        """Return True and skip `mark` if it comes next."""
        self._skip()
        is_next = self.text.startswith(mark, self.at)
        self.at += len(mark) * is_next
        return is_next

    def expect(self, mark: str) -> None:
        """Skip `mark`. Raises SudoersError if it does not come next."""
        if not self.takes(mark):
            raise SudoersError(f"{mark!r} is expected at {self.text[self.at :][:20]!r}")

    def alias(self) -> str:
        """Read the name of an alias that is defined."""
        return self._match(ALIAS, "the name of an alias").group()

    def items(self) -> tuple[ListElement, ...]:
        """Read a list of names: users, hosts, accounts to run as."""
        elements = [self._item()]
        while self.takes(","):
            elements.append(self._item())
        return tuple(elements)

    def privileges(self) -> tuple[Privilege, ...]:
        """Read `hosts = commands`, several with `:` between them, to the end of the line."""
        entries = [self._privilege()]
        while self.takes(":"):
            entries.append(self._privilege())
        if not self.ended():
            raise SudoersError(f"{self.text[self.at :][:20]!r} is too much")
        return tuple(entries)

    def commands(self) -> tuple[SudoCommand, ...]:
        """Read a list of commands; the prefixes of one also apply to those after it."""
        entries = [self._command(SudoCommand(""))]
        while self.takes(","):
            entries.append(self._command(entries[-1]))
        return tuple(entries)

    def _privilege(self) -> Privilege:
        hosts = self.items()
        self.expect("=")
        return Privilege(hosts, self.commands())

    def _item(self) -> ListElement:
        no = self._negated()
        self._skip()
        match = IPV6.match(self.text, self.at) or self._match(NAME, "a name")
        self.at = match.end()
        return ListElement(plain(match.group()), no)

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
            if match := SETTING.match(self.text, self.at):
                settings[match[1]] = plain(match[2])
            elif match := TAG.match(self.text, self.at):
                opposite = match[1][2:] if match[1].startswith("NO") else f"NO{match[1]}"
                tags = (*(tag for tag in tags if tag not in (match[1], opposite)), match[1])
            else:
                break
            self.at = match.end()
        no = self._negated()
        digest = ""
        self._skip()
        if match := DIGESTS.match(self.text, self.at):
            digest, self.at = re.sub(r"\s+", "", match.group()), match.end()
        return SudoCommand(self._command_text(), no, runas, tags, tuple(sorted(settings.items())), digest)

    def _command_text(self) -> str:
        """Read a command with arguments, up to a `,` or `:` that is neither escaped nor in a regular expression."""
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

    def _match(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        self._skip()
        match = pattern.match(self.text, self.at)
        if match is None:
            raise SudoersError(f"{expected} is expected at {self.text[self.at :][:20]!r}")
        self.at = match.end()
        return match

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1


def plain(word: str) -> str:
    """Return a word without its quotes and backslashes."""
    quoted = re.fullmatch(r'([%+]?:?)"(.*)"', word, re.DOTALL)
    if quoted:
        word = quoted[1] + quoted[2]
    word = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda escape: chr(int(escape[1], 16)), word)
    return re.sub(r"\\(.)", r"\1", word)
