"""All pages of the repository: their links lead somewhere, their command lines are ones that the program takes."""

import os
import re
import shlex
from pathlib import Path

import click
import pytest

from connector_host import ConnectorInfo, hookimpl
from connector_host.cli.app import App
from connector_host.cli.commands.connectors.connector_group import ConnectorGroup
from connector_host.cli.lazy_group import adopt
from connector_host.cli.main import PROGRAM, root
from connector_host.plugins import discovery
from connector_host.plugins.loading import make_connector
from tests.docs.walkthrough import FENCE

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "plugins", "benchmarks", "proto", "tools")
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *(one for folder in FOLDERS for one in (ROOT / folder).rglob("*.md")))
    if not {"node_modules", ".venv", ".pytest_cache"}.intersection(path.parts)
)
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
TYPED = re.compile(r"^ {4}(?:\$ )?(?:\.venv/bin/)?(?P<command>connector-host .*)$", re.MULTILINE)
TYPED_IN_FENCE = re.compile(r"^ {0,4}(?:\$ )?(?:\.venv/bin/)?(?P<command>connector-host .*)$", re.MULTILINE)
SPAN = re.compile(r"`(?:\.venv/bin/)?(?P<command>connector-host [^`]*)`")


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(name):
    """The anchors that the headings of a page have, as GitHub makes them."""
    plain = FENCE.sub("", text_of(name))
    headings = [line.lstrip("#").strip() for line in plain.splitlines() if re.match(r"#{1,6} ", line)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(name, text):
    for found in LINK.finditer(FENCE.sub("", text)):
        path, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists():
            yield f"{found['target']}: there is no {path}"
        elif anchor and anchor not in anchors(os.path.relpath(target, ROOT)):
            yield f"{found['target']}: no heading has that anchor"


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    assert list(broken_links(name, text_of(name))) == []


def test_a_broken_link_is_found():
    text = "[a](docs/none.md) [b](#nothing) [c](docs/tutorial.md#nowhere) [d](docs/tutorial.md#the-application)"
    assert len(list(broken_links("README.md", text))) == 3


def test_every_page_of_docs_is_reached_from_the_readme():
    seen, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name not in seen and (ROOT / name).exists():
            seen.add(name)
            for found in LINK.finditer(text_of(name)):
                path = found["target"].partition("#")[0]
                if path.endswith(".md"):
                    waiting.append(os.path.relpath((ROOT / name).parent / path, ROOT))
    assert {name for name in PAGES if name.startswith("docs")} <= seen


# ----------------------------------------------------------------------------------------------- command lines


class Nobody:
    """Stands for a connector that is not installed here."""

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Nobody", api=1)

    @hookimpl
    def list_resource_types(self):
        return []


def parse(line, *, whole):
    """Have click take a command line apart, without running it. `whole`: nothing that it needs may be missing."""
    words = shlex.split(re.split(r"  +|\s[|>]\s?|;", line)[0], comments=True)[1:]
    words = [
        str(ROOT) if before == "--plugins-dir" else word for before, word in zip(["", *words], words, strict=False)
    ]
    context = root.make_context(PROGRAM, words, obj=App(), resilient_parsing=True)
    with context:
        words, command = _rest(context), root
        while isinstance(command, click.Group) and words:
            name, *words = words
            found, words = _subcommand(context, command, name, words)
            assert found is not None, f"there is no {name!r} in {command.name!r}"
            command = found
            needs = whole and not isinstance(command, click.Group) and "--help" not in words
            context = command.make_context(name, list(words), parent=context, resilient_parsing=not needs)
            words = _rest(context)


def _rest(context):
    """The words a group leaves for its commands; click 8 keeps the first one apart."""
    return [*getattr(context, "_protected_args", ()), *context.args]


def _subcommand(context, command, name, words):
    if not isinstance(command, ConnectorGroup):
        return command.get_command(context, name), words
    if name in {entry.name for entry in discovery.discover()}:
        return command.get_command(context, name), words
    adopt(made := command.make(make_connector(Nobody(), name)))
    known = {flag for option in made.params for flag in (*option.opts, *option.secondary_opts)}
    hosts = {flag for option in root.params for flag in option.opts}
    kept, skipping = [], False
    for word in words:  # an option of that connector, and its value
        own = word.startswith("--") and word.partition("=")[0] not in known | hosts
        if own or (skipping and not word.startswith("-")):
            skipping = own
            continue
        kept.append(word)
        skipping = False
    return made, kept


def commands(text):
    """(command line, whether it is shown to be typed) of a page."""
    for fence in FENCE.finditer(text):
        yield from ((match["command"], True) for match in TYPED_IN_FENCE.finditer(fence[0]))
    yield from ((match["command"], True) for match in TYPED.finditer(FENCE.sub("", text)))
    yield from ((found["command"], False) for found in SPAN.finditer(FENCE.sub("", text)))


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("docs/reference/")])
def test_command_lines_are_taken(name, monkeypatch):
    monkeypatch.delenv("CONNECTOR_HOST_PLUGINS_DIR", raising=False)
    for line, typed in commands(text_of(name)):
        if "COMMAND" in line:
            continue
        try:
            parse(line, whole=typed)
        except (click.ClickException, click.exceptions.Exit, AssertionError) as error:
            raise AssertionError(f"{name}: {line}: {getattr(error, 'message', error)}") from error


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("connector-host synk fake", "no 'synk'"),
        ("connector-host sync fake --fil x.c1z", "--fil"),
        ("connector-host grants --resource-typ app", "--resource-typ"),
        ("connector-host why ada", "what"),
        ("connector-host export pdf", "no 'pdf'"),
    ],
)
def test_a_wrong_command_line_is_found(line, problem):
    with pytest.raises((click.ClickException, AssertionError)) as raised:
        parse(line, whole=True)
    assert problem in str(getattr(raised.value, "message", "")) + str(raised.value) + repr(
        getattr(raised.value, "param", "")
    )
