"""The tables of a lake: their columns as pyarrow schemas, format 1 (docs/lake.md, Schema).

Columns are only added. Every table names its source and sync, so that a file is complete in itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .object_store import require_extra

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DECISIONS", "OBJECT_TABLES", "TABLES", "arrow_schema", "import_pyarrow", "table_columns"]

SYNCS, RESOURCE_TYPES, RESOURCES, ENTITLEMENTS, GRANTS = (
    "syncs",
    "resource_types",
    "resources",
    "entitlements",
    "grants",
)
TABLES = (SYNCS, RESOURCE_TYPES, RESOURCES, ENTITLEMENTS, GRANTS)
DECISIONS = "decisions"
"""The table that is of no sync: `access_decisions` writes it."""
OBJECT_TABLES = (RESOURCE_TYPES, RESOURCES, ENTITLEMENTS, GRANTS)

TEXT, TEXTS, FLAG, NUMBER, TIME = "text", "texts", "flag", "number", "time"
KEY = {"source": TEXT, "sync_id": TEXT}
COLUMNS: dict[str, dict[str, str]] = {
    SYNCS: {
        **KEY,
        **dict.fromkeys(("connector", "connector_version", "account", "read_as", "type"), TEXT),
        **dict.fromkeys(("started_at", "ended_at", "added_at"), TIME),
        "expanded": FLAG,
        **dict.fromkeys(("gaps", "unread"), TEXTS),
        **dict.fromkeys(OBJECT_TABLES, NUMBER),
        "file_format": TEXT,
    },
    RESOURCE_TYPES: {**KEY, "resource_type": TEXT, "name": TEXT, "description": TEXT, "traits": TEXTS},
    RESOURCES: {
        **KEY,
        **dict.fromkeys(("resource_type", "resource", "name", "description"), TEXT),
        "is_account": FLAG,
        **dict.fromkeys(("account_kind", "status", "email"), TEXT),
        "aliases": TEXTS,
        "login": TEXT,
        **dict.fromkeys(("last_sign_in", "created_at"), TIME),
        "owners": TEXTS,
        **dict.fromkeys(("parent_type", "parent", "profile"), TEXT),
    },
    ENTITLEMENTS: {
        **KEY,
        **dict.fromkeys(("resource_type", "resource", "entitlement", "name", "slug", "description", "purpose"), TEXT),
        "privileged_word": TEXT,
        "ownership": NUMBER,
        "grantable_to": TEXTS,
    },
    GRANTS: {
        **KEY,
        **dict.fromkeys(("principal_type", "principal", "resource_type", "resource", "entitlement", "grant_id"), TEXT),
        "direct": FLAG,
        "inherited": FLAG,
        "through": TEXTS,
        "expands": TEXTS,
        "expands_shallow": FLAG,
        "expands_types": TEXTS,
    },
    DECISIONS: {
        **KEY,
        **dict.fromkeys(("decision_id", "decision"), TEXT),
        "decided_at": TIME,
        "decided_by": TEXT,
        "made_at": TIME,
        **dict.fromkeys(("made_by", "outcome"), TEXT),
        **dict.fromkeys(("principal_type", "principal", "entitlement", "review", "note", "origin"), TEXT),
    },
}


def import_pyarrow() -> None:
    """Raise FileError naming the extra if pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise require_extra("pyarrow") from None


def table_columns(table: str) -> dict[str, str]:
    """Return the columns of a table: name -> `text`, `texts`, `flag`, `number` or `time`."""
    return COLUMNS[table]


def arrow_schema(table: str) -> pa.Schema:
    """Return the schema of a table's files."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    types = {
        TEXT: pa.string(),
        TEXTS: pa.list_(pa.string()),
        FLAG: pa.bool_(),
        NUMBER: pa.int64(),
        TIME: pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([(name, types[word]) for name, word in COLUMNS[table].items()])
