"""The end of a sync in the draft of a file: its time, its counts, and the sync before it."""

from __future__ import annotations

import apsw

from ...decoding.json_decoding import decode_json
from ...errors import FileError
from .. import sync_stats, timestamps
from ..types import PARTIAL
from ..v3.grant_runs import count_runs

__all__ = ["end_sync", "newest_full"]


def end_sync(db: apsw.Connection, sync_id: str, *, token: str, supports_diff: bool) -> None:
    """Write the end of a sync, later than that of every other sync in the file, and its counts."""
    sync_type = str(db.execute("select sync_type from v1_sync_runs where sync_id = ?", (sync_id,)).get)
    rows = db.execute("select ended_at from v1_sync_runs where sync_id <> ?", (sync_id,))
    ended_at = timestamps.later_than(timestamps.now(), [text for (text,) in rows if isinstance(text, str)])
    if sync_type == PARTIAL:  # the sync it adds to
        db.execute(
            "update v1_sync_runs set parent_sync_id = coalesce((select sync_id from v1_sync_runs"
            " where sync_type = 'full' and ended_at is not null order by ended_at desc limit 1), '')"
            " where sync_id = ?",
            (sync_id,),
        )
    alone = int(db.execute("select count(*) from v1_sync_runs").get) == 1  # rows without a sync are never brought
    text = sync_stats.to_json(sync_stats.compute(db, sync_id, sync_type, alone=alone, runs=count_runs(db)))
    db.execute(
        "update v1_sync_runs set sync_token = ?, supports_diff = ?, ended_at = ?, stats = ? where sync_id = ?",
        (token, int(supports_diff), ended_at, text, sync_id),
    )


def newest_full(db: apsw.Connection, excluded: str) -> sync_stats.Stats | None:
    """Return the counts of the newest finished full sync other than `excluded`; None when there is none.

    Raises FileError for a damaged record of a sync, which no reader would accept in the new file.
    """
    query = (
        "select stats from v1_sync_runs where sync_type = 'full' and ended_at is not null and sync_id <> ?"
        " order by ended_at desc limit 1"
    )
    try:
        text = db.execute(query, (excluded,)).get
        return None if text is None else decode_json(str(text), sync_stats.Stats)
    except UnicodeDecodeError as error:
        raise FileError(
            f"the record of a sync in the existing file is damaged ({error})",
            hint="Move that file away, then run the same command again: it resumes.",
        ) from error
    except ValueError:
        return None  # counts of another writer
