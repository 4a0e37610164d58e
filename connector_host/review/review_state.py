"""Description of a review that workbooks and pages carry, by which the import finds the reviewed files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from .review_files import Review
from .review_model import ReviewUnit

__all__ = ["ReviewedFile", "describe_review", "quote_state", "review_id"]


class ReviewedFile(Struct, frozen=True, rename="camel", kw_only=True):
    """A system of the review: the c1z file, its sync, its number of grants, and the part of it that is reviewed.

    A returned description is untrusted: only `sha256` ties it to a file, and all facts are then read from that file.
    """

    system: str
    connector: str
    file: str
    sync: str
    ended: str
    sha256: str
    grants: int
    reviewed: int = -1
    to_decide: int = -1
    unit: ReviewUnit = ReviewUnit.GRANT
    scope: str = ""
    left_out: str = ""
    rules: str = ""
    campaign: str = ""
    package: int = 0
    packages: int = 0

    @property
    def rows(self) -> int:
        """The number of rows to decide on that the review was written with."""
        return next((number for number in (self.to_decide, self.reviewed) if number >= 0), self.grants)


def describe_review(review: Review) -> list[ReviewedFile]:
    """Return a description of each system of a review."""
    package = review.package
    return [
        ReviewedFile(
            system=facts.system,
            connector=facts.connector,
            file=facts.file,
            sync=facts.sync_id,
            ended=facts.ended.isoformat() if facts.ended else "",
            sha256=facts.sha256,
            grants=facts.grants,
            reviewed=facts.reviewed,
            to_decide=facts.to_decide,
            unit=review.unit,
            scope=facts.scope,
            left_out=facts.left_out_text,
            rules=facts.rules,
            campaign=package.campaign if package else "",
            package=package.number if package else 0,
            packages=package.count if package else 0,
        )
        for facts in review.facts
    ]


def review_id(systems: Sequence[ReviewedFile]) -> str:
    """Return the id of a review: equal for the same files, syncs, scope and part."""
    return hashlib.sha256(msgspec.json.encode(list(systems))).hexdigest()[:32]


def quote_state(state: Any) -> str:
    """Return what an import needs to know as JSON in ASCII: no character of a name can hide or reorder text."""
    return json.dumps(msgspec.to_builtins(state), separators=(",", ":"))
