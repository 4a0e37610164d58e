"""Neighbourhoods as drawings and for other programs: one function a format, from a `query.neighbourhood` to text."""

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
"""By the word that `--output` takes."""
