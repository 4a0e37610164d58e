"""Write docs/reference/ from the code: hooks, model, options, errors, commands, environment variables.

    python tools/reference.py

Everything comes from docstrings, signatures, fields and command-line options. Sources are read as text, so the pages
are the same on every Python; no connector that is installed shows in them, nor does the width of a terminal.
`undocumented()` names what has no description; tests/docs/test_reference.py fails for it and for outdated pages.
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
from reference_sources import PACKAGE, SourceModule, block, class_part, docstring, literals, page, signature, table

import connector_host
import connector_host.http
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
    """Return the page of hooks, by phase."""
    source, run = SourceModule("hookspecs.py"), SourceModule("run.py")
    by_phase: dict[str, list[ast.FunctionDef]] = {}
    for node in source.public(ast.FunctionDef):
        by_phase.setdefault(source.section(node), []).append(node)
    parts = [table(("phase", "hooks"), [
        (phase, ", ".join(f"[`{hook.name}`](#{hook.name})" for hook in nodes)) for phase, nodes in by_phase.items()
    ])]  # fmt: skip
    for phase, nodes in by_phase.items():
        parts.append(f"## {phase.capitalize()}")
        for node in nodes:
            must = "Every connector must have it." if node.name in REQUIRED_HOOKS else ""
            parts += [f"### {node.name}", block(signature(source, node)), docstring(node), *([must] if must else [])]
    parts += [
        "## What hooks are given",
        *(
            class_part(source, node)
            for source in (run, SourceModule("session_store.py"))
            for node in source.public(ast.ClassDef)
            if node.name in connector_host.__all__
        ),
    ]
    words = next(words for name, _value, words in literals(source) if name == "HOST_API")
    constants = f"`hookimpl` marks a function as a hook.\n\n`HOST_API`: {words}"
    return page("Hooks", source.doc.partition("\n")[2].strip(), [constants, *parts])


# ----------------------------------------------------------------------------------------------- model and options


def model() -> str:
    """Return the page of the values that hooks take and return."""
    source, enums = SourceModule("model.py"), SourceModule("enums.py")
    parts = [*_sections(SourceModule("identifiers.py"), "Identifiers"), *_sections(source, "")]
    traits = SourceModule("traits.py")
    parts += ["## Traits", traits.doc.partition("\n")[2].strip(), *_sections(traits, "")]
    union = " | ".join(re.findall(r"\w+Trait\b", traits.text.partition("ResourceTrait = (")[2].partition(")")[0]))
    parts.append(f"### ResourceTrait\n\nAny of the traits: `{union}`.")
    annotations = SourceModule("annotations.py")
    parts += ["## Annotations", annotations.doc.partition("\n")[2].strip(), *_sections(annotations, "")]
    credentials = SourceModule("credentials.py")
    parts += ["## Accounts and credentials", credentials.doc, *_sections(credentials, "")]
    tickets = SourceModule("tickets.py")
    parts += ["## Tickets", tickets.doc, *_sections(tickets, "")]
    actions = SourceModule("actions.py")
    parts += ["## Actions", actions.doc.partition("\n")[2].strip(), *_sections(actions, "")]
    events = SourceModule("event_feeds.py")
    parts += ["## Events", events.doc, *_sections(events, "")]
    parts.append("## Enumerations")
    parts += [class_part(enums, node) for node in enums.public(ast.ClassDef)]
    return page("Model", source.doc.partition("\n")[2].strip(), parts)


def _sections(source: SourceModule, title: str) -> Iterator[str]:
    """Yield the parts of a module: a heading for each of its sections, then its classes and functions."""
    if title:
        yield f"## {title}"
    section = ""
    for node in source.public((ast.ClassDef, ast.FunctionDef)):
        if source.section(node) != section:
            section = source.section(node)
            yield f"## {section.capitalize()}"
        if isinstance(node, ast.ClassDef):
            yield class_part(source, node)
        else:
            yield f"### {node.name}\n\n{block(signature(source, node))}\n\n{docstring(node)}"


def options() -> str:
    """Return the page of options and secrets."""
    source, secret = SourceModule("options.py"), SourceModule("secret.py")
    parts = [class_part(source, node, "##") for node in source.public(ast.ClassDef)]
    parts += [
        class_part(secret, node, "##") for node in secret.public(ast.ClassDef) if node.name in connector_host.__all__
    ]
    return page("Options", source.doc.partition("\n")[2].strip(), parts)


# ----------------------------------------------------------------------------------------------- errors


def errors() -> str:
    """Return the page of errors with their exit codes."""
    from connector_host import errors as module  # noqa: PLC0415 - a name of its own here

    source = SourceModule("errors.py")
    before, _, remainder = source.doc.partition("::\n")
    drawing, after = remainder.strip("\n").rsplit("\n\n", 1)
    by_code: dict[int, list[str]] = {}
    parts = []
    for node in source.public(ast.ClassDef):
        error_class = getattr(module, node.name)
        by_code.setdefault(error_class.exit_code, []).append(node.name)
        own = [method for method in node.body if isinstance(method, ast.FunctionDef) and method.name == "__init__"]
        shown = [block(signature(source, method).replace("__init__", node.name).partition(" ->")[0]) for method in own]
        parts.append("\n\n".join([f"### {node.name}", *shown, f"{docstring(node)} Exit code {error_class.exit_code}."]))
    rows = [("0", "success"), ("1", "`diff --exit-code`: differences; `validate`, `plugins --check`: findings")]
    rows += [(str(code), ", ".join(f"[{name}](#{name.lower()})" for name in by_code[code])) for code in sorted(by_code)]
    rows.append(("143", "stopped by SIGTERM"))
    tree = re.sub("^    ", "", drawing, flags=re.MULTILINE)
    intro = "\n\n".join([before.strip(), block(tree, "text"), after])
    exits = "## Exit codes\n\n" + table(("code", "error"), rows)
    return page("Errors", intro, [exits, "## Each error", *parts])


# ----------------------------------------------------------------------------------------------- commands


class _Describing:
    """Connector that takes no options."""

    @hookimpl
    def connector_info(self) -> connector_host.ConnectorInfo:
        """Return its name in help texts."""
        return connector_host.ConnectorInfo("the connector", api=connector_host.HOST_API)

    @hookimpl
    def list_resource_types(self) -> list[connector_host.ResourceType]:
        """Return no types; the reference does not call it."""
        return []


def all_commands() -> Iterator[tuple[str, click.Command, click.Command]]:
    """Yield its words, the command and the one with its options, for every built-in command and subcommand."""
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
            for sub, subcommand in command.commands.items():
                if isinstance(subcommand, ConnectorGroup):
                    yield f"{name} {sub} CONNECTOR", subcommand, subcommand.make(connector)
                else:
                    yield f"{name} {sub}", subcommand, subcommand


def commands() -> str:
    """Return the page of commands and options."""
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
    arguments = [argument for argument in taking.params if isinstance(argument, click.Argument)]
    shown = [
        name if argument.required or name.startswith("[") else f"[{name}]"
        for argument in arguments
        for name in [_name(argument)]
    ]
    usage = " ".join([PROGRAM, words, *shown, "[OPTIONS]"])
    parts = [f"### {words.removesuffix(' CONNECTOR')}", block(usage, "text"), _help(command), _options(taking)]
    return "\n\n".join(part for part in parts if part)


def _name(argument: click.Argument) -> str:
    return (argument.metavar or (argument.name or "").upper()).strip("[]")


def _help(command: click.Command) -> str:
    return "\n".join(line.strip() for line in (command.help or "").strip().splitlines())


def _own(command: click.Command) -> list[click.Option]:
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    return sorted(options, key=lambda option: option.name == "help")


def _options(command: click.Command) -> str:
    rows = [(_flags(option), _text(option)) for option in _own(command)]
    return table(("option", ""), rows) if rows else ""


def _flags(option: click.Option) -> str:
    flags = [*option.opts, *option.secondary_opts]
    value = "" if option.is_flag or option.count else " " + (option.metavar or _value(option.type))
    return ", ".join(f"`{flag}`" for flag in flags[:-1]) + (", " if flags[:-1] else "") + f"`{flags[-1]}{value}`"


def _value(parameter_type: Any) -> str:
    if isinstance(parameter_type, click.Choice):
        return "[" + "|".join(map(str, parameter_type.choices)) + "]"
    return "INTEGER" if isinstance(parameter_type, click.IntRange) else parameter_type.name.upper()


def _text(option: click.Option) -> str:
    default = f" [default: {option.default}]" if option.show_default is True else ""
    return " ".join((option.help or "").split()) + default


# ----------------------------------------------------------------------------------------------- environment


def option_variables() -> dict[str, dict[str, list[str]]]:
    """Return {variable: {option: commands with it}}, from the variables that the help of options names."""
    variables: dict[str, dict[str, list[str]]] = {}
    for words, command in [("every command", root), *((words, taking) for words, _, taking in all_commands())]:
        for option in _own(command):
            noted = re.findall(r"\[(?P<notes>[^\]]*)\]", option.help or "")
            for variable in VARIABLE.findall(noted[-1]) if noted else []:
                variables.setdefault(variable, {}).setdefault(option.opts[-1], []).append(
                    words.removesuffix(" CONNECTOR")
                )
    return variables


@functools.cache
def constant_variables() -> dict[str, str]:
    """Return {variable: the docstring below its constant} for the variables that a module names."""
    sources = [SourceModule(str(path.relative_to(PACKAGE))) for path in sorted(PACKAGE.rglob("*.py"))]
    constants = [(value, words) for source in sources for _name, value, words in literals(source)]
    return {value: words for value, words in constants if isinstance(value, str) and VARIABLE.fullmatch(value)}


def environment() -> str:
    """Return the page of environment variables."""
    by_option = option_variables()
    rows = [
        (f"`{variable}`", _listed(flags), _some(command for flags_of in flags.values() for command in flags_of))
        for variable, flags in sorted(by_option.items())
    ]
    further = [(f"`{name}`", words) for name, words in sorted(constant_variables().items()) if name not in by_option]
    further += [("`NO_COLOR`", "No colours, whatever it is set to."), ("`TMPDIR`", "Where temporary files go.")]
    intro = (
        "An empty variable counts as not set. Each option of a connector is read from `BATON_` and its name in"
        f" capitals, too: `--auth-type` from `BATON_AUTH_TYPE`. `{PROGRAM} sync CONNECTOR --help` names them."
    )
    parts = ["## In the place of an option", table(("variable", "option", "of"), rows)]
    return page("Environment variables", intro, [*parts, "## Others", table(("variable", ""), further)])


def _some(words: Iterable[str]) -> str:
    names = sorted(set(words))
    if len(names) > 8:
        return "most commands"
    return _listed(name for name in names if name != "every command") or "every command"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


# ----------------------------------------------------------------------------------------------- all of it

AUTHOR_MODULES = (
    *(
        "hookspecs.py",
        "identifiers.py",
        "model.py",
        "traits.py",
        "annotations.py",
        "actions.py",
        "event_feeds.py",
        "enums.py",
    ),
    *("options.py", "secret.py", "run.py", "session_store.py", "errors.py"),
)


def http() -> str:
    """Return the page of the HTTP client."""
    parts = []
    for name, title in (("client", "The client"), ("auth", "Authentication"), ("paging", "Paging")):
        source = SourceModule(f"http/{name}.py")
        classes = [node for node in source.public(ast.ClassDef) if node.name in connector_host.http.__all__]
        parts += [f"## {title}", *(class_part(source, node) for node in classes)]
    return page("HTTP client", SourceModule("http/__init__.py").doc, parts)


PAGES = {
    "http": http,
    "hooks": hooks,
    "model": model,
    "options": options,
    "errors": errors,
    "commands": commands,
    "environment": environment,
}


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    return {f"{name}.md": make() for name, make in PAGES.items()}


def undocumented() -> list[str]:
    """Return a line for everything public that has no description, or no place in any page."""
    return [*_without_docstring(), *_without_help(), *_unnamed("\n".join(pages().values()))]


def _without_docstring() -> Iterator[str]:
    for name in AUTHOR_MODULES:
        for node in SourceModule(name).public((ast.ClassDef, ast.FunctionDef)):
            inner = node.body if isinstance(node, ast.ClassDef) else []
            methods = [
                member for member in inner if isinstance(member, ast.FunctionDef) and not member.name.startswith("_")
            ]
            yield from (
                f"{name}: {member.name} has no docstring" for member in (node, *methods) if not docstring(member)
            )


def _without_help() -> Iterator[str]:
    for words, command, taking in [("", root, root), *all_commands()]:
        if not command.help:
            yield f"the command {words} has no help"
        for parameter in taking.params:
            if isinstance(parameter, click.Argument) and not re.search(rf"\b{_name(parameter)}\b", command.help or ""):
                yield f"the help of {words} does not say what {_name(parameter)} is"
            if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help:
                yield f"{words} {parameter.opts[-1]} has no help"


def _unnamed(text: str) -> Iterator[str]:
    """Yield a line for each public name and each variable that is on no page."""
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
    """Write the pages; name what has no description."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for problem in (problems := undocumented()):
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
