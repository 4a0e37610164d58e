"""Write an answer to standard output in the format asked for."""

from __future__ import annotations

import click

from ..output import registry
from ..output.document import Answer

__all__ = ["FORMAT_HELP", "output_option", "show"]

FORMAT_HELP = f"One of {', '.join(registry.BUILT_IN)}, or a format that another package offers."

output_option = click.option(
    "-o",
    "--output",
    "form",
    default="table",
    show_default=True,
    metavar="FORMAT",
    help=FORMAT_HELP,
)


def show(answer: Answer, form: str) -> None:
    """Write it all, secrets masked where standard output masks them."""
    write = registry.find(form)
    out, screen = registry.stdout()
    write(answer, out, screen)
    out.flush()
