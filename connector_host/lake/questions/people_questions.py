"""Questions about people: one identity across sources, and the conflicts that only a person can decide."""

from __future__ import annotations

from ..engines.engine_choice import LakeReading
from ..result_table import LakeColumn, LakeTable, counted

__all__ = ["list_conflicts", "list_people"]

PEOPLE_COLUMNS = (
    LakeColumn("person", "Person"),
    LakeColumn("name", "Name"),
    LakeColumn("accounts", "Accounts", number=True),
    LakeColumn("sources", "Sources"),
    LakeColumn("lastSignIn", "Last sign-in", secondary=True),
    LakeColumn("active", "Active", secondary=True),
)
CONFLICT_COLUMNS = (
    LakeColumn("source", "Source"),
    LakeColumn("type", "Type", secondary=True),
    LakeColumn("account", "Account"),
    LakeColumn("name", "Name", secondary=True),
    LakeColumn("address", "Address"),
    LakeColumn("reason", "Reason"),
)


def list_people(reading: LakeReading) -> LakeTable:
    """Return one row for each person; accounts without an address and of services are nobody's."""
    sql = "select person, name, accounts, sources, last_sign_in, active from people order by person"
    rows = [(*row[:3], sorted(row[3]), *row[4:]) for row in reading.engine.query(sql).rows]
    notes = list(reading.notes)
    if conflicts := len(list_conflicts(reading).rows):
        notes.append(f"Whose they are is not clear: {counted(conflicts, 'account')}. See `lake people --conflicts`.")
    unmatched = reading.engine.query("select count(*) from accounts where matched_by = 'none'").rows[0][0]
    if unmatched:
        notes.append(f"Without a person, because of services or without an address: {counted(unmatched, 'account')}.")
    return LakeTable(key="people", columns=PEOPLE_COLUMNS, rows=rows, notes=tuple(notes))


def list_conflicts(reading: LakeReading) -> LakeTable:
    """Return the accounts with an address that does not say whose it is."""
    columns = "source, account_type, account, name, email, reason"
    rows = reading.engine.query(f"select {columns} from people_conflicts order by {columns}").rows
    remedy = "A mapping file decides: --people FILE, with the columns person, source, account."
    return LakeTable(key="conflicts", columns=CONFLICT_COLUMNS, rows=rows, notes=(*reading.notes, remedy))
