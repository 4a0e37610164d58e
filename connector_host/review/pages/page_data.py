"""Data for the script of the page: the rows of a review as one JSON value, with numbers in place of repeated texts.

::

    {types: [[id, name], ...],                       resource types
     who:   [[type, id, name, key, mail, [mark]]],   principals; `key` names their entries on the page
     res:   [[type, id, name], ...],                 resources that something is held on, by name
     ent:   [[id, res, level, name, word], ...],     entitlements, ascending by id; `word`: why it is privileged
     ways:  [[direct, ent, ...], ...],               the different ways to hold: directly (1), through entitlements
     edges: [[source, target, shallow, [type, ...]]] holders of `source` hold `target`, too
     held:  [[ent, way, ent, way, ...], ...],        what each principal holds
     fresh: {who: {ent: word}},                      what is `new` or `changed` since the compared sync
     rows:  [[res, id, n, ent * n, m, risk * m, ...], ...],  the rows of each principal: `n` direct entitlements
     risks: [text, ...],                             the risk marks of rows
     review: {id, systems, reviewer, part}}          what the import needs to know

In displayed texts, characters that move or hide letters are escaped. The id of an entitlement is 0 if it is the usual
one, `type:id:level`; its resource is -1 if the sync does not hold it. Of several grants of an entitlement to the same
principal one is kept, preferably a direct one: the paths are the same for all of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ...output.terminal_text import printable
from ..review_model import HeldEntitlement, InheritanceLink, ReviewPrincipal, ReviewRow, SourceEntitlement
from ..review_state import quote_state
from ..review_units import AccessRow

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
NO_RESOURCE = 2**32 - 1
On = tuple[int, str, str]  # system, resource type, resource


class MatrixTable(Struct, frozen=True):
    """A matrix: the names of the resources, and for each principal its name and its levels on each resource."""

    resources: list[str]
    rows: list[tuple[str, list[str]]]


class _Entitlement(Struct, frozen=True):
    id: str
    name: str
    level: str = ""
    word: str = ""
    on: On | None = None
    complete: bool = False


class ReviewPageData:
    """Collects rows, grouped by principal, and returns the JSON value in pieces. Each row takes 8 bytes.

    `systems` holds the names of the systems, which are added to the names of their types; empty for a single system.
    """

    def __init__(self, systems: Sequence[str] = ()) -> None:
        self._systems = systems
        self._types: dict[tuple[int, str], int] = {}
        self._type_names: list[tuple[str, str]] = []
        self._principals: list[tuple[int, str, str, str, str, tuple[str, ...]]] = []
        self._resources: dict[On, tuple[int, str, str]] = {}
        self._resource_places: dict[On, int] = {}
        self._numbers: dict[tuple[int, str], int] = {}
        self._entitlements: list[_Entitlement] = []
        self._ways: dict[tuple[int, ...], int] = {}
        self._way_list: list[tuple[int, ...]] = []
        self._edges: list[tuple[int, int, int, list[int]]] = []
        self._starts, self._held = array("I"), array("I")
        self._fresh: dict[int, dict[int, str]] = {}
        self._rows, self._row_ids = array("I"), bytearray()
        self._row_starts = array("I")
        self._risks: dict[str, int] = {}

    def begin(self, system: int, principal: ReviewPrincipal) -> int:
        """Begin the rows of a principal and return its number."""
        type_number = self._type(system, principal.resource_type, principal.type_name)
        self._principals.append(
            (
                type_number,
                printable(principal.resource),
                printable(principal.name),
                anchor(system, principal),
                printable(principal.mail),
                principal_tags(principal),
            )
        )
        self._starts.append(len(self._held))
        self._row_starts.append(len(self._rows))
        return len(self._principals) - 1

    def add(self, row: ReviewRow) -> None:
        """Add a grant of the current principal."""
        entitlement_number = self._of_held(row.system, row.entitlement)
        sources = sorted(self._number(row.system, via) for via in row.via)
        way = (int(row.direct), *sources)
        if way not in self._ways:
            self._ways[way] = len(self._way_list)
            self._way_list.append(way)
        self._held.append(entitlement_number)
        self._held.append(self._ways[way])
        if row.change:
            self._fresh.setdefault(len(self._principals) - 1, {})[entitlement_number] = row.change

    def add_access(self, access: AccessRow) -> None:
        """Add a row of the current principal, after the grants in it were added."""
        held = access.on
        on = (access.system, held.resource_type, held.resource) if held.resource else None
        numbers = dict.fromkeys(self._of_held(grant.system, grant.entitlement) for grant in access.direct)
        self._rows.append(NO_RESOURCE if on is None else self._resource_places[on])
        self._rows.append(len(numbers))
        self._rows.extend(numbers)
        risks = dict.fromkeys(printable(risk) for grant in access.grants for risk in grant.risks)
        self._rows.append(len(risks))
        self._rows.extend(self._risks.setdefault(risk, len(self._risks)) for risk in risks)
        self._row_ids += f"{access.row_id if numbers else ''}\n".encode()

    def link(self, link: InheritanceLink) -> None:
        """Add a link between entitlements."""
        source, target = self._number(link.system, link.source), self._number(link.system, link.target)
        only = [self._type(link.system, name, name) for name in link.only]
        self._edges.append((source, target, int(link.shallow), only))

    def json(self, review: dict[str, Any]) -> Iterator[str]:
        """Yield the JSON value, escaped for a script element; `review` is what the import needs to know."""
        order = sorted(range(len(self._entitlements)), key=lambda old: (self._entitlements[old].id, old))
        new_numbers = array("I", bytes(4 * len(order)))
        for new, old in enumerate(order):
            new_numbers[old] = new
        resource_keys = self._resource_order()
        resource_numbers = {resource_key: number for number, resource_key in enumerate(resource_keys)}
        yield from _list('{"types":', self._type_names)
        yield from _list(',"who":', self._principals)
        yield from _list(',"res":', (self._resources[resource_key] for resource_key in resource_keys))
        yield from _list(',"ent":', (_entitlement_values(self._entitlements[old], resource_numbers) for old in order))
        yield from _list(',"ways":', ((way[0], *sorted(new_numbers[old] for old in way[1:])) for way in self._way_list))
        yield from _list(',"edges":', ((new_numbers[edge[0]], new_numbers[edge[1]], *edge[2:]) for edge in self._edges))
        yield from _list(
            ',"held":', (self._held_values(principal, new_numbers) for principal in range(len(self._principals)))
        )
        fresh = {
            str(principal): {str(new_numbers[old]): word for old, word in words.items()}
            for principal, words in self._fresh.items()
        }
        yield f',"fresh":{_text(fresh)}'
        places = array("i", (resource_numbers[resource_key] for resource_key in self._resource_places))
        yield from _list(',"rows":', self._rows_by_principal(new_numbers, places))
        yield f',"risks":{_text(list(self._risks))}'
        yield f',"review":{script_safe(quote_state(review))}}}'

    def _rows_by_principal(self, new_numbers: array[int], places: array[int]) -> Iterator[list[int | str]]:
        ids = iter(self._row_ids.decode().splitlines())
        position = 0
        for end in (*self._row_starts[1:], len(self._rows))[: len(self._row_starts)]:
            values: list[int | str] = []
            while position < end:
                on, count = self._rows[position], self._rows[position + 1]
                held = self._rows[position + 2 : position + 2 + count]
                values += [-1 if on == NO_RESOURCE else places[on], next(ids), count]
                values += sorted(new_numbers[entitlement_number] for entitlement_number in held)
                position += 2 + count
                risks = self._rows[position : position + 1 + self._rows[position]]
                values += risks
                position += len(risks)
            yield values

    def entitlements(self) -> list[tuple[int, str]]:
        """Return the entitlements of the page so far: system and id."""
        return list(self._numbers)

    @property
    def size(self) -> tuple[int, int]:
        """The numbers of principals and resources."""
        return len(self._principals), len(self._resources)

    def grid(self) -> MatrixTable:
        """Return all rows as a matrix, for a small number of resources."""
        resource_keys = self._resource_order()
        rows = []
        for principal_number, (_, _, name, *_) in enumerate(self._principals):
            levels: dict[On | None, list[str]] = {}
            for entitlement_number in self._held_by(principal_number):
                entitlement = self._entitlements[entitlement_number]
                levels.setdefault(entitlement.on, []).append(entitlement.level)
            rows.append((name, [", ".join(levels.get(resource_key, ())) for resource_key in resource_keys]))
        return MatrixTable([self._resources[resource_key][2] for resource_key in resource_keys], rows)

    # ------------------------------------------------------------------------------------------ inside

    def _type(self, system: int, type_id: str, name: str) -> int:
        number = self._types.setdefault((system, type_id), len(self._type_names))
        if number == len(self._type_names):
            self._type_names.append(
                (printable(type_id), printable(f"{name}, {self._systems[system]}" if self._systems else name))
            )
        return number

    def _of_held(self, system: int, held: HeldEntitlement) -> int:
        number = self._numbers.get((system, held.id))
        if number is not None and self._entitlements[number].complete:
            return number
        on = (system, held.resource_type, held.resource) if held.resource else None
        if on is not None and on not in self._resources:
            type_number = self._type(system, held.resource_type, held.type_name)
            self._resource_places[on] = len(self._resource_places)
            self._resources[on] = (type_number, printable(held.resource), printable(held.resource_name))
        number = self._number(system, SourceEntitlement(held.id, held.name, held.resource_name))
        name = printable(entitlement_name(held.name, held.resource_name))
        word = printable(held.privileged)
        self._entitlements[number] = _Entitlement(held.id, name, short_entitlement_name(held), word, on, complete=True)
        return number

    def _number(self, system: int, source: SourceEntitlement) -> int:
        number = self._numbers.get((system, source.id))
        if number is None:
            number = self._numbers[system, source.id] = len(self._entitlements)
            name = printable(entitlement_name(source.name, source.resource_name))
            self._entitlements.append(_Entitlement(source.id, name, name))
        return number

    def _resource_order(self) -> list[On]:
        return sorted(self._resources, key=lambda on: (self._resources[on][2].casefold(), on))

    def _held_by(self, principal_number: int) -> dict[int, int]:
        """Map the number of each held entitlement to its way; of several grants, a direct one is preferred."""
        end = self._starts[principal_number + 1] if principal_number + 1 < len(self._starts) else len(self._held)
        ways: dict[int, int] = {}
        for position in range(self._starts[principal_number], end, 2):
            entitlement_number, way = self._held[position], self._held[position + 1]
            if entitlement_number not in ways or self._way_list[way][0] > self._way_list[ways[entitlement_number]][0]:
                ways[entitlement_number] = way
        return ways

    def _held_values(self, principal_number: int, positions: array[int]) -> list[int]:
        pairs = sorted(
            (positions[entitlement_number], way) for entitlement_number, way in self._held_by(principal_number).items()
        )
        return [number for pair in pairs for number in pair]


def anchor(system: int, principal: ReviewPrincipal) -> str:
    """Return the anchor of a principal's entry in the page."""
    return f"p{system}-{principal.num}"


