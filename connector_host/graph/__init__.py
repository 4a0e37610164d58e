"""Neighbourhoods as drawings and for other programs: one function a format, from a `query.neighbourhood` to text."""

from __future__ import annotations

from collections.abc import Callable

from ..query.neighbourhood import Neighbourhood
from .exchange import graphml, opengraph
from .picture import picture
from .words import dot, mermaid

__all__ = ["FORMATS"]

FORMATS: dict[str, Callable[[Neighbourhood], str]] = {
    "svg": picture,
    "mermaid": mermaid,
    "dot": dot,
    "graphml": graphml,
    "opengraph": opengraph,
}
"""By the word that `--output` takes."""
