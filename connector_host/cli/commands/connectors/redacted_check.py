"""`check --redact`: the result of a check as versions, shapes and counts, without any name, address or id."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from importlib import metadata

from msgspec import Struct, field

from ....errors import ConnectorHostError, Stopped
from ....options import Options
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....run import Run
from ....sync.connection_check import ConnectionCheck, ListingCheck, check
from ...app import current_app
from ...output_option import OutputFormat
from ...terminal.masked_streams import masked
from .connector_run import running

__all__ = ["check_redacted"]

COLUMNS = ("Hook", "Type", "Items", "More", "Exit")


class _RedactedReport(Struct, kw_only=True):
    """The redacted result. `failure` is the class of the error that ended the check."""

    versions: dict[str, str]
    plan: str = ""
    mode: str = ""
    limits: int = 0
    listings: list[dict[str, str | int | bool]] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    failure: str = ""
    exit_code: int = 0


def check_redacted(connector: Connector, options: Options, run: Run, output: OutputFormat, max_attempts: int) -> int:
    """Check the connector, show the report, and return the exit code. Messages of the connector are not shown."""
    report = _RedactedReport(versions=_versions(connector))
    run.logger.setLevel(logging.CRITICAL + 1)  # its messages may name people, and their texts are not ours
    try:
        with masked(current_app().redactor), running(current_app(), run, connector):
            _fill(report, check(connector, options, run, max_attempts=max_attempts))
    except Stopped:
        raise
    except ConnectorHostError as error:
        report.failure, report.exit_code = type(error).__name__, error.exit_code
    report.shapes = list(run.reported)
    output.show(_document(report))
    return report.exit_code


def _versions(connector: Connector) -> dict[str, str]:
    return {
        "connector-host": metadata.version("connector-host"),
        connector.name: connector.version,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _fill(report: _RedactedReport, result: ConnectionCheck) -> None:
    report.plan, report.mode = result.identity.plan, result.identity.mode
    report.limits = len(result.identity.limits)
    report.listings = [_listing(listing) for listing in result.listings]
    report.exit_code = result.exit_code


def _listing(listing: ListingCheck) -> dict[str, str | int | bool]:
    """Return a listing without the ids in its subject."""
    resource_type = listing.subject.partition(":")[0].partition(" ")[0]
    return {
        "hook": listing.hook,
        "type": resource_type,
        "items": listing.items,
        "more": listing.more,
        "exit_code": listing.exit_code,
    }


def _document(report: _RedactedReport) -> Document:
    table = TablePart(COLUMNS, lambda: map(_row, report.listings), numbers=frozenset({"Items", "Exit"}))
    return Document(
        parts=lambda: _parts(report, table),
        flat=table,
        document=lambda: (json_bytes(report),),
        records=lambda: map(json_bytes, report.listings),
    )


def _parts(report: _RedactedReport, table: TablePart) -> Iterator[DocumentPart]:
    lines = [f"{name}: {version}" for name, version in report.versions.items()]
    lines += [f"plan: {report.plan or 'not reported'}", f"mode: {report.mode or 'not reported'}"]
    yield TextPart((*lines, f"limits of this identity: {report.limits}"))
    yield table
    if report.shapes:
        yield TextPart(tuple(report.shapes))
    ending = f" because of {report.failure}" if report.failure else ""
    verdict = f"Not ready to sync{ending} (exit {report.exit_code})" if report.exit_code else "Ready to sync"
    yield TextPart((verdict,))


def _row(listing: dict[str, str | int | bool]) -> Row:
    more = "yes" if listing["more"] else ""
    return str(listing["hook"]), str(listing["type"]), str(listing["items"]), more, str(listing["exit_code"] or "")
