"""Principals x resources: who holds what where, paged both ways."""

from __future__ import annotations

from ...c1z import catalogue_held
from ...c1z import catalogue_questions as questions
from ...c1z.catalogue_questions import Part, ThingFilter
from ..book import Book, Opened
from ..commands import command
from ..sheet import Ask, Cell, Choice, Column, Link, Matrix, Sheet, Table
from .parts import catalogue_of, crumbs, principal_cell, resource_cell, type_choice, type_name, user_types

__all__ = ["page"]

DOWN, ACROSS, MOST_ACROSS = 30, 12, 200
EVERYBODY = "*"


def page(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """A piece of the matrix. In files it has all the principals, and as many resources as fit."""
    catalogue = catalogue_of(one)
    down = ask.part if ask.whole else Part("name", offset=(ask.number("page", 1) - 1) * DOWN, limit=DOWN)
    width = MOST_ACROSS if ask.whole else ACROSS
    start = (ask.number("across", 1) - 1) * width
    users = user_type(one)
    wanted = ask.text("who") or users
    people = ThingFilter(only="principals", text=ask.text("q"), type=None if wanted == EVERYBODY else wanted)
    things = ThingFilter(only="resources", type=ask.optional("type"))
    total, total_across = questions.count_things(catalogue, people), questions.count_things(catalogue, things)
    rows = questions.things(catalogue, people, Part("name", offset=down.offset, limit=down.limit))
    heads = questions.things(catalogue, things, Part("name", offset=start, limit=width))
    held = catalogue_held.held_by(catalogue, [who.num for who in rows], [what.num for what in heads])
    cells = [
        (principal_cell(one, who), [Cell(", ".join(held.get((who.num, what.num), ()))) for what in heads])
        for who in rows
    ]
    columns = (
        Column("principal", "Principal"),
        *(Column(f"{what.type}:{what.id}", f"{what.name} ({type_name(one, what.type)})") for what in heads),
    )
    flat = [(Cell(who.text, who.href), *levels) for who, levels in cells]
    named = [pair for pair in type_choice(one, ask).options if pair[0]]
    whos = ((EVERYBODY, "All types"), *named)
    return Sheet(
        title="Principals and resources",
        section="matrix",
        crumbs=crumbs(one, Link("Matrix", current=True)),
        search=ask.text("q"),
        choices=(Choice("who", "Principals", whos, wanted), type_choice(one, ask, "Resources")),
        tables=(Table(columns, flat, total, empty="Nobody holds anything here.", paged=True),),
        matrix=Matrix([resource_cell(one, what) for what in heads], cells, total, total_across, start, width),
        command=command(one, "grants", resource_type=ask.optional("type")),
        extra={"page_size": str(DOWN)},
    )


def user_type(one: Opened) -> str:
    """The type that most accounts are of; every type where none is for accounts."""
    counts = one.stats.resources_by_resource_type
    return max(user_types(one), key=lambda name: counts.get(name, 0), default=EVERYBODY)
