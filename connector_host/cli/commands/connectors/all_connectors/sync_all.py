"""`connector-host sync --all`: the syncs of every connector of the config file, with one summary."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import msgspec

from .....c1z.private_folder import private_folder
from .....errors import ConfigError, FileError, Stopped
from .....options import OptionType
from .....output.atomic_file import replacing
from .....output.document import Document, TablePart, json_bytes
from .....plugins import discovery
from .....run import Run
from ....app import App, current_app
from ....host_options import LOG_OPTIONS
from ....option_values import host_options
from ....output_option import OutputFormat
from ....terminal.child_guard import guarded
from ....terminal.number_text import duration
from ....terminal.signal_pipe import open_signal_pipe
from ....terminal.stop_signals import stop_on_signals
from ..connector_group import flags_of
from ..metrics_file import check_metrics
from .sync_all_options import ALL_OPTIONS, PASSED_ON
from .sync_processes import ConnectorSync, SyncOutcome, run_syncs

__all__ = ["sync_all"]

STOP_GRACE = 40.0
"""Seconds that the processes have to end after a signal; each has its own limit, which is shorter."""
COLUMNS = ("connector", "outcome", "resources", "grants", "took", "file", "problem")
NUMBERS = frozenset({"resources", "grants", "took"})

log = logging.getLogger(__name__)


def sync_all(context: click.Context, arguments: Mapping[str, Any], output: OutputFormat) -> None:
    """Run the syncs and show the summary; end with the exit code of the first that failed."""
    app = current_app()
    flags = flags_of(ALL_OPTIONS, arguments)
    host = host_options(app, ALL_OPTIONS, flags)
    check_metrics(host["metrics"])
    folder = _checked_folder(host["folder"])
    names = _chosen(app, host["only"])
    run = Run(log)
    with ExitStack() as stack:
        pipe = stack.enter_context(guarded(open_signal_pipe(), STOP_GRACE, math.inf)) if app.is_program else None
        stack.enter_context(stop_on_signals(run, log.warning, pipe))
        metrics = stack.enter_context(private_folder(None))
        passed_on = tuple(_words(flags))
        syncs = [
            ConnectorSync(
                name=name,
                words=(*_global_words(app), "sync", name, *passed_on, *_files(folder / f"{name}.c1z", metrics / name)),
                file=folder / f"{name}.c1z",
                metrics=metrics / name,
            )
            for name in names
        ]
        outcomes = run_syncs(syncs, run, jobs=host["jobs"], show=_show_line(app))
        _write_metrics(host["metrics"], app, outcomes)
        _show(outcomes, output)
        if run.stopping.is_set():
            raise Stopped("the syncs were stopped", hint="Run the same command again to resume them.")
    code = next((outcome.exit_code for outcome in outcomes if outcome.exit_code), 0)
    if code:
        context.exit(code)


def _chosen(app: App, only: Sequence[str]) -> list[str]:
    """Return the names to sync, sorted: those of the config file, or those of `--only`, once each."""
    configured = sorted({*app.config.connectors, *app.config.programs})
    installed = {entry.name for entry in discovery.discover()}
    names = list(dict.fromkeys(only)) if only else configured
    if not names:
        raise ConfigError(
            "no connector is configured",
            hint="Add a table [connector.NAME] or [connectors.NAME] to connector-host.toml, or name some with --only.",
        )
    if unknown := [name for name in names if name not in installed]:
        raise ConfigError(
            f"there is no connector {unknown[0]!r}",
            hint=f"The connectors are: {', '.join(sorted(installed)) or 'none'}.",
        )
    return names


def _checked_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise FileError(f"the folder {folder} does not exist", hint="Make it, or choose another with --folder.")
    return folder


def _global_words(app: App) -> Iterator[str]:
    """Yield the global options of this command line for another one."""
    if app.config.path is not None:
        yield from ("--config", str(app.config.path.absolute()))
    for option in LOG_OPTIONS:
        if option.name in app.flags:
            yield from (option.flag, str(app.flags[option.name]))
    if app.debug:
        yield "--debug"


def _words(flags: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options of this command line that each sync gets; variables and the config file reach it anyway."""
    for option in ALL_OPTIONS:
        if option.name not in PASSED_ON or option.name not in flags:
            continue
        value = flags[option.name]
        if option.type is OptionType.BOOL:
            yield option.flag if value else option.opposite
        else:
            yield from (option.flag, str(value))


def _files(file: Path, metrics: Path) -> tuple[str, ...]:
    return "--file", str(file), "--metrics", str(metrics)


def _show_line(app: App) -> Any:
    """Return the function that shows a line of a connector's log: as it is where logs are JSON, else with its name."""

    def show(name: str, line: str) -> None:
        text = line if app.json_logs else f"{name}: {line}"
        print(app.redactor(text), file=sys.stderr, flush=True)  # noqa: T201 - the log of another process of ours

    return show


# ----------------------------------------------------------------------------------------------- the summary


def _show(outcomes: Sequence[SyncOutcome], output: OutputFormat) -> None:
    document = json_bytes({"syncs": [_record(outcome) for outcome in outcomes]})
    output.show(
        Document(
            parts=lambda: (TablePart(COLUMNS, lambda: map(_row, outcomes), numbers=NUMBERS),),
            flat=TablePart(COLUMNS, lambda: map(_row, outcomes), numbers=NUMBERS),
            document=lambda: (document,),
            records=lambda: (json_bytes(_record(outcome)) for outcome in outcomes),
        )
    )
    failed = [outcome.name for outcome in outcomes if outcome.exit_code]
    log.info("%d of %d connectors were synced.", len(outcomes) - len(failed), len(outcomes))
    if failed:
        log.warning("Failed: %s. The same command tries again; what was synced already is kept.", ", ".join(failed))


def _row(outcome: SyncOutcome) -> tuple[str, ...]:
    totals = outcome.summary.get("totals") or {}
    counts = ("" if outcome.exit_code else f"{totals.get(name, 0):,}" for name in ("resources", "grants"))
    word = "failed" if outcome.exit_code else "resumed" if outcome.summary.get("resumed") else "synced"
    return outcome.name, word, *counts, duration(outcome.seconds), outcome.file, outcome.problem


def _record(outcome: SyncOutcome) -> dict[str, Any]:
    return {
        "connector": outcome.name,
        "exit_code": outcome.exit_code,
        "file": outcome.file,
        "seconds": round(outcome.seconds, 3),
        **({"summary": dict(outcome.summary)} if outcome.summary else {}),
    }


def _write_metrics(path: Path | None, app: App, outcomes: Sequence[SyncOutcome]) -> None:
    if path is None:
        return
    failed = sum(1 for outcome in outcomes if outcome.exit_code)
    content = {
        "synced": len(outcomes) - failed,
        "failed": failed,
        "exit_code": next((outcome.exit_code for outcome in outcomes if outcome.exit_code), 0),
        "syncs": [_record(outcome) for outcome in outcomes],
    }
    with replacing(path) as out:
        out.write(msgspec.json.format(msgspec.json.encode(app.redactor.values(content)), indent=2) + b"\n")