def principal_tags(principal: ReviewPrincipal) -> tuple[str, ...]:
    """Return the tags of a principal: state, account type, `missing`."""
    state = principal.status if principal.status in {"disabled", "deleted"} else ""
    account = principal.account if principal.account != "human" else ""
    return tuple(word for word in (state, account, "missing" if principal.missing else "") if word)


def short_entitlement_name(held: HeldEntitlement) -> str:
    """Return the short name of an entitlement, for a place that names its resource already."""
    return printable(held.slug or held.name)


def entitlement_name(name: str, resource_name: str) -> str:
    """Return the name of an entitlement, with the name of its resource if that is not part of it."""
    return name if not resource_name or resource_name in name else f"{name} ({resource_name})"


def script_safe(text: str) -> str:
    """Escape JSON for a script element: every character that could end the element or a line of script."""
    return text.translate(UNSAFE)


def _entitlement_values(entitlement: _Entitlement, numbers: dict[On, int]) -> tuple[Any, ...]:
    usual = (
        entitlement.on is not None and entitlement.id == f"{entitlement.on[1]}:{entitlement.on[2]}:{entitlement.level}"
    )
    return (
        0 if usual else printable(entitlement.id),
        -1 if entitlement.on is None else numbers[entitlement.on],
        entitlement.level,
        entitlement.name,
        entitlement.word,
    )


def _list(before: str, items: Iterable[Any]) -> Iterator[str]:
    opening = f"{before}["
    for item in items:
        yield opening + _text(item)
        opening = ","
    yield "]" if opening == "," else f"{opening}]"


def _text(value: Any) -> str:
    return script_safe(msgspec.json.encode(value).decode())
