"""The writer of collected pages into a working database, in one transaction for many pages."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import apsw

from ...c1z import timestamps
from ...c1z.v1 import schema
from ...c1z.v1.packed_rows import PACKED, TAKE_DATA, insert_packed, unpack
from .pending_writes import PendingWrites
from .queue import Queue

__all__ = ["ETAGS", "PARENTS", "SPOILED", "TEMPLATES", "TYPES", "PageWriter"]

TYPES, PARENTS, TEMPLATES = "host_types", "host_parents", "host_templates"
ETAGS, SPOILED = "host_etags", "host_spoiled"
KEPT = {
    name: f"insert or replace into {name} values ({', '.join('?' * columns)})"
    for name, columns in ((TYPES, 2), (PARENTS, 2), (TEMPLATES, 5), (ETAGS, 2), (SPOILED, 1))
}
"""The statements of rows that only the working database has."""
COUNT_UP = "insert into host_state values (?, ?) on conflict (key) do update set value = value + excluded.value"
COUNT_ITEMS = (
    "insert into host_items values (?, ?, ?, ?) on conflict (hook, resource_type)"
    " do update set items = items + excluded.items, malformed = malformed + excluded.malformed"
)
MOST_REMARKS = 50
"""Examples kept for one counter."""


class PageWriter:
    """Writer of the pages of one sync. The caller holds the transaction."""

    def __init__(self, db: apsw.Connection, sync_id: str, queue: Queue) -> None:
        self._db, self._sync_id, self._queue = db, sync_id, queue
        self._closed: dict[str, bool] = {}

    def write(self, writes: PendingWrites) -> None:
        """Write what was collected. Rows of a table that has its indexes replace the message of a repeated id."""
        now = timestamps.now()
        for table, rows in writes.rows.items():
            self._db.executemany(self._statement(table, now), rows)
            if table == PACKED and self._is_closed(schema.GRANTS):
                unpack(self._db, self._sync_id)
        self._queue.write(writes)
        if writes.states:
            self._db.executemany("insert or replace into host_state values (?, ?)", list(writes.states.items()))
        if writes.counters:
            counters = [(f"count:{name}", number) for name, number in writes.counters.items() if number]
            self._db.executemany(COUNT_UP, counters)
        if writes.items:
            self._db.executemany(COUNT_ITEMS, [(*key, *numbers) for key, numbers in writes.items.items()])
        for counter, names in writes.remarks.items():
            self._remark(counter, names)

    def close(self, table: str) -> int:
        """Build the indexes of a table, and return the number of repeated ids that were folded into one row."""
        folded = schema.build_indexes(self._db, table, self._sync_id)
        self._closed[table] = True
        return folded

    def _statement(self, table: str, now: str) -> str:
        if table == PACKED:
            return insert_packed(now)
        if table in KEPT:
            return KEPT[table]
        columns = schema.OBJECT_COLUMNS[table][:-1]
        statement = schema.insert_statement(table, columns, sync_id=self._sync_id, now=now)
        if not self._is_closed(table):
            return statement
        return f"{statement} on conflict (external_id, sync_id) do update set {TAKE_DATA}"

    def _is_closed(self, table: str) -> bool:
        if table not in self._closed:
            self._closed[table] = schema.has_unique_index(self._db, table)
        return self._closed[table]

    def _remark(self, counter: str, names: Iterable[str]) -> None:
        number = int(self._db.execute("select count(*) from host_remarks where counter = ?", (counter,)).get)
        for name in islice(names, max(0, MOST_REMARKS - number)):
            self._db.execute("insert or ignore into host_remarks values (?, ?)", (counter, name))
