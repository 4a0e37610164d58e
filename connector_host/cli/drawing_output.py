"""The output of `graph`: standard output, a file, or the web browser."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from ..errors import ConfigError
from ..output.atomic_file import replacing
from ..output.screen import standard_output

__all__ = ["refuse_terminal", "show_drawing"]

SUFFIXES = {"svg": ".svg", "mermaid": ".mmd", "dot": ".dot", "graphml": ".graphml", "opengraph": ".json"}
FOR_EYES = "svg"  # the other formats are text for programs, and may be read on a terminal

log = logging.getLogger(__name__)


def refuse_terminal(form: str, out: str | None, *, browser: bool) -> None:
    """Raise ConfigError where a drawing would fill a terminal with SVG, or a browser cannot show the format."""
    if browser and form != FOR_EYES:
        raise ConfigError(f"a browser does not draw {form}", hint="Use --open with -o svg, or --out FILE.")
    if form == FOR_EYES and out is None and not browser and sys.stdout.isatty():
        raise ConfigError(
            "a terminal does not show SVG",
            hint="Write it to a file with --out graph.svg, show it with --open, or draw text with -o mermaid.",
        )


def show_drawing(drawing: str, form: str, out: str | None, *, browser: bool) -> None:
    """Write a drawing to `out`, to a new file for the browser, or to standard output."""
    data = drawing.encode(errors="backslashreplace")
    if out is None and not browser:
        stream, _ = standard_output()
        stream.write(data)
        stream.flush()
        return
    path = Path(out) if out is not None else _new_file(SUFFIXES[form])
    with replacing(path) as file:
        file.write(data)
    log.info("Wrote %s", path)
    if browser:
        import webbrowser  # noqa: PLC0415 - rarely needed

        if not webbrowser.open(path.absolute().as_uri()):
            log.warning("No browser was found. Open %s yourself.", path)


def _new_file(suffix: str) -> Path:
    """Create a private file that stays: the browser reads it after this program has ended."""
    handle, name = tempfile.mkstemp(prefix="connector-host-graph-", suffix=suffix)
    os.close(handle)
    return Path(name)
