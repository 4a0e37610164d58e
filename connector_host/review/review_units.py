"""Rows of a review in the unit of people: a principal and a resource, with all grants between them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from ..index.review_rows import MOST_OF_PAIR
from .review_model import HeldEntitlement, ReviewPrincipal, ReviewRow

__all__ = ["AccessRow", "access_key", "format_row_id", "group_access", "level_name", "parse_row_id"]

ROW_ID = re.compile(r"r[0-9]{1,18}(-[0-9]{1,18})?(\.[0-9]{1,18}(-[0-9]{1,18})?)*")


class AccessRow(Struct, frozen=True, dict=True):
    """The grants between a principal and a resource: at least one, ordered by entitlement."""

    grants: tuple[ReviewRow, ...]

    @property
    def system(self) -> int:
        """The number of the system."""
        return self.grants[0].system

    @property
    def principal(self) -> ReviewPrincipal:
        """The holder of the grants."""
        return self.grants[0].principal

    @property
    def on(self) -> HeldEntitlement:
        """An entitlement of the row, which names the resource."""
        return self.grants[0].entitlement

    @cached_property
    def direct(self) -> tuple[ReviewRow, ...]:
        """The direct grants: a decision on the row is a decision on these."""
        return tuple(grant for grant in self.grants if grant.direct)

    @cached_property
    def inherited(self) -> tuple[ReviewRow, ...]:
        """The grants that are only inherited; they follow from the grants they are inherited through."""
        return tuple(grant for grant in self.grants if not grant.direct)

    @property
    def row_id(self) -> str:
        """The id of the row in its review."""
        return format_row_id(sorted(grant.number for grant in self.grants))


def group_access(rows: Iterable[ReviewRow]) -> Iterator[AccessRow]:
    """Group grants that come in the order of principal and resource, at most `MOST_OF_PAIR` in a row."""
    for _, group in itertools.groupby(rows, access_key):
        while grants := tuple(itertools.islice(group, MOST_OF_PAIR)):
            yield AccessRow(grants)


def level_name(entitlement: HeldEntitlement) -> str:
    """Return the short name of an entitlement, for a place that names its resource already."""
    return entitlement.slug or entitlement.name


def format_row_id(numbers: Sequence[int]) -> str:
    """Return the id of a row of the grants with these ascending numbers, such as `r4-7.12`."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    return "r" + ".".join(f"{first}-{last}" if last > first else f"{first}" for first, last in ranges)


def parse_row_id(text: str) -> list[int]:
    """Return the ascending numbers of an id. Raises ValueError for a text that `format_row_id` does not return."""
    if ROW_ID.fullmatch(text) is None:
        raise ValueError(text)
    numbers: list[int] = []
    for part in text[1:].split("."):
        first, _, last = part.partition("-")
        begin, end = int(first), int(last or first)
        if end < begin or end - begin >= MOST_OF_PAIR or len(numbers) >= MOST_OF_PAIR:
            raise ValueError(text)
        numbers.extend(range(begin, end + 1))
    if numbers != sorted(set(numbers)):
        raise ValueError(text)
    return numbers


def access_key(row: ReviewRow) -> tuple[int, int, str]:
    """Return a value that is equal for the grants between the same principal and resource."""
    held = row.entitlement
    return (
        row.system,
        row.principal.num,
        f"{held.resource_type}:{held.resource}" if held.resource_type else f"{held.num}",
    )
