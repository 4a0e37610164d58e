"""The option `-o`, and the output format that it chooses once for the whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from msgspec import Struct

from ..output.document import Document
from ..output.screen import standard_output
from ..output.writers import BUILT_IN, FOR_PEOPLE, OutputWriter, find_writer

__all__ = ["OUTPUT_FLAGS", "OutputFormat", "format_option", "output_click_option", "output_option"]

OUTPUT_FLAGS = ("-o", "--output", "--output-format", "--format")
HELP = f"Write the result as {', '.join(BUILT_IN)}, or in a format of another package."


class OutputFormat(Struct, frozen=True):
    """The format of this run's result. Commands hand it documents and never ask for its name.

    `for_people` is True for the tables that a person reads: only there a command may add a line of text of its own.
    """

    name: str
    write: OutputWriter
    for_people: bool = False

    def show(self, document: Document) -> None:
        """Write a document to standard output."""
        stream, screen = standard_output()
        self.write(document, stream, screen)
        stream.flush()


class OutputFormatType(click.ParamType[OutputFormat]):
    """The name of a format on the command line. An unknown one is refused before the command begins."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> OutputFormat:  # noqa: ARG002 - click's signature
        """Find the format. Raises ConfigError for an unknown name, PluginError for a broken package."""
        if isinstance(value, OutputFormat):
            return value
        return OutputFormat(value, find_writer(value), value in FOR_PEOPLE)


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
