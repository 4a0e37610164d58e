"""Principals down, resources across, what is held where they meet."""

from __future__ import annotations

from msgspec import Struct

from ..c1z.sync_stats import Stats
from ..c1z.types import View
from ..index import grant_search
from ..index import object_search as questions
from ..index.database import Catalogue
from ..index.object_search import Part, Thing, ThingFilter
from .findings import user_types

__all__ = ["EVERYBODY", "MOST_ACROSS", "Piece", "piece", "usual_type"]

EVERYBODY = "*"
MOST_ACROSS = 200
"""Resources across in files and on the command line, unless told otherwise."""


class Piece(Struct, frozen=True):
    """A piece of the matrix: `held` are slugs by the numbers of principal and resource."""

    rows: list[Thing]
    heads: list[Thing]
    held: dict[tuple[int, int], list[str]]
    total_rows: int
    total_heads: int

    def cell(self, who: Thing, what: Thing) -> list[str]:
        """What one holds on the other."""
        return self.held.get((who.num, what.num), [])


def piece(catalogue: Catalogue, people: str | None, things: str | None, text: str, down: Part, across: Part) -> Piece:
    """Principals of the type `people` with a text, and resources of the type `things` that something can be held on."""
    who = ThingFilter(only="principals", text=text, type=people)
    what = ThingFilter(only="resources", type=things)
    rows = questions.things(catalogue, who, down)
    heads = questions.things(catalogue, what, across)
    held = grant_search.held_by(catalogue, [one.num for one in rows], [one.num for one in heads])
    counts = (questions.count_things(catalogue, who), questions.count_things(catalogue, what))
    return Piece(rows, heads, held, *counts)


def usual_type(view: View, stats: Stats) -> str:
    """The type that most accounts are of; every type where none is for accounts."""
    counts = stats.resources_by_resource_type
    return max(user_types(view), key=lambda name: counts.get(name, 0), default=EVERYBODY)
