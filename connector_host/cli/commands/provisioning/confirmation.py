"""The confirmation of changes that affect many: what will happen, and a number that a person types."""

from __future__ import annotations

import select
import sys
from contextlib import suppress

from ....errors import ConfigError, PreconditionError, Stopped
from ....output.terminal_text import printable
from ....provision.change_effects import ChangeEffects
from ....run import Run

__all__ = ["check_confirmable", "check_number", "confirm"]

MOST_SHOWN = 20
POLL = 0.2  # seconds


def check_number(number: int, most: int | None) -> None:
    """Raise PreconditionError when there are more changes than `--max-changes` allows."""
    if most is not None and number > most:
        raise PreconditionError(
            f"nothing was changed: {number} changes were requested, and --max-changes allows {most}",
            hint="Check the file of changes, or allow more.",
        )


def check_confirmable(effects: ChangeEffects) -> None:
    """Raise ConfigError, with the effects, when there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        _print(effects)
        raise ConfigError(
            f"{_changes(effects)} need a confirmation, and there is no terminal to ask on; nothing was changed",
            hint="Check them with --dry-run, then add --yes.",
        )


def confirm(effects: ChangeEffects, run: Run) -> None:
    """Show the effects and have a person type the number of changes. Raises ConfigError for any other answer."""
    number = str(len(effects.titles))
    _print(effects)
    sys.stderr.write(f"Type {number} to make {_changes(effects)}: ")
    sys.stderr.flush()
    with suppress(OSError):  # Windows cannot wait for a terminal
        while not select.select([sys.stdin], [], [], POLL)[0]:
            if run.stopping.is_set():
                raise Stopped("stopped before anything was changed")
    if sys.stdin.readline().strip() != number:
        raise ConfigError("the answer is not the number of changes; nothing was changed")


def _changes(effects: ChangeEffects) -> str:
    number = len(effects.titles)
    return f"{number:,} change{'s' if number != 1 else ''}"


def _print(effects: ChangeEffects) -> None:
    shown = effects.titles[:MOST_SHOWN]
    more = len(effects.titles) - len(shown)
    lines = [f"This will make {_changes(effects)}:", *(f"  {title}" for title in shown)]
    if more:
        lines.append(f"  and {more:,} more")
    sys.stderr.write("\n".join(map(printable, [*lines, *effects.reasons])) + "\n")
