"""Neighbourhoods as drawings and as data for other programs: one function for each format."""

from __future__ import annotations

from collections.abc import Callable

from ..query.neighbourhood import Neighbourhood
from .exchange_formats import graphml, opengraph
from .neighbourhood_svg import draw_svg
from .text_formats import dot, mermaid

__all__ = ["FORMATS"]

FORMATS: dict[str, Callable[[Neighbourhood], str]] = {
    "svg": draw_svg,
    "mermaid": mermaid,
    "dot": dot,
    "graphml": graphml,
    "opengraph": opengraph,
}
"""The function for each value of `--output`."""
