"""The JSON of runs of grants, made from the ids of their principals without a message for each grant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring as quote
from typing import NamedTuple

from ...c1z.grant_batches import ESCAPED
from ...wire.v3.run_decoding import RecordRun
from ..lookup.object_cache import SyncObjects

__all__ = ["ID_PRINCIPAL", "GrantTexts", "RunJson"]

ID_PRINCIPAL = b'"principal":{"id":{"resourceType":%b,"resource":%b}},"id":"'
"""The JSON of a principal of which a grant has the id only, and the start of the grant's id."""
END = b"},"
TEXTS = 6
"""Texts of a grant: its start, its principal's id, the text between, the id, its close, the principal as object."""
ROOM, HOLDER_COST = 48 << 20, 200
"""Bytes of the principals that are kept, and what each takes in addition to its texts."""
MARK = b"\x00"


class GrantTexts(NamedTuple):
    """The JSON of grants of one entitlement up to the principal, and behind the id."""

    head: bytes
    close: bytes


class RunJson:
    """Writer of runs. `texts_of` returns the texts of a run's entitlement, `tail_text` that of the end of a message.

    Both return None where grants are to be written one by one.
    """

    def __init__(
        self,
        objects: SyncObjects,
        texts_of: Callable[[RecordRun], GrantTexts | None],
        tail_text: Callable[[bytes], bytes | None],
    ) -> None:
        self._objects, self._texts_of, self._tail_text = objects, texts_of, tail_text
        self._holders: dict[str, dict[bytes, bytes]] = {}
        """Type -> id -> JSON of the principal."""
        self._held = 0

    def text(self, run: RecordRun) -> bytes | None:
        """Return the JSON of the grants of a run, with commas between them; None if they are to be written one by one.

        Raises FileError where an object cannot be read.
        """
        texts = self._texts_of(run)
        closes = None if texts is None else self._closes(run, texts.close)
        if texts is None or closes is None:
            return None
        start, middle = _around(run)
        names = run.names
        if ESCAPED.search(b" ".join(names)) is not None:
            names = [quote(name.decode())[1:-1].encode() for name in names]
        number = len(names)
        head = texts.head + start
        parts = [END + head] * (TEXTS * number)
        parts[0] = head
        parts[1::TEXTS] = parts[3::TEXTS] = names
        parts[2::TEXTS], parts[4::TEXTS] = [middle] * number, closes
        parts[5::TEXTS] = self._objects_of(run)
        parts.append(END[:1])
        return b"".join(parts)

    def _closes(self, run: RecordRun, close: bytes) -> Sequence[bytes] | None:
        """Return what follows the id of each grant, up to the principal as object."""
        closes = {}
        for message_end in run.message_ends():
            tail = self._tail_text(message_end)
            if tail is None:
                return None
            closes[message_end] = b'"%b%b' % (tail, close[1:]) if tail else close
        if len(closes) == 1:
            return list(closes.values()) * len(run.names)
        return [closes[end.message_end] for end in run.ends]

    def _objects_of(self, run: RecordRun) -> list[bytes]:
        """Return the JSON of each principal."""
        holders = self._holders.setdefault(run.principal_type, {})
        try:
            return list(map(holders.__getitem__, run.names))
        except KeyError:
            return self._read_objects(run)

    def _read_objects(self, run: RecordRun) -> list[bytes]:
        """Return the JSON of each principal, of which some are new."""
        holders = self._holders[run.principal_type]
        objects = []
        for name in run.names:
            json = holders.get(name)
            if json is None:
                json = self._objects.read_resource(run.principal_type, name.decode()).json
                if self._held > ROOM:
                    self._holders.clear()
                    holders = self._holders.setdefault(run.principal_type, {})
                    self._held = 0
                self._held += len(name) + len(json) + HOLDER_COST
                holders[name] = json
            objects.append(json)
        return objects


def _around(run: RecordRun) -> tuple[bytes, bytes]:
    """Return the JSON of a principal up to its id, and from there up to the same id in the id of the grant."""
    principal = ID_PRINCIPAL % (quote(run.principal_type).encode(), b'"' + MARK + b'"')
    start, _, middle = (principal + quote(run.id_start)[1:-1].encode()).partition(MARK)
    return start, middle
