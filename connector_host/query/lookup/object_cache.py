"""Cache of the objects of a sync by their ids, with placeholders for missing ones."""

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
from ..privileged import PrivilegeMark, word_mark
from ..validation.finding_counts import with_article

__all__ = ["SizedCache", "SyncObject", "SyncObjects", "damaged_object", "read_object"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
ROOM = 48 << 20  # bytes of text kept for each of resources and entitlements
OBJECT_COST = 400  # bytes that an entry takes in addition to its texts
JSON_PER_BYTE = 3  # JSON is about twice the message; a multiple of it is kept with the message

log = logging.getLogger(__name__)


class SizedCache(dict[K, V], Generic[K, V]):
    """Dict that makes missing values, and drops its older half when its values cost more than `room` bytes."""

    def __init__(self, make: Callable[[K], V], cost: Callable[[V], int], room: int = ROOM) -> None:
        super().__init__()
        self._make, self._cost, self._room = make, cost, room
        self._held = 0

    def __missing__(self, key: K) -> V:
        return self.keep(key, self._make(key))

    def keep(self, key: K, value: V) -> V:
        """Store a value that was made elsewhere, and return it."""
        self._held += self._cost(value)
        if self._held > self._room and self:
            for old in list(self)[: len(self) // 2 + 1]:
                del self[old]
            self._held = sum(map(self._cost, self.values())) + self._cost(value)
        self[key] = value
        return value


class SyncObject:
    """Resource type, resource or entitlement: its id, message (None if the file lacks it), name and JSON.

    `noun` is what people call an object of its kind, `mark` tells whether an entitlement is privileged.
    """

    __slots__ = ("_json", "_mark", "_name", "data", "id", "missing", "noun")

    def __init__(
        self, noun: str, object_id: str, data: bytes | None, missing: bytes = b"", mark: PrivilegeMark = word_mark
    ) -> None:
        self._mark = mark
        self.noun = noun
        self.id = object_id
        self.data = data
        self.missing = missing
        self._name: str | None = None
        self._json: bytes | None = None

    @property
    def name(self) -> str:
        """Its display name; its slug or its id where it has none."""
        if self._name is None:
            self._name = self._read(NAMES[self.noun]) if self.data is not None else f"(missing) {self.id}"
            self._name = self._name or (self.slug if self.noun == "entitlement" else "") or self.id
        return self._name

    @property
    def slug(self) -> str:
        """The slug of an entitlement."""
        return self._read(field_access.entitlement_slug) if self.data is not None else ""

    @property
    def privileged(self) -> bool:
        """True for an entitlement that a rule, or its slug or name, marks as privileged."""
        return bool(self.privileged_mark)

    @property
    def privileged_mark(self) -> str:
        """The rule or the word that marks an entitlement as privileged, or an empty text."""
        if self.data is None:
            return ""
        try:
            name, slug = field_access.entitlement_name(self.data), field_access.entitlement_slug(self.data)
        except (WireError, FileError) as error:
            raise damaged_object(self.noun, self.id, error) from error
        return self._mark(self.id, slug, name)

    @property
    def json(self) -> bytes:
        """The message as protobuf JSON, or a placeholder."""
        if self._json is None:
            self._json = self._read(RENDER[self.noun]).encode() if self.data is not None else self.missing
        return self._json

    def _read(self, read: Callable[[bytes], str]) -> str:
        return read_object(self.noun, self.id, self.data or b"", read)


class SyncObjects:
    """Names and JSON of the objects of a sync. Each missing object is logged once, at warning level."""

    def __init__(self, view: View, mark: PrivilegeMark = word_mark) -> None:
        self._view, self.mark = view, mark
        self.types = SizedCache[str, SyncObject](self._type, _cost)
        self.resources = SizedCache[tuple[str, str], SyncObject](lambda key: self.read_resource(*key), _cost)
        self.entitlements = SizedCache[str, SyncObject](self._entitlement, _cost)
        self._logged: set[str] = set()

    def parent(self, resource: SyncObject) -> SyncObject | None:
        """Return the resource that a resource names as its parent."""
        try:
            named = field_access.parent(resource.data or b"")
        except (WireError, FileError) as error:
            raise damaged_object(resource.noun, resource.id, error) from error
        return None if named is None else self.resources[named.resource_type, named.resource]

    def _type(self, type_id: str) -> SyncObject:
        resource_type = SyncObject("resource type", type_id, self._view.resource_type(type_id))
        if resource_type.data is None:
            self._miss(resource_type, {"id": type_id, "displayName": f"MISSING RESOURCE TYPE ({type_id})"})
        return resource_type

    def made_resource(self, resource_id: ResourceId, data: bytes | None) -> SyncObject:
        """Return a resource with a message that was read elsewhere, or its placeholder; it is not cached."""
        name = str(resource_id)
        resource = SyncObject("resource", name, data)
        if data is None:
            parts = {"resourceType": resource_id.resource_type, "resource": resource_id.resource}
            ids = {key: part for key, part in parts.items() if part}
            self._miss(resource, {"id": ids, "displayName": f"MISSING RESOURCE ({name})"})
        return resource

    def read_resource(self, resource_type: str, name: str) -> SyncObject:
        """Return a resource, which is not cached."""
        resource_id = ResourceId(resource_type, name)
        return self.made_resource(resource_id, self._view.resource(resource_id))

    def _entitlement(self, entitlement_id: str) -> SyncObject:
        entitlement = SyncObject("entitlement", entitlement_id, self._view.entitlement(entitlement_id), mark=self.mark)
        if entitlement.data is None:
            self._miss(entitlement, {"id": entitlement_id, "displayName": f"MISSING ENTITLEMENT ({entitlement_id})"})
        return entitlement

    def _miss(self, missing: SyncObject, placeholder: dict[str, object]) -> None:
        present = {key: value for key, value in placeholder.items() if value}  # as protobuf, which omits empty texts
        missing.missing = msgspec.json.encode(present)
        if missing.id in self._logged or len(self._logged) > MOST_LOGGED:
            return
        self._logged.add(missing.id)
        if len(self._logged) > MOST_LOGGED:
            log.warning("The file names more objects that it does not hold; `connector-host validate` counts them.")
        else:
            log.warning("The file names %s that it does not hold: %s", with_article(missing.noun), missing.id)


MOST_LOGGED = 20
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


def read_object(noun: str, object_id: str, data: bytes, read: Callable[[bytes], V]) -> V:
    """Read something in a stored message. Raises FileError, which names the object."""
    try:
        return read(data)
    except (WireError, FileError) as error:
        raise damaged_object(noun, object_id, error) from error


def damaged_object(noun: str, object_id: str, error: Exception) -> FileError:
    """Return the error for a stored message that cannot be read."""
    return FileError(
        f"The {noun} {object_id!r} cannot be read: {error}",
        hint="The file is damaged. Run `connector-host validate` to see how much of it.",
    )


def _cost(cached: SyncObject) -> int:
    return OBJECT_COST + (1 + JSON_PER_BYTE) * len(cached.data or b"")
