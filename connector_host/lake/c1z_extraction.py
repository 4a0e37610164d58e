"""Syncs of a lake as c1z files, so that everything that reads a file takes a lake: the explorer, reviews, other tools.

The lake does not hold everything that a file does: icons, annotations, and what traits other than of users say are
not in it. The origin of the sync says so among its limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..c1z.private_folder import private_folder
from ..c1z.publish.model_file import ModelSync, write_model_file
from ..c1z.types import SyncRun
from ..errors import FileError
from ..model import (
    AccountType,
    AppTrait,
    Email,
    Entitlement,
    EntitlementRef,
    Grant,
    GrantExpandable,
    GroupTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceTrait,
    ResourceType,
    RoleTrait,
    SecretTrait,
    Status,
    Trait,
    UserTrait,
    grant_id,
)
from .lake_catalog import Lake
from .lake_schema import arrow_schema, table_columns
from .sync_commits import SyncCommit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["extract_source", "extracted_sources"]

MADE_FROM_LAKE = "Made from a lake: icons, annotations and the content of other traits than a user's are missing."
STATES = {
    "enabled": ResourceStatus.ENABLED,
    "disabled": ResourceStatus.DISABLED,
    "deleted": ResourceStatus.DELETED,
}
ACCOUNTS = {"human": AccountType.HUMAN, "service": AccountType.SERVICE, "system": AccountType.SYSTEM}
EMPTY_TRAITS: dict[Trait, ResourceTrait] = {
    Trait.GROUP: GroupTrait(),
    Trait.ROLE: RoleTrait(),
    Trait.APP: AppTrait(),
    Trait.SECRET: SecretTrait(),
}
EMPTY_VALUES: dict[str, Any] = {"text": "", "flag": False, "number": 0}
KNOWN_TRAITS = {Trait.USER, *EMPTY_TRAITS}


@contextmanager
def extracted_sources(lake: Lake, sources: Sequence[str], moment: datetime | None) -> Iterator[list[Path]]:
    """Write the newest sync of each source, and the one before it, into files that exist during the block.

    Without `sources` every source of the lake. `moment`: the newest sync that ended by then.
    """
    names = [lake.named_source(name) for name in sources] or lake.sources
    with private_folder(None) as folder:
        yield [extract_source(lake, name, folder / f"{name}.c1z", moment) for name in names]


def extract_source(lake: Lake, source: str, path: Path, moment: datetime | None = None) -> Path:
    """Write the newest sync of a source (by a moment), and the one before it, as a v1 file. Raises FileError."""
    syncs = [commit for commit in lake.commits if commit.source == source and (moment is None or commit.end <= moment)]
    if not syncs:
        raise FileError(f"The lake holds no sync of {source} by that day.", hint="`lake stats` shows the syncs.")
    write_model_file(path, (_model_sync(lake, commit) for commit in syncs[-2:]))
    return path


def _model_sync(lake: Lake, commit: SyncCommit) -> ModelSync:
    types = [_resource_type(row) for row in _rows(lake, commit, "resource_types")]
    resources = {
        resource.id: resource for resource in (_resource(row, types) for row in _rows(lake, commit, "resources"))
    }
    entitlements = {
        entitlement.id: entitlement
        for entitlement in (_entitlement(row, resources) for row in _rows(lake, commit, "entitlements"))
    }
    return ModelSync(
        run=SyncRun(
            id=commit.sync_id,
            started=_stored(commit.started_at or commit.end),
            ended=_stored(commit.end),
            token=_token(commit),
            supports_diff=commit.expanded,
        ),
        types=types,
        resources=resources.values(),
        entitlements=entitlements.values(),
        grants=(_grant(row, entitlements, resources) for row in _rows(lake, commit, "grants")),
    )


def _token(commit: SyncCommit) -> str:
    unread = set(commit.unread)
    limits = [gap for gap in commit.gaps if gap.removeprefix("Not read: ") not in unread]
    origin = {
        "connector": commit.connector,
        "connector_version": commit.connector_version,
        "account": commit.account,
        "user": commit.read_as,
        "limits": [MADE_FROM_LAKE, *(gap.removeprefix("The connector reported: ") for gap in limits)],
        "unread": list(commit.unread),
    }
    return msgspec.json.encode({"version": 1, "connector_host": origin}).decode()


def _stored(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def _rows(lake: Lake, commit: SyncCommit, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of one sync."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    for file in commit.files:
        if file.table != table:
            continue
        with lake.store.local_copy(file.key) as path:
            try:
                if path is None:
                    raise OSError("it is missing")
                with pq.ParquetFile(path) as parquet:
                    for batch in parquet.iter_batches():
                        rows = _checked_batch(batch, table).to_pylist()
                        yield from (row for row in rows if not file.shared or row["sync_id"] == commit.sync_id)
            except (OSError, ValueError, KeyError, pa.ArrowException) as error:
                raise FileError(
                    f"Lake {lake.store.url}: {file.key} cannot be read: {error}",
                    hint="Run `connector-host lake verify`.",
                ) from error


def _checked_batch(batch: pa.RecordBatch, table: str) -> pa.Table:
    """Return the columns of the schema, each with its type; a column that older versions did not write is empty.

    Raises ArrowException for other types, KeyError for two columns of one name.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.compute as pc  # noqa: PLC0415

    columns = []
    for field, word in zip(arrow_schema(table), table_columns(table).values(), strict=True):
        if field.name in batch.schema.names:
            column = batch.column(field.name).cast(field.type)
        else:
            column = pa.nulls(batch.num_rows, field.type)
        empty = pa.scalar(EMPTY_VALUES[word], field.type) if word in EMPTY_VALUES else None
        columns.append(column if empty is None else pc.fill_null(column, empty))
    return pa.table(columns, arrow_schema(table))


