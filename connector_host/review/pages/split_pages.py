"""Pages of a review: one, or several for a review that is larger than a browser opens in some seconds."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from ...output.atomic_file import replacing
from ..campaign import PackageLimit, split_review
from ..review_files import Review
from .review_page import write

__all__ = ["PAGE_LIMIT", "write_pages"]

PAGE_LIMIT = PackageLimit(principals=20_000, grants=1_000_000)
"""The size of a page that a browser opens in some seconds (benchmarks/review_page.py)."""


def write_pages(review: Review, path: Path) -> list[Path]:
    """Write a review of the order by principal as a page, or as several with numbers in their names.

    Every principal is on one page with all its rows. Returns the files; the first has the requested name.
    """
    if not _is_too_large(review):
        with replacing(path) as out:
            write(review, out)
        return [path]
    parts = split_review(review, PAGE_LIMIT)
    paths = [path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in range(1, len(parts) + 1)]
    pages = tuple(page.name for page in paths)
    for part, page in zip(parts, paths, strict=True):
        if part.package is not None:
            part.package = structs.replace(part.package, pages=pages)
        with replacing(page) as out:
            write(part, out)
    return paths


def _is_too_large(review: Review) -> bool:
    summaries = zip(review.facts, review.summaries(), strict=True)
    principals = sum(min(facts.reviewed, summary.principals) for facts, summary in summaries)
    grants = sum(facts.reviewed for facts in review.facts)
    return principals > PAGE_LIMIT.principals or grants > PAGE_LIMIT.grants
