"""Write docs/reference/ from the code: hooks, model, options, errors, commands, environment variables.

    python tools/reference.py

Everything comes from docstrings, signatures, fields and command-line options. Sources are read as text, so the pages
are the same on every Python; no connector that is installed shows in them, nor does the width of a terminal.
`undocumented()` names what has no words; tests/docs/test_reference.py fails for it, and for pages that are not current.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from reference_sources import PACKAGE, Source, block, class_part, docstring, literals, page, signature, table

import connector_host
from connector_host.cli.command_table import SECTIONS, built_in
from connector_host.cli.commands.connectors.connector_group import ConnectorGroup
from connector_host.cli.main import PROGRAM, root
from connector_host.hookspecs import hookimpl
from connector_host.plugins.contract_checks import REQUIRED_HOOKS
from connector_host.plugins.loading import make_connector

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
VARIABLE = re.compile(r"(?:CONNECTOR_HOST|BATON)(?:_[A-Z0-9]+)+")


# ----------------------------------------------------------------------------------------------- hooks


def hooks() -> str:
    """The contract: every hook by phase."""
    source, run = Source("hookspecs.py"), Source("run.py")
    by_phase: dict[str, list[ast.FunctionDef]] = {}
    for node in source.public(ast.FunctionDef):
        by_phase.setdefault(source.section(node), []).append(node)
    parts = [table(("phase", "hooks"), [
        (phase, ", ".join(f"[`{one.name}`](#{one.name})" for one in nodes)) for phase, nodes in by_phase.items()
    ])]  # fmt: skip
    for phase, nodes in by_phase.items():
        parts.append(f"## {phase.capitalize()}")
        for node in nodes:
            must = "Every connector must have it." if node.name in REQUIRED_HOOKS else ""
            parts += [f"### {node.name}", block(signature(source, node)), docstring(node), *([must] if must else [])]
    parts += ["## What hooks are given", *(class_part(run, node) for node in run.public(ast.ClassDef))]
    words = next(words for name, _value, words in literals(source) if name == "HOST_API")
    constants = f"`hookimpl` marks a function as a hook.\n\n`HOST_API`: {words}"
    return page("Hooks", source.doc.partition("\n")[2].strip(), [constants, *parts])


# ----------------------------------------------------------------------------------------------- model and options


def model() -> str:
    """Every value that hooks give and get."""
    source, enums = Source("model.py"), Source("enums.py")
    parts: list[str] = []
    section = ""
    for node in source.public((ast.ClassDef, ast.FunctionDef)):
        if source.section(node) != section:
            section = source.section(node)
            parts.append(f"## {section.capitalize()}")
        if isinstance(node, ast.ClassDef):
            parts.append(class_part(source, node))
        else:
            parts += [f"### {node.name}", block(signature(source, node)), docstring(node)]
    traits = re.search(r"^ResourceTrait = (.+)$", source.text, re.MULTILINE)
    assert traits
    parts.append(f"### ResourceTrait\n\nAny of the traits: `{traits[1]}`.")
    parts.append("## Kinds and states")
    parts += [class_part(enums, node) for node in enums.public(ast.ClassDef)]
    return page("Model", source.doc.partition("\n")[2].strip(), parts)


def options() -> str:
    """What a connector declares it can be told, and how it gets it."""
    source, secret = Source("options.py"), Source("secret.py")
    parts = [class_part(source, node, "##") for node in source.public(ast.ClassDef)]
    parts += [
        class_part(secret, node, "##") for node in secret.public(ast.ClassDef) if node.name in connector_host.__all__
    ]
    return page("Options", source.doc.partition("\n")[2].strip(), parts)


# ----------------------------------------------------------------------------------------------- errors


def errors() -> str:
    """The error tree with exit codes."""
    from connector_host import errors as module  # noqa: PLC0415 - a name of its own here

    source = Source("errors.py")
    before, _, rest = source.doc.partition("::\n")
    drawing, after = rest.strip("\n").rsplit("\n\n", 1)
    by_code: dict[int, list[str]] = {}
    parts = []
    for node in source.public(ast.ClassDef):
        kind = getattr(module, node.name)
        by_code.setdefault(kind.exit_code, []).append(node.name)
        own = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
        shown = [block(signature(source, one).replace("__init__", node.name).partition(" ->")[0]) for one in own]
        parts.append("\n\n".join([f"### {node.name}", *shown, f"{docstring(node)} Exit code {kind.exit_code}."]))
    rows = [("0", "success"), ("1", "`diff --exit-code`: differences; `validate`, `plugins --check`: findings")]
    rows += [(str(code), ", ".join(f"[{name}](#{name.lower()})" for name in by_code[code])) for code in sorted(by_code)]
    rows.append(("143", "stopped by SIGTERM"))
    tree = re.sub("^    ", "", drawing, flags=re.MULTILINE)
    intro = "\n\n".join([before.strip(), block(tree, "text"), after])
    exits = "## Exit codes\n\n" + table(("code", "error"), rows)
    return page("Errors", intro, [exits, "## Each error", *parts])


# ----------------------------------------------------------------------------------------------- commands


class _Describing:
    """Hooks of a connector that takes no options."""

    @hookimpl
    def connector_info(self) -> connector_host.ConnectorInfo:
        """Its name in help texts."""
        return connector_host.ConnectorInfo("the connector", api=connector_host.HOST_API)

    @hookimpl
    def list_resource_types(self) -> list[connector_host.ResourceType]:
        """Never asked."""
        return []


def all_commands() -> Iterator[tuple[str, click.Command, click.Command]]:
    """(words, the command, the one whose options people give) of every built-in command and its subcommands."""
    context = click.Context(root)
    connector = make_connector(_Describing(), "CONNECTOR")
    for name in built_in():
        command = root.get_command(context, name)
        assert command is not None
        if isinstance(command, ConnectorGroup):
            yield f"{name} CONNECTOR", command, command.make(connector)
            continue
        yield name, command, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", one, one) for sub, one in command.commands.items())


def commands() -> str:
    """Every command and option."""
    by_name: dict[str, list[str]] = {}
    for words, command, taking in all_commands():
        by_name.setdefault(words.split()[0], []).append(_command(words, command, taking))
    parts = ["## Options of every command", _options(root)]
    for title, names in SECTIONS.items():
        parts += [f"## {title}", *(part for name in names for part in by_name[name])]
    intro = (
        f"`{PROGRAM} COMMAND --help` says the same. Each option that has a variable or a default names them in"
        " brackets; flags win over variables, variables over the config file. `CONNECTOR` is the name of a connector,"
        f" whose own options stand beside these: `{PROGRAM} sync CONNECTOR --help`."
    )
    return page("Commands", intro, parts)


def _command(words: str, command: click.Command, taking: click.Command) -> str:
    arguments = [one for one in taking.params if isinstance(one, click.Argument)]
    shown = [
        name if one.required or name.startswith("[") else f"[{name}]" for one in arguments for name in [_name(one)]
    ]
    usage = " ".join([PROGRAM, words, *shown, "[OPTIONS]"])
    parts = [f"### {words.removesuffix(' CONNECTOR')}", block(usage, "text"), _help(command), _options(taking)]
    return "\n\n".join(part for part in parts if part)


def _name(argument: click.Argument) -> str:
    return (argument.metavar or (argument.name or "").upper()).strip("[]")


def _help(command: click.Command) -> str:
    return "\n".join(line.strip() for line in (command.help or "").strip().splitlines())


def _own(command: click.Command) -> list[click.Option]:
    found = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    return sorted(found, key=lambda one: one.name == "help")


def _options(command: click.Command) -> str:
    rows = [(_flags(one), _text(one)) for one in _own(command)]
    return table(("option", ""), rows) if rows else ""


def _flags(option: click.Option) -> str:
    flags = [*option.opts, *option.secondary_opts]
    value = "" if option.is_flag or option.count else " " + (option.metavar or _value(option.type))
    return ", ".join(f"`{flag}`" for flag in flags[:-1]) + (", " if flags[:-1] else "") + f"`{flags[-1]}{value}`"


def _value(kind: Any) -> str:
    if isinstance(kind, click.Choice):
        return "[" + "|".join(map(str, kind.choices)) + "]"
    return "INTEGER" if isinstance(kind, click.IntRange) else kind.name.upper()


def _text(option: click.Option) -> str:
    default = f" [default: {option.default}]" if option.show_default is True else ""
    return " ".join((option.help or "").split()) + default


# ----------------------------------------------------------------------------------------------- environment


def option_variables() -> dict[str, dict[str, list[str]]]:
    """{variable: {option: commands that take it}}, from what the help of options names."""
    found: dict[str, dict[str, list[str]]] = {}
    for words, command in [("every command", root), *((words, taking) for words, _, taking in all_commands())]:
        for one in _own(command):
            noted = re.findall(r"\[(?P<notes>[^\]]*)\]", one.help or "")
            for variable in VARIABLE.findall(noted[-1]) if noted else []:
                found.setdefault(variable, {}).setdefault(one.opts[-1], []).append(words.removesuffix(" CONNECTOR"))
    return found


@functools.cache
def constant_variables() -> dict[str, str]:
    """{variable: what the docstring below its constant says} for those that a module names."""
    sources = [Source(str(path.relative_to(PACKAGE))) for path in sorted(PACKAGE.rglob("*.py"))]
    constants = [(value, words) for source in sources for _name, value, words in literals(source)]
    return {value: words for value, words in constants if isinstance(value, str) and VARIABLE.fullmatch(value)}


def environment() -> str:
    """Every environment variable."""
    known = option_variables()
    rows = [
        (f"`{variable}`", _listed(flags), _some(one for found in flags.values() for one in found))
        for variable, flags in sorted(known.items())
    ]
    others = [(f"`{name}`", words) for name, words in sorted(constant_variables().items()) if name not in known]
    others += [("`NO_COLOR`", "No colours, whatever it is set to."), ("`TMPDIR`", "Where temporary files go.")]
    intro = (
        "An empty variable counts as not set. Each option of a connector is read from `BATON_` and its name in"
        f" capitals, too: `--auth-type` from `BATON_AUTH_TYPE`. `{PROGRAM} sync CONNECTOR --help` names them."
    )
    parts = ["## In the place of an option", table(("variable", "option", "of"), rows)]
    return page("Environment variables", intro, [*parts, "## Others", table(("variable", ""), others)])


def _some(words: Iterable[str]) -> str:
    names = sorted(set(words))
    if len(names) > 8:
        return "most commands"
    return _listed(name for name in names if name != "every command") or "every command"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


# ----------------------------------------------------------------------------------------------- all of it

PAGES = {
    "hooks": hooks,
    "model": model,
    "options": options,
    "errors": errors,
    "commands": commands,
    "environment": environment,
}


def pages() -> dict[str, str]:
    """{file name: text} of every page, from the code as it is."""
    return {f"{name}.md": make() for name, make in PAGES.items()}


def undocumented() -> list[str]:
    """What is public and has no words, or no place in any page."""
    return [*_without_docstring(), *_without_help(), *_unnamed("\n".join(pages().values()))]


def _without_docstring() -> Iterator[str]:
    for name in ("hookspecs.py", "model.py", "enums.py", "options.py", "secret.py", "run.py", "errors.py"):
        for node in Source(name).public((ast.ClassDef, ast.FunctionDef)):
            inner = node.body if isinstance(node, ast.ClassDef) else []
            methods = [one for one in inner if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")]
            yield from (f"{name}: {one.name} has no docstring" for one in (node, *methods) if not docstring(one))


def _without_help() -> Iterator[str]:
    for words, command, taking in [("", root, root), *all_commands()]:
        if not command.help:
            yield f"the command {words} has no help"
        for one in taking.params:
            if isinstance(one, click.Argument) and not re.search(rf"\b{_name(one)}\b", command.help or ""):
                yield f"the help of {words} does not say what {_name(one)} is"
            if isinstance(one, click.Option) and not one.hidden and not one.help:
                yield f"{words} {one.opts[-1]} has no help"


def _unnamed(text: str) -> Iterator[str]:
    """Names of the package face and variables in the code that are not in the text of the pages."""
    for name in connector_host.__all__:
        if not re.search(rf"^#+ {name}$|`{name}`", text, re.MULTILINE):
            yield f"connector_host.{name} is on no page"
    for name, words in constant_variables().items():
        if not words and name not in option_variables():
            yield f"the constant of the variable {name} has no docstring below it"
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    for name in sorted(set(re.findall(rf'"({VARIABLE.pattern})"', code))):
        if f"`{name}`" not in text:
            yield f"the variable {name} is on no page: give it a constant with a docstring below"


def main() -> int:
    """Write the pages; name what has no words."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for problem in (found := undocumented()):
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
