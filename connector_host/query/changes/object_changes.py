"""Difference of two syncs of one file or of two, object by object, ascending by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from msgspec import Struct

from ...c1z.types import ObjectKind, View
from ...wire import message_equality
from ...wire.json import rendering
from ..spool import Spool
from .unread_listings import UnreadListings

__all__ = ["Mark", "ObjectChange", "diff_json", "list_changes"]

Stored = tuple[str, bytes, bytes | None]
Mark = str
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


class ObjectChange(Struct, frozen=True):
    """Object that is only in the new sync (`old` None), only in the old one (`new` None), or different in both.

    `old` and `new` are the messages, `old_expansion` and `new_expansion` the stored expansions of a grant.
    """

    kind: ObjectKind
    id: str
    old: bytes | None
    new: bytes | None
    old_expansion: bytes | None = None
    new_expansion: bytes | None = None

    @property
    def mark(self) -> Mark:
        """`added`, `removed` or `changed`."""
        if self.old is None:
            return ADDED
        return REMOVED if self.new is None else CHANGED


def list_changes(old: View, new: View, object_kind: ObjectKind) -> Iterator[ObjectChange]:
    """Yield every object of a kind whose stored bytes differ, ascending by id. Memory does not grow with the syncs.

    Between files of two formats, fields that only one of them can store make no difference. An object that the new sync
    lacks because it could not read the listing is not a change.
    """
    mixed = old.slim != new.slim
    unread = UnreadListings(new)
    for before, after in _merged(old.by_id(object_kind), new.by_id(object_kind)):
        if before is None and after is not None:
            yield ObjectChange(object_kind, after[0], None, after[1], None, after[2])
        elif after is None and before is not None:
            if unread and unread.covers(object_kind, before[1]):
                continue
            yield ObjectChange(object_kind, before[0], before[1], None, before[2], None)
        elif before is not None and after is not None and before[1:] != after[1:]:
            if mixed and before[2] == after[2] and message_equality.same_slim(object_kind, before[1], after[1]):
                continue
            yield ObjectChange(object_kind, before[0], before[1], after[1], before[2], after[2])


def _merged(old: Iterable[Stored], new: Iterable[Stored]) -> Iterator[tuple[Stored | None, Stored | None]]:
    """Pair up two sequences of objects that ascend by id. The last of several objects with one id counts."""
    before, after = _once(old), _once(new)
    old_object, new_object = next(before, None), next(after, None)
    while old_object is not None or new_object is not None:
        if new_object is None or (old_object is not None and old_object[0] < new_object[0]):
            yield old_object, None
            old_object = next(before, None)
        elif old_object is None or new_object[0] < old_object[0]:
            yield None, new_object
            new_object = next(after, None)
        else:
            yield old_object, new_object
            old_object, new_object = next(before, None), next(after, None)


def _once(objects: Iterable[Stored]) -> Iterator[Stored]:
    previous: Stored | None = None
    for stored in objects:
        if previous is not None and previous[0] != stored[0]:
            yield previous
        previous = stored
    if previous is not None:
        yield previous


# ----------------------------------------------------------------------------------------------- JSON of baton

SHAPES: tuple[tuple[ObjectKind, bytes, Callable[[bytes, bytes], bool], Callable[[bytes], str]], ...] = (
    (ObjectKind.RESOURCE, b"resources", message_equality.same_resource, rendering.resource),
    (ObjectKind.ENTITLEMENT, b"entitlements", message_equality.same_entitlement, rendering.entitlement),
    (ObjectKind.GRANT, b"grants", message_equality.same_grant, rendering.grant),
)
NAMES = {ADDED: b"created", REMOVED: b"deleted", CHANGED: b"modified"}


def diff_json(old: View, new: View) -> Iterator[bytes]:
    """Yield `{resources: {created, deleted, modified}, entitlements, grants}`, the JSON of `baton diff`, in pieces.

    Deleted objects are those of the old sync, all others those of the new one. Messages with equal fields are equal,
    whatever their bytes; expansions are not compared.
    """
    before = b"{"
    for object_kind, name, same, text in SHAPES:
        yield b'%b"%b":{' % (before, name)
        before = b","
        with ExitStack() as stack:
            lists = {mark: stack.enter_context(Spool()) for mark in NAMES}
            for change in list_changes(old, new, object_kind):
                if change.old is not None and change.new is not None and same(change.old, change.new):
                    continue
                shown = change.old if change.new is None else change.new
                lists[change.mark].add(text(shown or b"").encode())
            yield from _lists(lists)
        yield b"}"
    yield b"}"


def _lists(lists: dict[Mark, Spool]) -> Iterator[bytes]:
    comma = b""
    for mark, name in NAMES.items():
        opening = b'%b"%b":[' % (comma, name)
        between = opening
        for piece in lists[mark]:
            yield between + piece
            between = b","
        if between is not opening:
            yield b"]"
            comma = b","
