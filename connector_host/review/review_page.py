"""A review as one HTML page that needs nothing besides itself: it can be mailed, opened from a folder, and printed.

What can be read without script (`page_parts`) is written as it comes, principal by principal; what the script asks
(`page_data`) stands behind it as JSON. Style and script are ours and stand in the page; its content security policy
names them by their hashes and lets nothing else be loaded, run or sent.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import ConfigError, FileError
from .page_data import ReviewPageData
from .page_sections import about, as_of, changes, escaped, in_chunks, matrix, person, plural, summary
from .review_files import Review
from .review_model import ReviewOrder, SystemSummary

__all__ = ["MOST_CHANGES", "MOST_GRANTS", "MOST_PRINCIPALS", "write"]

# What a browser opens in some seconds (benchmarks/review_page.py); a page never leaves anything out instead
MOST_GRANTS, MOST_PRINCIPALS, MOST_CHANGES = 1_000_000, 20_000, 50_000
SMALL = (200, 8)  # principals and resources of a matrix that is on paper, too

FILES = Path(__file__).parent / "page_files"
LOOK = Path(__file__).parent.parent / "explore" / "static" / "style.css"
SCRIPTS = ("data.js", "paths.js", "people.js", "matrix.js", "views.js")
MARK = re.compile(r"\{\{(\w+)\}\}")


def write(review: Review, out: BinaryIO) -> None:
    """Write the page. ConfigError for a review that is larger than a page can be; nothing is written then."""
    found = tuple(review.summaries())
    _small_enough(found)
    page = _Page(review, found)
    for number, piece in enumerate(MARK.split(_read(FILES / "frame.html"))):
        for written in page.part(piece) if number % 2 else (piece,):
            out.write(written.encode())


def _small_enough(found: Sequence[SystemSummary]) -> None:
    for what, most, number in (
        ("grant", MOST_GRANTS, sum(one.grants for one in found)),
        ("principal", MOST_PRINCIPALS, sum(one.principals for one in found)),
        ("change", MOST_CHANGES, sum(count for one in found for *_, count in one.changes)),
    ):
        if number > most:
            raise ConfigError(
                f"{plural(number, what)} are too many for one page, which takes {most:,}",
                hint="Write a workbook, which has room for all of them (-o review.xlsx), or look at the file with"
                " `connector-host explore`.",
            )


class _Page:
    """What stands in place of the marks of the frame. Principals come before what is made from them."""

    def __init__(self, review: Review, found: Sequence[SystemSummary]) -> None:
        self._review, self._found = review, found
        self._facts = review.facts
        self._several = len(self._facts) > 1
        self._ledger = ReviewPageData([facts.system for facts in self._facts] if self._several else ())
        own = "".join(_read(FILES / name) for name in SCRIPTS)
        title = f"Access review of {', '.join(facts.system for facts in self._facts)}"
        host = f"connector-host {review.version}"
        self._texts = {
            "style": _read(LOOK) + _read(FILES / "page.css"),
            "first": _read(FILES / "first.js"),
            "script": f'(() => {{\n"use strict";\n{own}}})();\n',
            "title": escaped(title),
            "generator": escaped(host),
            "kind": escaped(f"{as_of(self._facts)}made {review.created:%Y-%m-%d %H:%M %Z} by {host}"),
        }
        self._texts["policy"] = _policy(self._texts["style"], self._texts["first"], self._texts["script"])

    def part(self, name: str) -> Iterator[str]:
        """One of them, in pieces."""
        if name in self._texts:
            return iter((self._texts[name],))
        parts: dict[str, Callable[[], Iterator[str]]] = {
            "summary": self._summary,
            "people": self._people,
            "matrix": self._matrix,
            "changes": lambda: changes(self._review.changes(), self._facts),
            "about": self._about,
            "data": self._data,
        }
        return parts[name]()

    def _summary(self) -> Iterator[str]:
        for facts, one in zip(self._facts, self._found, strict=True):
            yield from summary(facts, one, several=self._several)

    def _people(self) -> Iterator[str]:
        return in_chunks(self._entries(), "div", "chunk")

    def _entries(self) -> Iterator[str]:
        rows = self._review.rows(ReviewOrder.PRINCIPAL)
        for (system, _), group in itertools.groupby(rows, lambda row: (row.system, row.who.num)):
            held = list(group)
            at = self._ledger.begin(system, held[0].who)
            for row in held:
                self._ledger.add(row)
            yield person(at, held, self._facts[system].system if self._several else "")

    def _matrix(self) -> Iterator[str]:
        principals, resources = self._ledger.size
        small = principals <= SMALL[0] and resources <= SMALL[1]
        return matrix(self._ledger.grid() if small else None, principals, resources)

    def _about(self) -> Iterator[str]:
        for facts in self._facts:
            yield from about(facts, several=self._several)

    def _data(self) -> Iterator[str]:
        for link in self._review.links():
            self._ledger.link(link)
        return self._ledger.json()


def _policy(style: str, *scripts: str) -> str:
    """Nothing but this style and these scripts."""
    styles, allowed = _hash(style), " ".join(map(_hash, scripts))
    return f"default-src 'none'; style-src {styles}; script-src {allowed}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror})", hint="Install connector-host again.") from error
