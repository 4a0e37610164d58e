"""A new v1 file made of model values: syncs whose rows come from elsewhere than a connector, such as a lake."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import apsw
from msgspec import Struct

from ...errors import FileError
from ...model import Entitlement, Grant, Resource, ResourceType
from ...wire import encode
from ...wire.grant_encoder import GrantEncoder
from .. import container, timestamps, transactions
from ..durable_files import sync_folder
from ..private_folder import known_path, private_folder
from ..sqlite_connections import NEW_DRAFT, open_database
from ..types import SyncRun
from ..v1 import schema

__all__ = ["ModelSync", "write_model_file"]

AT_ONCE = 5_000  # grants


class ModelSync(Struct, frozen=True, kw_only=True):
    """One finished sync and its objects. `run.started` and `run.ended` are its times as stored texts."""

    run: SyncRun
    types: Sequence[ResourceType]
    resources: Iterable[Resource]
    entitlements: Iterable[Entitlement]
    grants: Iterable[Grant]


def write_model_file(path: Path, syncs: Iterable[ModelSync]) -> None:
    """Write the syncs into a new v1 file, the oldest first. Raises FileError, for an existing file and a full disk."""
    with private_folder(path.parent) as folder, transactions.on_disk_errors(known_path(path)):
        if path.exists():
            raise FileError(f"{path} exists already.", hint="Remove it, or choose another file with --out.")
        database = folder / "db"
        with closing(open_database(database, NEW_DRAFT)) as db:
            schema.create_tables(db)
            for sync in syncs:
                with transactions.transaction(db):
                    _insert(db, sync)
            for table in schema.TABLES:
                schema.build_indexes(db, table, None)
        container.pack(database, folder / "packed")
        database.unlink()
        _move(folder / "packed", path)


def _move(packed: Path, path: Path) -> None:
    """Give the finished file its name. Raises FileError."""
    try:
        packed.rename(path)
        try:
            sync_folder(path.parent)
        except OSError:
            path.unlink(missing_ok=True)  # it might be gone after a power loss
            raise
    except OSError as error:
        raise FileError(f"{known_path(path)} cannot be written ({error.strerror})", hint=transactions.ROOM) from error


def _insert(db: apsw.Connection, sync: ModelSync) -> None:
    run = sync.run
    end = (run.id, run.started or timestamps.now())
    types = {resource_type.id: resource_type for resource_type in sync.types}
    _rows(
        db,
        "v1_resource_types (external_id, data, sync_id, discovered_at)",
        ((resource_type.id, encode.resource_type(resource_type), *end) for resource_type in sync.types),
    )
    _rows(
        db,
        "v1_resources (resource_type_id, external_id, parent_resource_type_id, parent_resource_id, data, sync_id,"
        " discovered_at)",
        ((*_resource_row(resource), *end) for resource in sync.resources),
    )
    _rows(
        db,
        "v1_entitlements (resource_type_id, resource_id, external_id, data, sync_id, discovered_at)",
        ((*_entitlement_row(entitlement, types), *end) for entitlement in sync.entitlements),
    )
    encoder, grants = GrantEncoder(), iter(sync.grants)
    while batch := list(itertools.islice(grants, AT_ONCE)):
        _rows(
            db,
            "v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
            " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)",
            ((*row[:-1], *end) for row in encoder.rows(batch)),
        )
    _rows(
        db,
        "v1_sync_runs (sync_id, sync_type, started_at, ended_at, sync_token, supports_diff, grants_backfilled)",
        [(run.id, run.type, run.started, run.ended, run.token, int(run.supports_diff), 1)],
    )


def _rows(db: apsw.Connection, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    places = ", ".join("?" * (columns.count(",") + 1))
    db.executemany(f"insert into {columns} values ({places})", rows)


def _resource_row(resource: Resource) -> tuple[object, ...]:
    parent = (resource.parent.resource_type, resource.parent.resource) if resource.parent else (None, None)
    return (resource.id.resource_type, str(resource.id), *parent, encode.resource(resource))


def _entitlement_row(entitlement: Entitlement, types: dict[str, ResourceType]) -> tuple[object, ...]:
    on = entitlement.resource.id
    return on.resource_type, on.resource, entitlement.id, encode.entitlement(entitlement, types)
