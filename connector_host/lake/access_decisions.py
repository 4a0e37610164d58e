"""Decisions on access in a lake: who granted, revoked or kept what, and when, as records and reviews say it.

They are the table `decisions`, in objects of their own: `decisions/SHA256.parquet`, named after the hash of their
content, written once and never changed. A decision that the lake holds is not written again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from io import BytesIO

from msgspec import Struct, structs

from ..errors import FileError, PreconditionError
from .lake_catalog import Lake
from .lake_schema import DECISIONS, arrow_schema, table_columns

__all__ = [
    "AccessDecision",
    "DecisionFiles",
    "SourceNamer",
    "add_decisions",
    "damaged_decisions",
    "decision_keys",
    "source_namer",
]

FOLDER = "decisions/"
KEY = re.compile(r"decisions/([0-9a-f]{64})\.parquet")

SourceNamer = Callable[[str, str, str], str]
"""Function that returns the source of a connector, an account and (if it is known) a sync; empty for none."""


class AccessDecision(Struct, frozen=True, kw_only=True):
    """A decision on the access of one principal. The fields are the columns of the table `decisions`.

    `decision` is `grant`, `revoke`, `keep` or `delete` (of the principal). `made_at` and `made_by` are those of the
    change in the application, empty if no record of it is known. `sync_id` is the sync that was reviewed, if any.
    """

    source: str
    sync_id: str | None
    decision_id: str
    decision: str
    decided_at: datetime
    decided_by: str
    made_at: datetime | None
    made_by: str
    outcome: str
    principal_type: str
    principal: str
    entitlement: str
    review: str
    note: str
    origin: str


class DecisionFiles(Struct, frozen=True):
    """The keys of the objects with decisions, and the moment up to which decisions count; None: all."""

    keys: tuple[str, ...] = ()
    moment: datetime | None = None


def decision_keys(lake: Lake) -> list[str]:
    """Return the keys of the objects that hold decisions."""
    return sorted(stored.key for stored in lake.store.list(FOLDER) if KEY.fullmatch(stored.key))


def damaged_decisions(lake: Lake) -> Iterator[str]:
    """Yield the keys of objects with decisions whose content is not the one that their name stands for."""
    for key in decision_keys(lake):
        match = KEY.fullmatch(key)
        content = lake.store.read(key)
        if match is not None and (content is None or hashlib.sha256(content).hexdigest() != match[1]):
            yield key


def source_namer(lake: Lake, source: str | None) -> SourceNamer:
    """Return the function that names the source of decisions: `source` if specified, else by sync or account."""
    if source is not None:
        chosen = lake.named_source(source)
        return lambda _connector, _account, _sync_id: chosen
    by_origin: dict[tuple[str, str], set[str]] = {}
    for commit in lake.commits:
        by_origin.setdefault((commit.connector, commit.account), set()).add(commit.source)

    def name_source(connector: str, account: str, sync_id: str) -> str:
        if sync_id and (holder := lake.source_of(sync_id)) is not None:
            return holder
        names = sorted(by_origin.get((connector, account), ()))
        if len(names) > 1:
            raise PreconditionError(
                f"Several sources are connector {connector}, account {account}: {', '.join(names)}.",
                hint="Specify the one that was changed: --source NAME.",
            )
        return names[0] if names else ""

    return name_source


def add_decisions(lake: Lake, decisions: Sequence[AccessDecision]) -> int:
    """Add the decisions that the lake does not hold, and return their number. Raises FileError."""
    held_ids = _known_ids(lake)
    fresh = {item.decision_id: item for item in decisions if item.decision_id not in held_ids}
    if not fresh:
        return 0
    content = _parquet(sorted(fresh.values(), key=lambda item: (item.source, item.decided_at, item.decision_id)))
    lake.store.create(f"{FOLDER}{hashlib.sha256(content).hexdigest()}.parquet", content)
    return len(fresh)


def _known_ids(lake: Lake) -> set[str]:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    decision_ids: set[str] = set()
    for key in decision_keys(lake):
        try:
            rows = pq.read_table(BytesIO(lake.store.read(key) or b""), columns=["decision_id"])
        except (OSError, pa.ArrowException) as error:
            raise FileError(
                f"Lake {lake.store.url}: {key} cannot be read: {error}",
                hint="Delete this object, and add the record or the evidence again.",
            ) from error
        decision_ids.update(rows.column(0).to_pylist())
    return decision_ids


def _parquet(decisions: Sequence[AccessDecision]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = arrow_schema(DECISIONS)
    rows = [structs.asdict(item) for item in decisions]
    columns = [pa.array([row[name] for row in rows], schema.field(name).type) for name in table_columns(DECISIONS)]
    buffer = BytesIO()
    pq.write_table(pa.table(columns, schema), buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()
