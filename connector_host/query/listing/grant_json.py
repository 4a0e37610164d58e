"""The grants of a file as JSON, many at a time: the quick way for the largest of all listings.

Equal to the `json` of each `ListedGrant`. Nearly all grants are an entitlement, a principal, an id and perhaps their
sources: for these the text of the entitlement, of each principal and of the sources is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from json.encoder import encode_basestring as quote
from typing import NamedTuple

from ...c1z.grant_batches import BatchColumns, GrantBatch
from ...c1z.types import GrantRow
from ...errors import FileError
from ...wire.grants.grant_fields import (
    PrincipalStarts,
    entitlement_keys,
    field_value,
    gaps,
    leading_fields,
    message_tails,
)
from ...wire.json.rendering import GrantText
from ...wire.v3.run_decoding import RecordRun
from ..lookup.object_cache import SyncObjects
from .listed_rows import ListedGrant
from .run_json import ID_PRINCIPAL, GrantTexts, RunJson

__all__ = ["GrantJson"]

END = b"},"
TEXTS = 6
"""Texts of a grant: its entitlement, its principal, its id, the objects it is on, its principal as object, the end."""
ROOM, HOLDER_COST = 48 << 20, 360
"""Bytes of the principals that are kept, and what each takes in addition to its texts."""
MOST_OPENINGS, MOST_TAILS = 4096, 65536


class Opening(NamedTuple):
    """The entitlement of grants: its field in their messages, their JSON up to the principal and behind the id."""

    field: bytes
    text: bytes
    close: bytes


class Holder(NamedTuple):
    """The principal of grants: its field in their messages, its text in their JSON, and its JSON as an object."""

    field: bytes
    text: bytes
    json: bytes


class GrantJson:
    """Writer of grants as JSON; `list_rows` lists grants one by one, in the form that serves every grant."""

    def __init__(self, objects: SyncObjects, list_rows: Callable[[Iterator[GrantRow]], Iterator[ListedGrant]]) -> None:
        self._objects, self._list_rows = objects, list_rows
        self._render = GrantText()
        self._openings: dict[tuple[bytes, bytes], Opening] = {}
        self._holders: dict[tuple[bytes, bytes], Holder] = {}
        self._held = 0
        self._types: dict[bytes, bytes] = {}
        self._starts = PrincipalStarts()
        self._tails: dict[bytes, bytes | None] = {b"": b""}
        self._runs = RunJson(objects, self._run_texts, self._tail)

    def pieces(self, batches: Iterable[GrantBatch]) -> Iterator[bytes]:
        """Yield pieces of one or more grants, with commas between them."""
        for batch in batches:
            text = None
            with suppress(FileError):  # one by one, the grants in front of the damage are written
                text = self._text(batch)
            if text is None:
                yield from (grant.json for grant in self._list_rows(batch.rows(None)))
            else:
                yield text

    def _text(self, batch: GrantBatch) -> bytes | None:
        """Return the JSON of the grants of a batch, with commas between them; None if that takes one by one."""
        if batch.run is not None:
            return self._runs.text(batch.run)
        texts = None if batch.columns is None else self._texts(batch, batch.columns)
        if texts is None:
            return None
        texts[-1] = b"}"
        return b"".join(texts)

    def _texts(self, batch: GrantBatch, columns: BatchColumns) -> list[bytes] | None:
        """Return the texts of the grants of a batch, `TEXTS` for each; None if one does not begin as grants do."""
        keys = entitlement_keys(columns.entitlements, columns.messages)
        openings = list(map(self._openings.get, keys))
        holders = list(map(self._holders.get, columns.principals))
        if None in openings:
            self._add_openings(columns, keys, openings)
        if None in holders:
            self._add_holders(columns, holders)
        if None in openings or None in holders:
            return None
        fields, heads, closes = zip(*openings, strict=True)
        principals, names, objects = zip(*holders, strict=True)
        tails = message_tails((fields, principals), columns.ids, columns.messages)
        texts = [END] * (TEXTS * len(tails))
        texts[0::TEXTS], texts[1::TEXTS], texts[2::TEXTS] = heads, names, columns.ids
        texts[3::TEXTS], texts[4::TEXTS] = closes, objects
        if not columns.plain:
            texts[2::TEXTS] = [quote(raw.decode())[1:-1].encode() for raw in columns.ids]
        if tails.count(b"") < len(tails):
            self._add_tails(batch, texts, tails)
        return texts

    def _add_openings(
        self, columns: BatchColumns, keys: Sequence[tuple[bytes, bytes]], openings: list[Opening | None]
    ) -> None:
        """Fill the gaps of `openings` as far as grants begin with their entitlement."""
        for position in gaps(openings):
            opening = self._openings.get(keys[position])
            if opening is None:
                opening = self._read_opening(_whole_row(columns, position))
                if opening is not None:
                    self._keep_opening(keys[position], opening)
            openings[position] = opening

    def _keep_opening(self, key: tuple[bytes, bytes], opening: Opening) -> None:
        if len(self._openings) >= MOST_OPENINGS:
            self._openings.clear()
        self._openings[key] = opening

    def _read_opening(self, row: GrantRow) -> Opening | None:
        """Return the opening of a grant; None if it does not begin with its entitlement."""
        fields = leading_fields(row.data)
        head = self._render.opening(fields[0]) if fields is not None else b""
        if fields is None or not head:
            return None
        granted = next(self._list_rows(iter((row,)))).granted
        return Opening(fields[0], b'{"grant":' + head, b'"}' + granted.json_part)

    def _run_texts(self, run: RecordRun) -> GrantTexts | None:
        """Return the texts of the entitlement of a run."""
        key = run.entitlement.encode(), run.entitlement_field
        opening = self._openings.get(key)
        if opening is None:
            opening = self._read_opening(next(run.at([0]).rows([0])))
            if opening is None:
                return None
            self._keep_opening(key, opening)
        return GrantTexts(opening.text, opening.close)

    def _add_holders(self, columns: BatchColumns, holders: list[Holder | None]) -> None:
        """Fill the gaps of `holders` as far as grants have their principal behind the entitlement."""
        for position in gaps(holders):
            key = columns.principals[position]
            holder = holders[position] = self._holders.get(key)
            fields = None if holder is not None else leading_fields(columns.messages[position])
            if fields is not None:
                resource_type, name = key[0].decode(), key[1].decode()
                if fields[1] == self._starts[key[0], len(key[1])] + key[1]:
                    text = ID_PRINCIPAL % (quote(resource_type).encode(), quote(name).encode())
                else:
                    text = self._render.holder(field_value(fields[1])) + b'"'
                resource = self._objects.read_resource(resource_type, name)
                holder = Holder(fields[1], text, resource.json)
                if self._held > ROOM:
                    self._holders.clear()
                    self._held = 0
                self._held += sum(map(len, holder)) + HOLDER_COST
                key = self._types.setdefault(key[0], key[0]), key[1]
                self._holders[key] = holders[position] = holder

    def _add_tails(self, batch: GrantBatch, texts: list[bytes], tails: Sequence[bytes | None]) -> None:
        """Put the fields behind the id into the texts, and grants that are of other parts in place of theirs."""
        unusual = []
        for position, fields in enumerate(tails):
            if fields == b"":
                continue
            text = None if fields is None else self._tail(fields)
            if text is None:
                unusual.append(position)
            else:
                at = position * TEXTS
                texts[at + 2] += b'"' + text
                texts[at + 3] = texts[at + 3][1:]
        if unusual:
            for position, grant in zip(unusual, self._list_rows(batch.rows(unusual)), strict=True):
                at = position * TEXTS
                texts[at : at + TEXTS - 1] = [grant.json[:-1], b"", b"", b"", b""]

    def _tail(self, fields: bytes) -> bytes | None:
        text = self._tails.get(fields, b"")
        if text == b"":
            if len(self._tails) >= MOST_TAILS:
                self._tails.clear()
            self._tails[fields] = text = self._render.tail(fields)
        return text


def _whole_row(columns: BatchColumns, position: int) -> GrantRow:
    """Return a grant whose message has all of it; the columns of its resource are left empty."""
    entitlement, grant_id = columns.entitlements[position].decode(), columns.ids[position].decode()
    resource_type, name = (part.decode() for part in columns.principals[position])
    return GrantRow("", "", entitlement, resource_type, name, grant_id, None, 0, columns.messages[position])
