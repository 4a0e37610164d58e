"""The options of the connector, and their values checked together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from connector_host import ConfigError, Option, OptionType

from .faults import LONGEST, Fault, parse_faults
from .sized_organisation import Sizes

__all__ = ["FakeSettings", "declared_options", "read_settings"]

SIZES = ("users", "groups", "members", "nested")


class FakeSettings(Struct, frozen=True, kw_only=True):
    """The options of a run, checked. Times in seconds."""

    scenario: Path | None = None
    sizes: Sizes | None = None
    writable: bool = False
    parallel_pages: bool = False
    etags: bool = False
    faults: tuple[Fault, ...] = ()
    faults_report: Path | None = None
    calls: Path | None = None
    latency: float = 0.0
    latency_jitter: float = 0.0
    seed: int = 0


def declared_options() -> list[Option]:
    """Return all options, in the order of the help."""
    number, path, flag, seconds = OptionType.INT, OptionType.PATH, OptionType.BOOL, OptionType.FLOAT
    return [
        Option(name="scenario", type=path, help="Serve the organisation of this JSON file."),
        Option(name="users", type=number, check=_natural, help="Serve a computed organisation with this many users."),
        Option(name="groups", type=number, check=_natural, help="Number of groups of the computed organisation."),
        Option(name="members", type=number, check=_natural, help="Number of members of each group."),
        Option(name="nested", type=number, check=_natural, help="Number of groups nested in each group."),
        _harmless("writable", flag, "Let provisioning change the scenario file.", default=False),
        Option(
            name="parallel-pages",
            type=flag,
            default=False,
            affects_rows=False,
            help="Name all following pages in the first page of a listing, so that they are read in parallel.",
        ),
        Option(
            name="etags",
            type=flag,
            default=False,
            help="Give grants ETags, so that a sync takes unchanged ones from the previous file.",
        ),
        _harmless("latency", seconds, "Seconds that every call takes.", check=_duration),
        Option(
            name="latency-jitter",
            type=seconds,
            check=_duration,
            affects_rows=False,
            help="Seconds, at most, that a call takes in addition.",
        ),
        Option(name="seed", type=number, affects_rows=False, help="Seed of the random choices."),
        Option(name="faults", affects_rows=False, help="Planned faults: a JSON list, or a file with one."),
        Option(
            name="faults-report",
            type=path,
            affects_rows=False,
            help="File to append a line to for each fault that happened or never happened.",
        ),
        Option(name="calls", type=path, affects_rows=False, help="File to append a line to for every call."),
    ]


def _harmless(name: str, option_type: OptionType, text: str, **settings: Any) -> Option:
    """Return an option that may differ when an interrupted sync is resumed."""
    return Option(name=name, type=option_type, help=text, affects_rows=False, **settings)


def read_settings(options: Mapping[str, Any]) -> FakeSettings:
    """Return the values of `options` (missing ones: their defaults), checked together.

    Raises ConfigError for a contradiction, or a plan of faults that cannot be read.
    """
    sizes = {name: options[name] for name in SIZES if options.get(name) is not None}
    scenario = options.get("scenario")
    if scenario is not None and sizes:
        raise ConfigError(
            f"--scenario and --{next(iter(sizes))} contradict each other",
            hint="Serve a scenario file or a sized organisation.",
        )
    writable = bool(options.get("writable"))
    if writable and scenario is None:
        raise ConfigError("--writable needs --scenario", hint="Only a scenario file can be changed.")
    return FakeSettings(
        scenario=scenario,
        sizes=Sizes(**sizes) if sizes else None,
        writable=writable,
        parallel_pages=bool(options.get("parallel-pages")),
        etags=bool(options.get("etags")),
        faults=parse_faults(options["faults"]) if options.get("faults") else (),
        faults_report=options.get("faults-report"),
        calls=options.get("calls"),
        latency=options.get("latency") or 0.0,
        latency_jitter=options.get("latency-jitter") or 0.0,
        seed=options.get("seed") or 0,
    )


def _natural(value: int) -> str | None:
    return f"{value} is negative" if value < 0 else None


def _duration(value: float) -> str | None:
    return None if 0 <= value <= LONGEST else f"{value:g} is not a number of seconds from 0 to {LONGEST}"
