"""The grants of the previous sync, for resources whose grants the application reports as unchanged.

An ETag is an annotation of its resource in the file, as the Go SDK stored it. It is stored only for a resource whose
grants were read completely, and by its own listing alone, so that what is taken over is what a listing would return.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..c1z.opening import open_store
from ..c1z.transactions import Watch
from ..c1z.types import GrantFilter, GrantRow, SyncRun, View
from ..c1z.v1.reader import open_unpacked
from ..decoding.json_decoding import decode_json
from ..errors import FileError
from ..model import Annotation, Entitlement, EntitlementRef, Grant, Resource, ResourceId
from ..wire import decode
from ..wire.annotations.annotation_encoding import annotation_fields

__all__ = ["ETAG", "PreviousGrants", "SyncSource", "opened_previous"]

ETAG = "c1.connector.v2.ETag"
log = logging.getLogger(__name__)
PART = 5000
"""Grants that are in memory at a time."""


class SyncSource(msgspec.Struct, frozen=True, kw_only=True):
    """The origin that a previous sync must have, so that its grants can be taken over."""

    connector: str
    connector_version: str
    account: str
    options: str

    @classmethod
    def digest(cls, options: Mapping[str, Any]) -> str:
        """Return a text that changes with the options; of a file with its path only: an ETag marks its content."""
        parts = {name: str(value) for name, value in sorted(options.items())}
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


class PreviousGrants:
    """The grants of one finished sync by resource. Used by one thread.

    `open_view` opens the sync at the first question, so that a large file is unpacked while resources are listed.
    """

    def __init__(self, open_view: Callable[[], View | None]) -> None:
        self._open_view = open_view

    @cached_property
    def _view(self) -> View | None:
        return self._open_view()

    def etag(self, resource_id: ResourceId) -> str | None:
        """Return the ETag that the sync has for the grants on a resource; None if it has none."""
        if self._view is None:
            return None
        with _explained():
            data = self._view.resource(resource_id)
            return None if data is None else self._etag_of(data)

    def _etag_of(self, data: bytes) -> str | None:
        marks = [item for item in decode.resource(data).annotations if item.type_name == ETAG]
        return annotation_fields(marks[-1]).get("value") or None if marks else None

    def parts(self, resource: Resource) -> Iterator[list[Grant]]:
        """Yield the direct grants on a resource, some thousand at a time, as its listing would return them.

        Grants that expansion made are left out. `resource` takes the place of itself as it was.
        """
        if self._view is None:
            return
        data = self._view.resource(resource.id)
        earlier = None if data is None else _without_etag(decode.resource(data))
        where = GrantFilter(resource_type=resource.id.resource_type, resource=resource.id.resource)
        grants = (grant for row in self._view.grants(where) if (grant := self._direct(row)) is not None)
        updated = _moved(grants, earlier, resource)
        with _explained():
            while part := list(islice(updated, PART)):
                yield part

    def _direct(self, row: GrantRow) -> Grant | None:
        """Return a grant as its listing returned it; None if expansion made it."""
        grant = decode.grant(row.data, row.expansion, row[:5])
        if grant.sources and row.entitlement not in grant.sources:
            return None
        is_default = grant.id == f"{row.entitlement}:{row.principal_type}:{row.principal}"
        name = "" if is_default else grant.id  # grants with the default id are stored many at a time
        return Grant(grant.entitlement, grant.principal, grant.expandable, name, grant.annotations)


@contextmanager
def _explained() -> Iterator[None]:
    """Add the way out to an error about a damaged row."""
    try:
        yield
    except FileError as error:
        error.hint = error.hint or "Read all grants anew with --read-all."
        raise


def _moved(grants: Iterable[Grant], earlier: Resource | None, resource: Resource) -> Iterator[Grant]:
    """Yield the grants with the resource as it is now, where they held it as it was; most share one entitlement."""
    held: Entitlement | EntitlementRef | None = None
    new: Entitlement | EntitlementRef | None = None
    for grant in grants:
        if grant.entitlement is not held:
            held = grant.entitlement
            # a connector may put another form of the resource into its grants, such as its id alone
            new = replace(held, resource=resource) if held.resource == earlier else held
        yield Grant(new or held, grant.principal, grant.expandable, grant.id, grant.annotations)


def _without_etag(resource: Resource) -> Resource:
    kept: tuple[Annotation, ...] = tuple(item for item in resource.annotations if item.type_name != ETAG)
    return replace(resource, annotations=kept)


@contextmanager
def opened_previous(
    path: Path,
    source: SyncSource,
    *,
    slim: bool,
    find_unpacked: Callable[[], Path | None] = lambda: None,
    watch: Watch | None = None,
) -> Iterator[PreviousGrants | None]:
    """Provide the newest full sync of a file, for as long as its grants are needed.

    None, or a sync without ETags: there is no such file or sync, it cannot be read, comes from another source, is
    incomplete, or holds less than the new file will (`slim`: the new file holds ids only, too). Then every grant is
    read. `find_unpacked` returns the database of the file if it is unpacked already and of format v1. `watch` is called
    while the file is unpacked.
    """
    if not path.exists():
        yield None
        return
    with ExitStack() as stack:

        def open_view() -> View | None:
            try:
                unpacked = find_unpacked()
                opened = open_store(path, watch) if unpacked is None else open_unpacked(unpacked, path, watch)
                store = stack.enter_context(opened)
                newest = _newest_complete(store.syncs(), source)
            except FileError as error:
                log.warning("All grants are read: the previous sync cannot be used. %s", error.message)
                return None
            view = None if newest is None else store.view(newest)
            return view if view is not None and (slim or not view.slim) else None

        yield PreviousGrants(open_view)


def _newest_complete(syncs: list[SyncRun], source: SyncSource) -> SyncRun | None:
    full = [sync for sync in syncs if sync.finished and sync.type == "full"]
    newest = max(full, key=lambda sync: (sync.ended, sync.id), default=None)
    return newest if newest is not None and _fits(newest, source) else None


def _fits(sync: SyncRun, source: SyncSource) -> bool:
    """Return True for a complete sync of the same connector, version, account and options."""
    try:
        token = decode_json(sync.token or "{}")
    except ValueError:
        return False
    origin = token.get("connector_host") if isinstance(token, dict) else None
    if not isinstance(origin, dict) or origin.get("unread"):
        return False
    if set(origin.get("without") or ()) - {"grant expansion"}:
        return False
    expected = msgspec.to_builtins(source)
    return all((origin.get(name) or "") == value for name, value in expected.items())
