"""The option `-o`, and the output format that it chooses once for the whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from msgspec import Struct

from ..output.document import Document, mask_document
from ..output.screen import standard_output
from ..output.writers import BUILT_IN, FOR_PEOPLE, OutputWriter, find_writer
from .app import App

__all__ = [
    "OUTPUT_FLAGS",
    "OUT_FLAGS",
    "OutputFormat",
    "format_option",
    "output_click_option",
    "output_format",
    "output_option",
]

OUTPUT_FLAGS = ("-o", "--output", "--output-format", "--format")
OUT_FLAGS = ("-o", "--out", "--output")
"""The flags of the file to write, in the commands of reviews, where `-o` names no format."""
HELP = f"Write the result as {', '.join(BUILT_IN)}, or in a format of another package."


class OutputFormat(Struct, frozen=True):
    """The format of this run's result. Commands hand it documents and never ask for its name.

    `for_people` is True for the tables that a person reads: only there a command may add a line of text of its own.
    """

    name: str
    write: OutputWriter
    for_people: bool = False

    def show(self, document: Document) -> None:
        """Write a document to standard output, known secrets masked."""
        context = click.get_current_context(silent=True)
        app = context.find_object(App) if context is not None else None
        if app is not None and app.redactor:
            document = mask_document(document, app.redactor)
        stream, screen = standard_output()
        self.write(document, stream, screen)
        stream.flush()


def output_format(name: str) -> OutputFormat:
    """Return a format by its name. Raises ConfigError for an unknown one, PluginError for a broken package."""
    return OutputFormat(name, find_writer(name), name in FOR_PEOPLE)


class OutputFormatType(click.ParamType[OutputFormat]):
    """The name of a format on the command line. An unknown one is refused before the command begins."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> OutputFormat:  # noqa: ARG002 - click's signature
        """Find the format of a name."""
        return value if isinstance(value, OutputFormat) else output_format(value)


def output_click_option(*, without: frozenset[str] = frozenset()) -> click.Option:
    """Make the option for a command that click does not decorate, less the spellings in `without`."""
    flags = [flag for flag in OUTPUT_FLAGS if flag not in without]
    return click.Option(["output", *flags], **_settings())


def format_option(*flags: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the option under these flags, as its argument `output`."""
    return click.option("output", *flags, **_settings())


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `-o FORMAT`, as its argument `output`."""
    return format_option(*OUTPUT_FLAGS)(command)


def _settings() -> dict[str, Any]:
    return {"type": OutputFormatType(), "default": "table", "show_default": True, "metavar": "FORMAT", "help": HELP}
