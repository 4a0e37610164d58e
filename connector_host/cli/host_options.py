"""The options of the host, declared like those of a connector: flag, environment, `[host]` key, default."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..options import Option, OptionType, at_least_one, env_name, more_than_zero
from ..plugins.discovery import CONFIG_VARIABLE, FOLDERS

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
    Option(
        name="log-format",
        choices=LOG_FORMATS,
        default="console",
        help="Write logs on standard error as text or as JSON.",
    ),
    Option(name="log-level", choices=LOG_LEVELS, default="info", help="Log messages of this level and above."),
)


def _percent(value: float) -> str | None:
    return None if 0 <= value <= 100 else f"{value:g} is not a percentage from 0 to 100"


def rate_limit(text: str) -> tuple[int, float] | None:
    """Return the calls and seconds of `100/60`; None for `none`. Raises ValueError."""
    if text == "none":
        return None
    before, _, after = text.partition("/")
    calls, seconds = int(before), float(after)
    if calls < 1 or not 0 < seconds < 1e9:  # which is false for nan, too
        raise ValueError
    return calls, seconds


def _rate(value: str) -> str | None:
    try:
        rate_limit(value)
    except ValueError:
        return f"{value!r} is neither CALLS/SECONDS nor none"
    return None


SYNC_OPTIONS = (
    Option(name="file", type=OptionType.PATH, default="sync.c1z", help="Write this c1z file."),
    Option(
        name="lake",
        help="Also add the sync to the lake in this folder or at this URL (s3://, gs://, az://).",
        affects_rows=False,
    ),
    Option(
        name="lake-source",
        help="The name of the source in the lake. By default connector and account make it.",
        affects_rows=False,
    ),
    Option(
        name="page-size",
        type=OptionType.INT,
        check=at_least_one,
        help="Ask the connector for pages of this size. By default the connector chooses.",
    ),
    Option(
        name="workers",
        type=OptionType.INT,
        check=at_least_one,
        help="Make this many calls at once, never more than the connector declares, which is the default.",
    ),
    Option(
        name="fresh",
        type=OptionType.BOOL,
        default=False,
        help="Delete the state of an unfinished run and start a new one.",
    ),
    Option(
        name="allow-partial",
        type=OptionType.BOOL,
        default=False,
        help="Write the file even if parts could not be read. It names those parts.",
    ),
    Option(
        name="skip-grant-expansion",
        type=OptionType.BOOL,
        default=False,
        help="Do not add the grants that members inherit through groups.",
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
        help="Read only these resource types, by id. Grants to principals of other types are left out.",
    ),
    Option(
        name="sync-resources",
        type=OptionType.STRINGS,
        help="Read only these resources and their parents, as type:id or bid:r:type/id: a partial sync.",
    ),
    Option(
        name="skip-grants",
        type=OptionType.BOOL,
        default=False,
        help="Do not read the grants on the resources of --sync-resources.",
    ),
    Option(
        name="max-attempts",
        type=OptionType.INT,
        default=8,
        check=at_least_one,
        help="End the run after this many failed attempts of one call.",
    ),
    Option(
        name="deadline",
        type=OptionType.FLOAT,
        check=more_than_zero,
        help="End the run after this many seconds with exit code 8. The same command resumes it.",
    ),
    Option(
        name="rate-limit",
        check=_rate,
        help="Make at most CALLS calls in SECONDS seconds, as in 100/60, instead of the limits that the connector"
        " declares. none: no limit.",
    ),
    Option(
        name="storage-engine",
        choices=("sqlite", "pebble"),
        help="Write this file format: sqlite is v1, pebble is v3, which holds one sync. By default the format of the"
        " existing file, and sqlite for a new one.",
    ),
    Option(
        name="allow-shrink",
        type=OptionType.BOOL,
        default=False,
        help="Write the file even if it has far fewer resources or grants than before.",
    ),
    Option(
        name="shrink-threshold",
        type=OptionType.FLOAT,
        default=50.0,
        check=_percent,
        help="End the run with exit code 7 if more than this percentage of the resources or grants is missing.",
    ),
    Option(
        name="read-all",
        type=OptionType.BOOL,
        default=False,
        help="Read all grants, also those that have not changed since the previous sync.",
    ),
    Option(
        name="previous-file",
        type=OptionType.PATH,
        help="Take unchanged grants from the newest full sync of this file. By default from the output file.",
    ),
    Option(
        name="strict",
        type=OptionType.BOOL,
        default=False,
        help="End the run at the first malformed item of the connector, instead of skipping and counting it.",
    ),
    Option(
        name="metrics",
        type=OptionType.PATH,
        help="Write the summary of the run to this JSON file, also if the run fails.",
    ),
)

RESERVED = frozenset(
    {
        *(option.name for option in (*LOG_OPTIONS, *SYNC_OPTIONS)),
        *("config", "debug", "help", "version", "output"),
        *("dry-run", "audit"),
    }
)
"""Names of the host's options, present or future, that a connector may not use for its own."""