def _resource_type(row: dict[str, Any]) -> ResourceType:
    known = {trait.name.lower(): trait for trait in Trait}
    traits = tuple(known[name] for name in row["traits"] or () if known.get(name) in KNOWN_TRAITS)
    return ResourceType(row["resource_type"], row["name"], traits, row["description"])


def _resource(row: dict[str, Any], types: list[ResourceType]) -> Resource:
    traits: list[Any] = []
    state = STATES.get(row["status"])
    status = Status(state) if state is not None else None
    type_traits = next((item.traits for item in types if item.id == row["resource_type"]), ())
    if Trait.USER in type_traits or row["is_account"]:
        traits.append(_user(row, status))
    traits += [empty for trait, empty in EMPTY_TRAITS.items() if trait in type_traits]
    profile = _profile(row["profile"])
    return Resource(
        ResourceId(row["resource_type"], row["resource"]),
        row["name"],
        parent=ResourceId(row["parent_type"], row["parent"]) if row["parent"] else None,
        description=row["description"],
        traits=tuple(traits),
        profile={**profile, **({"type": "guest"} if row["account_kind"] == "guest" else {})} or None,
        status=status,
        created_at=row["created_at"],
    )


def _profile(text: str) -> dict[str, Any]:
    """Return a profile; a text that is no JSON object, which no version of the host writes, is left out."""
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return {}


def _user(row: dict[str, Any], status: Status | None) -> UserTrait:
    addresses = [address for address in (row["email"], *(row["aliases"] or ())) if address]
    return UserTrait(
        emails=tuple(Email(address, is_primary=not number) for number, address in enumerate(addresses)),
        status=status,
        account_type=ACCOUNTS.get(row["account_kind"], AccountType.UNSPECIFIED),
        login=row["login"],
        last_login=row["last_sign_in"],
    )


def _entitlement(row: dict[str, Any], resources: dict[ResourceId, Resource]) -> Entitlement:
    resource_id = ResourceId(row["resource_type"], row["resource"])
    return Entitlement(
        resources.get(resource_id) or Resource(resource_id),
        row["slug"],
        Purpose.__members__.get(row["purpose"].upper(), Purpose.UNSPECIFIED),
        row["name"],
        row["description"],
        tuple(row["grantable_to"] or ()),
        row["entitlement"],
    )


def _grant(row: dict[str, Any], entitlements: dict[str, Entitlement], resources: dict[ResourceId, Resource]) -> Grant:
    entitlement_id = row["entitlement"]
    held: Entitlement | EntitlementRef | None = entitlements.get(entitlement_id)
    if held is None:
        resource_id = ResourceId(row["resource_type"], row["resource"])
        held = EntitlementRef(resources.get(resource_id) or Resource(resource_id), "", entitlement_id)
    principal = ResourceId(row["principal_type"], row["principal"])
    sources = dict.fromkeys(row["through"] or (), False)
    if sources and row["direct"]:
        sources[entitlement_id] = True
    expands = tuple(row.get("expands") or ())
    return Grant(
        held,
        resources.get(principal) or principal,
        GrantExpandable(
            expands, shallow=bool(row["expands_shallow"]), resource_type_ids=tuple(row["expands_types"] or ())
        )
        if expands
        else None,
        id=row["grant_id"] or grant_id(entitlement_id, principal),
        sources=sources or None,
    )
