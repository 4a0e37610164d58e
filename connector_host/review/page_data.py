"""What the script of the page asks: the rows of a review as one JSON value, with numbers in place of repeated texts.

::

    {types: [[id, name], ...],                       resource types
     who:   [[type, id, name, key, mail, [mark]]],   principals; `key` names their entries on the page
     res:   [[type, id, name], ...],                 resources that something is held on, by name
     ent:   [[id, res, level, name, word], ...],     entitlements, ascending by id; `word`: why it is privileged
     ways:  [[direct, ent, ...], ...],               the different ways to hold: directly (1), through entitlements
     edges: [[source, target, shallow, [type, ...]]] holders of `source` hold `target`, too
     held:  [[ent, way, ent, way, ...], ...],        what each principal holds
     fresh: {who: {ent: word}}}                      what is `new` or `changed` since the compared sync

In what is to be shown, characters that move or hide letters are escaped. The id of an entitlement is 0 where it is the
usual one, `type:id:level`; its resource is -1 where the sync lacks it. Of several grants of an entitlement to a
principal one is kept, a direct one first: paths are the same for all of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..output.terminal_text import printable
from .review_model import HeldEntitlement, InheritanceLink, ReviewPrincipal, ReviewRow, SourceEntitlement

__all__ = [
    "MatrixTable",
    "ReviewPageData",
    "anchor",
    "entitlement_name",
    "principal_tags",
    "script_safe",
    "short_entitlement_name",
]

UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
On = tuple[int, str, str]  # system, resource type, resource


class MatrixTable(Struct, frozen=True):
    """A matrix: the names of resources, and for each principal its name and the levels on each of them."""

    resources: list[str]
    rows: list[tuple[str, list[str]]]


class _Entitlement(Struct, frozen=True):
    id: str
    name: str
    level: str = ""
    word: str = ""
    on: On | None = None
    whole: bool = False


class ReviewPageData:
    """Collects rows, put together by principal, and gives the JSON value in pieces. 8 bytes are kept of a row.

    `systems` are what systems are called, to be said with the types of each; none where there is only one.
    """

    def __init__(self, systems: Sequence[str] = ()) -> None:
        self._systems = systems
        self._types: dict[tuple[int, str], int] = {}
        self._type_names: list[tuple[str, str]] = []
        self._who: list[tuple[int, str, str, str, str, tuple[str, ...]]] = []
        self._resources: dict[On, tuple[int, str, str]] = {}
        self._numbers: dict[tuple[int, str], int] = {}
        self._entitlements: list[_Entitlement] = []
        self._ways: dict[tuple[int, ...], int] = {}
        self._way_list: list[tuple[int, ...]] = []
        self._edges: list[tuple[int, int, int, list[int]]] = []
        self._starts, self._held = array("I"), array("I")
        self._fresh: dict[int, dict[int, str]] = {}

    def begin(self, system: int, who: ReviewPrincipal) -> int:
        """The rows of this principal come next. Gives its number."""
        kind = self._type(system, who.resource_type, who.type_name)
        self._who.append(
            (
                kind,
                printable(who.resource),
                printable(who.name),
                anchor(system, who),
                printable(who.mail),
                principal_tags(who),
            )
        )
        self._starts.append(len(self._held))
        return len(self._who) - 1

    def add(self, row: ReviewRow) -> None:
        """One grant of the principal begun last."""
        what = self._of_held(row.system, row.what)
        sources = sorted(self._number(row.system, via) for via in row.via)
        way = (int(row.direct), *sources)
        if way not in self._ways:
            self._ways[way] = len(self._way_list)
            self._way_list.append(way)
        self._held.append(what)
        self._held.append(self._ways[way])
        if row.change:
            self._fresh.setdefault(len(self._who) - 1, {})[what] = row.change

    def link(self, link: InheritanceLink) -> None:
        """One link between entitlements."""
        source, target = self._number(link.system, link.source), self._number(link.system, link.target)
        only = [self._type(link.system, name, name) for name in link.only]
        self._edges.append((source, target, int(link.shallow), only))

    def json(self) -> Iterator[str]:
        """The value, as it may stand in a script element."""
        order = sorted(range(len(self._entitlements)), key=lambda at: (self._entitlements[at].id, at))
        place = array("I", bytes(4 * len(order)))
        for new, old in enumerate(order):
            place[old] = new
        on = self._resource_order()
        numbers = {on_key: number for number, on_key in enumerate(on)}
        yield from _list('{"types":', self._type_names)
        yield from _list(',"who":', self._who)
        yield from _list(',"res":', (self._resources[on_key] for on_key in on))
        yield from _list(',"ent":', (_plain(self._entitlements[at], numbers) for at in order))
        yield from _list(',"ways":', ((way[0], *sorted(place[at] for at in way[1:])) for way in self._way_list))
        yield from _list(',"edges":', ((place[edge[0]], place[edge[1]], *edge[2:]) for edge in self._edges))
        yield from _list(',"held":', (self._of(who, place) for who in range(len(self._who))))
        fresh = {str(who): {str(place[at]): word for at, word in words.items()} for who, words in self._fresh.items()}
        yield f',"fresh":{_text(fresh)}}}'

    @property
    def size(self) -> tuple[int, int]:
        """How many principals and resources there are."""
        return len(self._who), len(self._resources)

    def grid(self) -> MatrixTable:
        """All of it as a matrix: for a few resources."""
        on = self._resource_order()
        rows = []
        for who, (_, _, name, *_) in enumerate(self._who):
            levels: dict[On | None, list[str]] = {}
            for what in self._held_by(who):
                found = self._entitlements[what]
                levels.setdefault(found.on, []).append(found.level)
            rows.append((name, [", ".join(levels.get(each, ())) for each in on]))
        return MatrixTable([self._resources[each][2] for each in on], rows)

    # ------------------------------------------------------------------------------------------ inside

    def _type(self, system: int, type_id: str, name: str) -> int:
        number = self._types.setdefault((system, type_id), len(self._type_names))
        if number == len(self._type_names):
            self._type_names.append(
                (printable(type_id), printable(f"{name}, {self._systems[system]}" if self._systems else name))
            )
        return number

    def _of_held(self, system: int, held: HeldEntitlement) -> int:
        number = self._numbers.get((system, held.entitlement))
        if number is not None and self._entitlements[number].whole:
            return number
        on = (system, held.resource_type, held.resource) if held.resource else None
        if on is not None and on not in self._resources:
            kind = self._type(system, held.resource_type, held.type_name)
            self._resources[on] = (kind, printable(held.resource), printable(held.resource_name))
        number = self._number(system, SourceEntitlement(held.entitlement, held.name, held.resource_name))
        name = printable(entitlement_name(held.name, held.resource_name))
        word = printable(held.privileged)
        self._entitlements[number] = _Entitlement(
            held.entitlement, name, short_entitlement_name(held), word, on, whole=True
        )
        return number

    def _number(self, system: int, one: SourceEntitlement) -> int:
        number = self._numbers.get((system, one.entitlement))
        if number is None:
            number = self._numbers[system, one.entitlement] = len(self._entitlements)
            name = printable(entitlement_name(one.name, one.resource_name))
            self._entitlements.append(_Entitlement(one.entitlement, name, name))
        return number

    def _resource_order(self) -> list[On]:
        return sorted(self._resources, key=lambda on: (self._resources[on][2].casefold(), on))

    def _held_by(self, who: int) -> dict[int, int]:
        """Entitlement -> way; of several grants of one, a direct one first."""
        end = self._starts[who + 1] if who + 1 < len(self._starts) else len(self._held)
        found: dict[int, int] = {}
        for at in range(self._starts[who], end, 2):
            what, way = self._held[at], self._held[at + 1]
            if what not in found or self._way_list[way][0] > self._way_list[found[what]][0]:
                found[what] = way
        return found

    def _of(self, who: int, place: array[int]) -> list[int]:
        pairs = sorted((place[what], way) for what, way in self._held_by(who).items())
        return [number for pair in pairs for number in pair]


def anchor(system: int, who: ReviewPrincipal) -> str:
    """What the entry of a principal is called in addresses within the page."""
    return f"p{system}-{who.num}"


def principal_tags(who: ReviewPrincipal) -> tuple[str, ...]:
    """What is special about a principal, in words of ours."""
    state = who.status if who.status in {"disabled", "deleted"} else ""
    account = who.account if who.account != "human" else ""
    return tuple(word for word in (state, account, "missing" if who.missing else "") if word)


def short_entitlement_name(held: HeldEntitlement) -> str:
    """What is said of an entitlement where its resource is said already."""
    return printable(held.slug or held.name)


def entitlement_name(name: str, resource_name: str) -> str:
    """What an entitlement is called where its resource is not said besides."""
    return name if not resource_name or resource_name in name else f"{name} ({resource_name})"


def script_safe(text: str) -> str:
    """JSON that may stand in a script element: what could end it, or a line of script, is escaped."""
    return text.translate(UNSAFE)


def _plain(one: _Entitlement, numbers: dict[On, int]) -> tuple[Any, ...]:
    usual = one.on is not None and one.id == f"{one.on[1]}:{one.on[2]}:{one.level}"
    return 0 if usual else printable(one.id), -1 if one.on is None else numbers[one.on], one.level, one.name, one.word


def _list(before: str, items: Iterable[Any]) -> Iterator[str]:
    opening = f"{before}["
    for item in items:
        yield opening + _text(item)
        opening = ","
    yield "]" if opening == "," else f"{opening}]"


def _text(value: Any) -> str:
    return script_safe(msgspec.json.encode(value).decode())
