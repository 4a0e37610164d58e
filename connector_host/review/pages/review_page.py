"""A review as one self-contained HTML page, which can be mailed, opened from a folder and printed.

The parts that need no script (`page_sections`) are written principal by principal; the data for the script
(`page_data`) follow as JSON. Style and script are part of the page; its content security policy
allows them by their hashes and lets nothing else be loaded, run or sent.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ...errors import ConfigError, FileError
from ..review_files import Review
from ..review_model import InheritanceLink, ReviewOrder, ReviewUnit, SystemSummary
from ..review_state import describe_review, review_id
from ..review_units import group_access
from .page_data import ReviewPageData
from .page_sections import about, as_of, changes, escaped, in_chunks, matrix, part_note, person, summary

__all__ = ["MOST_CHANGES", "write"]

MOST_CHANGES = 50_000  # listed on a page
SMALL = (200, 8)  # principals and resources of a matrix that is also printed

FILES = Path(__file__).parent / "page_files"
LOOK = Path(__file__).parents[2] / "explore" / "static" / "style.css"
SCRIPTS = ("data.js", "paths.js", "people.js", "matrix.js", "decisions.js", "decide.js", "paper.js", "views.js")
MARK = re.compile(r"\{\{(\w+)\}\}")


def write(review: Review, out: BinaryIO) -> None:
    """Write the page. Raises ConfigError for a review of single grants.

    A part for a reviewer has nothing of the rows of others: no findings, no changes.
    """
    if review.unit is not ReviewUnit.RESOURCE:
        raise ConfigError(
            "A page has a row for each principal and resource.",
            hint="Leave --unit out, or write a workbook (-o review.xlsx).",
        )
    page = _Page(review)
    for number, piece in enumerate(MARK.split(_read(FILES / "frame.html"))):
        for written in page.part(piece) if number % 2 else (piece,):
            out.write(written.encode())


class _Page:
    """The texts for the marks in the frame. Principals are written before the parts collected from them."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self._has_summary = review.package is None or (not review.package.reviewer and review.package.number == 1)
        self._summaries: Sequence[SystemSummary] = tuple(review.summaries()) if self._has_summary else ()
        self._facts = review.facts
        self._several = len(self._facts) > 1
        self._ledger = ReviewPageData([facts.system for facts in self._facts] if self._several else ())
        own = "".join(_read(FILES / name) for name in SCRIPTS)
        title = f"Access review of {', '.join(facts.system for facts in self._facts)}"
        if review.package is not None:
            reviewer = f" for {review.package.reviewer}" if review.package.reviewer else ""
            title += f"{reviewer}, part {review.package.number} of {review.package.count}"
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
        """Yield the text for a mark, in pieces."""
        if name in self._texts:
            return iter((self._texts[name],))
        parts: dict[str, Callable[[], Iterator[str]]] = {
            "summary": self._summary,
            "people": self._people,
            "matrix": self._matrix,
            "changes": self._changes,
            "about": self._about,
            "data": self._data,
        }
        return parts[name]()

    def _summary(self) -> Iterator[str]:
        package = self._review.package
        if package is not None:
            yield from part_note(package, self._facts)
        for facts, counts in zip(self._facts, self._summaries, strict=False):
            yield from summary(facts, counts, several=self._several, linked=package is None)

    def _changes(self) -> Iterator[str]:
        if not self._has_summary:
            where = self._review.package.pages[:1] if self._review.package else ()
            yield f'<p class="note">{escaped(f"They are listed in {where[0]}." if where else "A part has none.")}</p>'
            return
        listed = itertools.islice(self._review.changes(), MOST_CHANGES)
        yield from changes(listed, self._facts)
        count = sum(count for counts in self._summaries for *_, count in counts.changes)
        if count > MOST_CHANGES:
            note = f"{count - MOST_CHANGES:,} more changes are not listed; `connector-host diff` lists all."
            yield f'<p class="note">{escaped(note)}</p>'

    def _people(self) -> Iterator[str]:
        return in_chunks(self._entries(), "div", "chunk")

    def _entries(self) -> Iterator[str]:
        rows = self._review.rows(ReviewOrder.PRINCIPAL)
        for (system, _), group in itertools.groupby(rows, lambda row: (row.system, row.principal.num)):
            held = list(group)
            number = self._ledger.begin(system, held[0].principal)
            for row in held:
                self._ledger.add(row)
            for access in group_access(held):
                self._ledger.add_access(access)
            yield person(number, held, self._facts[system].system if self._several else "")

    def _matrix(self) -> Iterator[str]:
        principals, resources = self._ledger.size
        small = principals <= SMALL[0] and resources <= SMALL[1]
        return matrix(self._ledger.grid() if small else None, principals, resources)

    def _about(self) -> Iterator[str]:
        for facts in self._facts:
            yield from about(facts, several=self._several)

    def _data(self) -> Iterator[str]:
        for link in self._links():
            self._ledger.link(link)
        systems = describe_review(self._review)
        facts = {
            "id": review_id(systems),
            "systems": systems,
            "reviewer": self._review.package.reviewer if self._review.package else "",
            "part": self._review.package is not None,
        }
        return self._ledger.json(facts)

    def _links(self) -> Iterator[InheritanceLink]:
        """Yield the links by which access on the page is inherited; a part has no others."""
        if self._review.package is None:
            yield from self._review.links()
            return
        by_target: dict[tuple[int, str], list[InheritanceLink]] = defaultdict(list)
        for link in self._review.links():
            by_target[link.system, link.target.id].append(link)
        waiting = self._ledger.entitlements()
        reached = set(waiting)
        while waiting:
            for link in by_target.get(waiting.pop(), ()):
                yield link
                source = link.system, link.source.id
                if source not in reached:
                    reached.add(source)
                    waiting.append(source)


def _policy(style: str, *scripts: str) -> str:
    """Return the content security policy that allows only this style and these scripts."""
    styles, allowed = _hash(style), " ".join(map(_hash, scripts))
    return f"default-src 'none'; style-src {styles}; script-src {allowed}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror})", hint="Reinstall connector-host.") from error
