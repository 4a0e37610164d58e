"""`connector-host graph NAME`: who holds something and what they hold, as a drawing or for other programs."""

from __future__ import annotations

import logging

import click

from ....errors import NotFoundInFile
from ...drawing_output import refuse_terminal, show_drawing
from ...output_option import OUTPUT_FLAGS
from ...read_command import file_option, sync_option, viewed

__all__ = ["command"]

KINDS = ("svg", "mermaid", "dot", "graphml", "opengraph")

log = logging.getLogger(__name__)


@click.command(name="graph")
@click.argument("name")
@click.option(
    *OUTPUT_FLAGS, "form", type=click.Choice(KINDS), default="svg", show_default=True, help="Draw as this format."
)
@click.option("--members", is_flag=True, help="Draw those who hold something through a group one by one.")
@click.option("--most", type=click.IntRange(1, 500), default=25, show_default=True, help="Boxes in a layer at most.")
@click.option("--look", type=click.IntRange(1), metavar="N", help="Look at N grants at most. [default: all]")
@click.option("--out", metavar="FILE", help="Write to this file. [default: standard output]")
@click.option("--open", "browser", is_flag=True, help="Open the drawing in the web browser.")
@file_option
@sync_option
def command(
    *,
    name: str,
    form: str,
    members: bool,
    most: int,
    look: int | None,
    out: str | None,
    browser: bool,
    file: str | None,
    sync_id: str | None,
) -> None:
    """Draw what surrounds NAME: principals, groups, entitlements and resources from left to right.

    NAME is a person, group, resource or entitlement, by id or name. Solid lines are direct, dashed ones inherited,
    thick ones privileged.
    """
    refuse_terminal(form, out, browser=browser)
    from ....graph import FORMATS  # noqa: PLC0415 - not for --help
    from ....query.lookup.entitlement_names import find_entitlements  # noqa: PLC0415
    from ....query.lookup.principal_names import find_principal  # noqa: PLC0415
    from ....query.neighbourhood import NOT_EXPANDED, entitlement_neighbourhood, resource_neighbourhood  # noqa: PLC0415

    with viewed(file, sync_id) as reading:
        view = reading.view
        if view.entitlement(name.strip()) is not None:
            graph = entitlement_neighbourhood(view, [name.strip()], most=most, members=members, look=look or 0)
        else:
            try:
                graph = resource_neighbourhood(
                    view, find_principal(view, name).id, most=most, members=members, look=look or 0
                )
            except NotFoundInFile:
                graph = entitlement_neighbourhood(
                    view, find_entitlements(view, name, None), most=most, members=members, look=look or 0
                )
        if graph.omitted:
            log.warning("Not drawn: %s. Draw more with --most.", graph.omitted)
        if graph.cut:
            log.warning("The drawing is not complete: there are more grants than the %d that --look allows.", look)
        if graph.inferred:
            log.warning("%s.", NOT_EXPANDED[:1].upper() + NOT_EXPANDED[1:])
        drawing = FORMATS[form](graph)
    show_drawing(drawing, form, out, browser=browser)
