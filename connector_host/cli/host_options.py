"""The options of the host, declared as a connector declares its own: flag, environment, `[host]` key, default."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..options import Option, OptionType, env_name
from ..plugins.discovery import FOLDERS

__all__ = [
    "LOG_OPTIONS",
    "RESERVED",
    "SYNC_OPTIONS",
    "add_global_options",
    "click_option",
    "parameter_name",
    "rate_limit",
]

LOG_FORMATS = ("console", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")

LOG_OPTIONS = (
    Option(name="log-format", choices=LOG_FORMATS, default="console", help="How to narrate on standard error."),
    Option(name="log-level", choices=LOG_LEVELS, default="info", help="How much to narrate."),
)


def _positive(value: Any) -> str | None:
    return None if value >= 1 else f"{value} is not at least 1"


def _some(value: float) -> str | None:
    return None if value > 0 else f"{value:g} is not more than 0"


def _percent(value: float) -> str | None:
    return None if 0 <= value <= 100 else f"{value:g} is not a percentage from 0 to 100"


def rate_limit(text: str) -> tuple[int, float] | None:
    """Calls and seconds of `100/60`; None for `none`. Raises ValueError."""
    if text == "none":
        return None
    calls, _, seconds = text.partition("/")
    found = int(calls), float(seconds)
    if found[0] < 1 or not 0 < found[1] < 1e9:  # which is false for nan, too
        raise ValueError
    return found


def _rate(value: str) -> str | None:
    try:
        rate_limit(value)
    except ValueError:
        return f"{value!r} is neither CALLS/SECONDS nor none"
    return None


SYNC_OPTIONS = (
    Option(name="file", type=OptionType.PATH, default="sync.c1z", help="The c1z file to write."),
    Option(
        name="page-size",
        type=OptionType.INT,
        check=_positive,
        help="Ask the connector for pages of this size; the connector's choice if not given.",
    ),
    Option(
        name="workers",
        type=OptionType.INT,
        check=_positive,
        help="How many calls at once; what the connector declares if not given, and never more than that.",
    ),
    Option(
        name="fresh", type=OptionType.BOOL, default=False, help="Delete the state of an unfinished run, start anew."
    ),
    Option(
        name="allow-partial",
        type=OptionType.BOOL,
        default=False,
        help="Write the file even if parts may not be read; they are named in it.",
    ),
    Option(
        name="skip-grant-expansion",
        type=OptionType.BOOL,
        default=False,
        help="Do not derive the grants that members of groups have through them.",
    ),
    Option(
        name="skip-entitlements-and-grants",
        type=OptionType.BOOL,
        default=False,
        help="Read only resource types and resources.",
    ),
    Option(
        name="sync-resource-types",
        type=OptionType.STRINGS,
        help="Read only these resource types. Grants to principals of other types are left out, so name those too.",
    ),
    Option(
        name="sync-resources",
        type=OptionType.STRINGS,
        help="Read only these resources, named as type:id or bid:r:type/id, with their parents: a partial sync.",
    ),
    Option(
        name="skip-grants",
        type=OptionType.BOOL,
        default=False,
        help="With --sync-resources: do not read who holds what on them.",
    ),
    Option(
        name="max-attempts",
        type=OptionType.INT,
        default=8,
        check=_positive,
        help="How often one call is tried before the run ends.",
    ),
    Option(
        name="deadline",
        type=OptionType.FLOAT,
        check=_some,
        help="Seconds for the whole run; after that it ends with exit code 8 and goes on when called again.",
    ),
    Option(
        name="rate-limit",
        check=_rate,
        help="At most so many calls in so many seconds, as in 100/60, instead of what the connector declares;"
        " none: no limit.",
    ),
    Option(
        name="storage-engine",
        choices=("sqlite", "pebble"),
        help="The format of the file: sqlite is v1; pebble is v3, which holds one sync. That of the file which is there"
        " if not given, and sqlite for a new one.",
    ),
    Option(
        name="allow-shrink",
        type=OptionType.BOOL,
        default=False,
        help="Write the file even if far fewer resources or grants are left than before.",
    ),
    Option(
        name="shrink-threshold",
        type=OptionType.FLOAT,
        default=50.0,
        check=_percent,
        help="How many percent of the resources or grants may be gone before the run ends with exit code 7.",
    ),
    Option(
        name="metrics",
        type=OptionType.PATH,
        help="Write what the run did to this file as JSON, also when it fails.",
    ),
)

RESERVED = frozenset(
    {
        *(option.name for option in (*LOG_OPTIONS, *SYNC_OPTIONS)),
        *("config", "debug", "help", "version", "output"),
        *("dry-run", "audit"),
    }
)
"""Names a connector may not use for its own options: the host has them, or will."""


def click_option(option: Option, short: str = "", *, callback: Any = None, **settings: Any) -> click.Option:
    """The command-line face of a declared option.

    click only splits the words: values stay raw, None means not given, and `connector_host.options` does the rest.
    """
    flags = [*([short] if short else []), option.flag]
    if option.type is OptionType.BOOL:
        flags[-1] = f"{option.flag}/{option.opposite}"
    return click.Option(
        [parameter_name(option.name), *flags],
        default=None,
        metavar=None if option.type is OptionType.BOOL else _metavar(option),
        help=_help(option),
        callback=callback,
        multiple=option.type is OptionType.STRINGS,
        **({"is_flag": True} if option.type is OptionType.BOOL else {"type": str}),
        **settings,
    )


def parameter_name(name: str) -> str:
    """The keyword under which click hands over an option."""
    return "option_" + name.replace("-", "_")


def _metavar(option: Option) -> str:
    if option.choices and option.type is not OptionType.STRINGS:
        return "[" + "|".join(option.choices) + "]"
    return {OptionType.STRINGS: "TEXT,...", OptionType.STR: "TEXT"}.get(option.type, option.type.value.upper())


def _help(option: Option) -> str:
    notes = [" or ".join((env_name(option.name), *option.env))]
    if option.choices and option.type is OptionType.STRINGS:
        notes.append("of " + ", ".join(option.choices))
    if option.default not in (None, (), []):
        notes.append(f"default: {_default(option.default)}")
    if option.required:
        notes.append("required")
    elif option.required_when is not None:
        notes.append("required in some modes")
    if option.secret:
        notes.append("secret: better not as a flag, '-' reads it from standard input")
    return f"{option.help} [{'; '.join(notes)}]".strip()


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


# ----------------------------------------------------------------------------------------------- global options


def add_global_options(command: click.Command, *, hidden: bool) -> None:
    """Give `command` the global options, `--config` and so on, where it has none of that name."""
    taken = {flag for parameter in command.params for flag in parameter.opts}
    for option in _global_options(hidden=hidden):
        if not taken.intersection(option.opts):
            command.params.append(option)


def _global_options(*, hidden: bool) -> list[click.Option]:
    shared: dict[str, Any] = {"expose_value": False, "hidden": hidden}
    return [
        click.Option(
            ["--config"],
            metavar="FILE",
            help="Read defaults from this file. [CONNECTOR_HOST_CONFIG; default: connector-host.toml if it is there]",
            callback=_remember("config"),
            **shared,
        ),
        click.Option(
            ["--plugins-dir"],
            metavar="FOLDER",
            multiple=True,
            help="Take each NAME.py in this folder for the connector NAME. [CONNECTOR_HOST_PLUGINS_DIR]",
            callback=_plugins_dir,
            **shared,
        ),
        *(click_option(option, callback=_remember(option.name), **shared) for option in LOG_OPTIONS),
        click.Option(
            ["--trace-hooks"],
            is_flag=True,
            help="Tell of each call of a connector's hooks: what it was asked, what it gave.",
            callback=_set_trace,
            **shared,
        ),
        click.Option(
            ["--debug"], is_flag=True, help="Show tracebacks and everything logged.", callback=_set_debug, **shared
        ),
    ]


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            context.find_root().obj.flags[name] = value

    return keep


def _plugins_dir(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    """Put the folders where discovery and child processes look for them, for the time of the command."""
    if not value:
        return
    for folder in value:
        if not Path(folder).is_dir():
            raise click.BadParameter(f"{folder} is not a folder", context, parameter)
    before = os.environ.get(FOLDERS)
    os.environ[FOLDERS] = os.pathsep.join(
        [*([before] if before else []), *(str(Path(folder).absolute()) for folder in value)]
    )

    def restore() -> None:
        if before is None:
            os.environ.pop(FOLDERS, None)
        else:
            os.environ[FOLDERS] = before

    context.find_root().call_on_close(restore)


def _set_debug(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.find_root().obj.debug = context.find_root().obj.debug or value


def _set_trace(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.find_root().obj.trace_hooks = context.find_root().obj.trace_hooks or value
