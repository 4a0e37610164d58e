"""The earlier syncs of an output that fit into one file with a collected sync, whose size is known now."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ...errors import PreconditionError
from .. import container, transactions
from ..sqlite_connections import DRAFT, database_name, database_size, open_database
from ..types import PARTIAL
from ..v1 import schema
from .retained_syncs import RetainedSyncs, prepare, recorded
from .size_estimates import GROWTH, collected_size, count_omitted, sync_sizes

__all__ = ["prepare_fitting"]


def prepare_fitting(
    database: Path,
    output: Path,
    work: Path,
    sync_id: str,
    *,
    omitted: int = 0,
    limits: container.Limits,
    environ: Mapping[str, str] | None = None,
    watch: transactions.Watch | None = None,
) -> tuple[Path | None, RetainedSyncs]:
    """Create the draft of the earlier syncs that fit beside sync `sync_id` of the closed working database `database`.

    At least the oldest `omitted` of them are left out: the draft was too large with them. The draft is None without an
    output. Raises FileError, UnsupportedFormat; PreconditionError when a partial sync would be left alone.
    """

    def prepared(number: int | None) -> tuple[Path | None, RetainedSyncs]:
        path = prepare(output, work, sync_id, omitted=number, limits=limits, environ=environ, watch=watch)
        if path is None:
            return None, RetainedSyncs()
        with closing(open_database(path, DRAFT)) as db:
            return path, recorded(db)

    path, retained = prepared(omitted or None)
    if path is not None and not omitted:
        number = _count_omitted(path, retained, database, limits.decoded, watch)
        if number != retained.omitted:
            path, retained = prepared(number)
    if retained.omitted:
        _check_full_sync(database, sync_id, output, retained)
    return path, retained


def _count_omitted(
    draft: Path, retained: RetainedSyncs, database: Path, limit: int, watch: transactions.Watch | None
) -> int:
    """Return how many earlier syncs must be omitted beside the one in `database`; `draft` holds those that are not."""
    if not retained.kept and not retained.omitted:
        return 0
    with closing(open_database(draft, DRAFT)) as db, transactions.watched(db, "copying", watch):
        db.execute("attach ? as collected", (database_name(database),))
        sizes = dict(retained.sizes)
        added = collected_size(db, "collected", limit - (sum(sizes.values()) or GROWTH * database_size(db)))
        if added and not sizes:
            tables = {name: table.column_names for name, table in schema.TABLES.items()}
            sizes = sync_sizes(db.execute, tables, [row.sync_id for row in retained.kept])
    return count_omitted(list(sizes.values()), added, limit)


def _check_full_sync(database: Path, sync_id: str, output: Path, retained: RetainedSyncs) -> None:
    """Refuse to replace the data of an application by a part of them."""
    if any(row.is_finished_full for row in retained.kept):
        return
    with closing(open_database(database, DRAFT)) as db:
        sync_type = db.execute("select sync_type from v1_sync_runs where sync_id = ?", (sync_id,)).get
    if sync_type == PARTIAL:
        raise PreconditionError(
            f"the partial sync cannot be added to {output}: {retained.dropped[-1].reason}",
            hint="The finished sync is kept. Set that variable, or run the same command with --fresh and another -f.",
        )