def click_option(option: Option, short: str = "", *, callback: Any = None, **settings: Any) -> click.Option:
    """Make a click option of a declared option.

    click only splits the words: values stay raw, None means not given, and `connector_host.options` converts them.
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
    """Return the keyword under which click passes an option."""
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
        notes.append("secret: use the variable; '-' reads it from standard input")
    return f"{option.help} [{'; '.join(notes)}]".strip()


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


# ----------------------------------------------------------------------------------------------- global options


def add_global_options(command: click.Command, *, hidden: bool) -> None:
    """Add the global options, `--config` and so on, to `command`, except where it has one of that name."""
    own_flags = {flag for parameter in command.params for flag in parameter.opts}
    for option in _global_options(hidden=hidden):
        if not own_flags.intersection(option.opts):
            command.params.append(option)


def _global_options(*, hidden: bool) -> list[click.Option]:
    shared: dict[str, Any] = {"expose_value": False, "hidden": hidden}
    return [
        click.Option(
            ["--config"],
            metavar="FILE",
            help="Read options from this file. [CONNECTOR_HOST_CONFIG; default: ./connector-host.toml if it exists]",
            callback=_config,
            **shared,
        ),
        click.Option(
            ["--plugins-dir"],
            metavar="FOLDER",
            multiple=True,
            help="Use each NAME.py in this folder as the connector NAME. [CONNECTOR_HOST_PLUGINS_DIR]",
            callback=_plugins_dir,
            **shared,
        ),
        *(click_option(option, callback=_remember(option.name), **shared) for option in LOG_OPTIONS),
        click.Option(
            ["--trace-hooks"],
            is_flag=True,
            help="Log each call of the connector's hooks with its arguments and its result.",
            callback=_set_trace,
            **shared,
        ),
        click.Option(
            ["--debug"], is_flag=True, help="Show tracebacks and all log messages.", callback=_set_debug, **shared
        ),
    ]


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            context.find_root().obj.flags[name] = value

    return keep


def _config(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
    """Keep the config file, also for discovery and for child processes while the command runs."""
    if value is not None:
        context.find_root().obj.flags["config"] = value
        _set_variable(context, CONFIG_VARIABLE, str(Path(value).expanduser().absolute()))


def _set_variable(context: click.Context, name: str, value: str) -> None:
    """Set a variable of the environment while the command runs."""
    before = os.environ.get(name)
    os.environ[name] = value

    def restore() -> None:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before

    context.find_root().call_on_close(restore)


def _plugins_dir(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    """Put the folders into the variable that discovery and child processes read, while the command runs."""
    if not value:
        return
    for folder in value:
        if not Path(folder).is_dir():
            raise click.BadParameter(f"{folder} is not a folder", context, parameter)
    before = os.environ.get(FOLDERS)
    folders = [*([before] if before else []), *(str(Path(folder).absolute()) for folder in value)]
    _set_variable(context, FOLDERS, os.pathsep.join(folders))


def _set_debug(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.find_root().obj.debug = context.find_root().obj.debug or value


def _set_trace(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.find_root().obj.trace_hooks = context.find_root().obj.trace_hooks or value
