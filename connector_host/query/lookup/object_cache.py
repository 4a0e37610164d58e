"""The objects of a sync by their ids: looked up once, kept while there is room, placeholders where they are missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import msgspec

from ...c1z.types import View
from ...errors import FileError
from ...model import ResourceId
from ...wire import field_access
from ...wire.json import rendering
from ...wire.wire_format import WireError
from ..validation.finding_counts import with_article

__all__ = ["SizedCache", "SyncObject", "SyncObjects", "damaged_object"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
ROOM = 48 << 20  # bytes of text kept for each of resources and entitlements
OBJECT_COST = 400  # bytes an entry takes besides its texts
JSON_PER_BYTE = 3  # JSON is about twice the message; a multiple of it is kept with the message

log = logging.getLogger(__name__)


class SizedCache(dict[K, V], Generic[K, V]):
    """A dict that makes what it lacks, and drops the older half when what it holds is worth more than `room` bytes."""

    def __init__(self, make: Callable[[K], V], cost: Callable[[V], int], room: int = ROOM) -> None:
        super().__init__()
        self._make, self._cost, self._room = make, cost, room
        self._held = 0

    def __missing__(self, key: K) -> V:
        return self.keep(key, self._make(key))

    def keep(self, key: K, value: V) -> V:
        """Put a value in that was made elsewhere."""
        self._held += self._cost(value)
        if self._held > self._room and self:
            for old in list(self)[: len(self) // 2 + 1]:
                del self[old]
            self._held = sum(map(self._cost, self.values())) + self._cost(value)
        self[key] = value
        return value


class SyncObject:
    """A resource type, resource or entitlement: its id, message (None: the file lacks it), name and JSON."""

    __slots__ = ("_json", "_name", "data", "id", "kind", "missing")

    def __init__(self, kind: str, object_id: str, data: bytes | None, missing: bytes = b"") -> None:
        self.kind = kind
        self.id = object_id
        self.data = data
        self.missing = missing
        self._name: str | None = None
        self._json: bytes | None = None

    @property
    def name(self) -> str:
        """Its display name, or its id where it has none."""
        if self._name is None:
            self._name = self._read(NAMES[self.kind]) if self.data is not None else f"(missing) {self.id}"
            self._name = self._name or self.id
        return self._name

    @property
    def slug(self) -> str:
        """The slug of an entitlement."""
        return self._read(field_access.entitlement_slug) if self.data is not None else ""

    @property
    def json(self) -> bytes:
        """The message as protobuf JSON, or a placeholder."""
        if self._json is None:
            self._json = self._read(RENDER[self.kind]).encode() if self.data is not None else self.missing
        return self._json

    def _read(self, read: Callable[[bytes], str]) -> str:
        try:
            return read(self.data or b"")
        except (WireError, FileError) as error:
            raise damaged_object(self.kind, self.id, error) from error


class SyncObjects:
    """What the objects of a sync are called and how they look. Missing ones are said once each, at warning level."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.types = SizedCache[str, SyncObject](self._type, _cost)
        self.resources = SizedCache[tuple[str, str], SyncObject](self._resource, _cost)
        self.entitlements = SizedCache[str, SyncObject](self._entitlement, _cost)
        self._said: set[str] = set()

    def parent(self, resource: SyncObject) -> SyncObject | None:
        """The resource that a resource names as its parent."""
        try:
            named = field_access.parent(resource.data or b"")
        except (WireError, FileError) as error:
            raise damaged_object(resource.kind, resource.id, error) from error
        return None if named is None else self.resources[named.resource_type, named.resource]

    def _type(self, type_id: str) -> SyncObject:
        found = SyncObject("resource type", type_id, self._view.resource_type(type_id))
        if found.data is None:
            self._miss(found, {"id": type_id, "displayName": f"MISSING RESOURCE TYPE ({type_id})"})
        return found

    def made_resource(self, who: ResourceId, data: bytes | None) -> SyncObject:
        """A resource with this message, or its placeholder; not kept."""
        name = str(who)
        found = SyncObject("resource", name, data)
        if data is None:
            ids = {"resourceType": who.resource_type, "resource": who.resource}
            self._miss(found, {"id": ids, "displayName": f"MISSING RESOURCE ({name})"})
        return found

    def _resource(self, key: tuple[str, str]) -> SyncObject:
        who = ResourceId(*key)
        return self.made_resource(who, self._view.resource(who))

    def _entitlement(self, entitlement_id: str) -> SyncObject:
        found = SyncObject("entitlement", entitlement_id, self._view.entitlement(entitlement_id))
        if found.data is None:
            self._miss(found, {"id": entitlement_id, "displayName": f"MISSING ENTITLEMENT ({entitlement_id})"})
        return found

    def _miss(self, found: SyncObject, placeholder: dict[str, object]) -> None:
        found.missing = msgspec.json.encode(placeholder)
        if found.id in self._said or len(self._said) > MOST_SAID:
            return
        self._said.add(found.id)
        if len(self._said) > MOST_SAID:
            log.warning("the file names more that it does not hold; `connector-host validate` counts it")
        else:
            log.warning("the file names %s that it does not hold: %s", with_article(found.kind), found.id)


MOST_SAID = 20
NAMES = {
    "resource type": field_access.type_name,
    "resource": field_access.resource_name,
    "entitlement": field_access.entitlement_name,
}
RENDER: dict[str, Callable[[bytes], str]] = {
    "resource type": rendering.resource_type,
    "resource": rendering.resource,
    "entitlement": rendering.entitlement,
}


def damaged_object(kind: str, object_id: str, error: Exception) -> FileError:
    """The error for a stored message that cannot be read."""
    return FileError(
        f"the {kind} {object_id!r} of the file cannot be read: {error}",
        hint="The file is damaged; `connector-host validate` says how much of it.",
    )


def _cost(found: SyncObject) -> int:
    return OBJECT_COST + (1 + JSON_PER_BYTE) * len(found.data or b"")
