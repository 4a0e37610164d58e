"""`connector-host asset NAME`: write the image of an icon or logo, or list the images."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ....errors import ConfigError
from ....model import Asset, ResourceId
from ....operating_system import portable_file_name
from ....output.atomic_file import replacing
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....provision import change_targets
from ....query.asset_references import asset_references, references_of
from ....sync.hook_calls import Caller, Sessions
from ...host_options import click_option
from ...option_values import connector_options
from ...terminal.masked_streams import masked
from ..provisioning.change_command import HOST_OPTIONS, Job, begin, looking_up, question_options, spelled
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of
from .connector_run import new_run, running

__all__ = ["command"]

TEXT = """Write the image of an icon or a logo to a file.

IMAGE is the id of the image. --resource names a resource of a c1z file instead, whose image is written. Without both,
the images of the connector and of the file are listed. An existing file is not overwritten.
"""
COLUMNS = ("Image", "Use", "Resource")

log = logging.getLogger(__name__)


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "get_asset", {**arguments, "dry_run": False})
    if arguments["asset_id"] is None and arguments["resource"] is None:
        job.output.show(_list_document(list(_references(job))))
        return
    if arguments["asset_id"] is not None and arguments["resource"] is not None:
        raise ConfigError("an image and a resource are specified", hint="Specify one of them.")
    asset_id: str = arguments["asset_id"] or _image_of(job)
    asset = _read(job, asset_id)
    path = Path(arguments["out"]).expanduser() if arguments["out"] else _default_path(asset_id, asset)
    _write(path, asset.data)
    log.info("%s, %s bytes: written to %s", asset.content_type, f"{len(asset.data):,}", path)


def _references(job: Job) -> Iterator[Row]:
    """Yield the images of the connector, and those of the resources of the file if there is one."""
    for use in ("icon", "logo"):
        if asset_id := getattr(job.connector.info, use):
            yield asset_id, use, f"connector {job.connector.name}"
    if job.host["file"].exists():
        with looking_up(job) as view:
            yield from ((entry.asset_id, entry.use, str(entry.resource)) for entry in asset_references(view))
    else:
        log.info("%s does not exist: only the images of the connector are listed.", job.host["file"])


def _image_of(job: Job) -> str:
    """Return the id of the image of the resource that the arguments specify."""
    text, resource_type = job.arguments["resource"], job.arguments["resource_type"]
    with looking_up(job) as view:
        resource = change_targets.resource(view, text if resource_type is None else ResourceId(resource_type, text))
    references = references_of(resource)
    if not references:
        raise ConfigError(f"{resource.id} has no image", hint="`asset NAME` without --resource lists the images.")
    return references[0].asset_id


def _read(job: Job, asset_id: str) -> Asset:
    connector, attempts = job.connector, job.host["max-attempts"]
    options = connector_options(job.app, connector.name, connector.options, flags_of(connector.options, job.arguments))
    run = new_run(job.app, connector)
    with masked(job.app.redactor), running(job.app, run, connector):
        sessions = Sessions(connector, options, run, max_attempts=attempts)
        try:
            caller = Caller(sessions, run, connector=connector.name, max_attempts=attempts)
            return caller.call("get_asset", asset_id, lambda s: connector.get_asset(s, asset_id))[0]
        finally:
            sessions.close()


def _default_path(asset_id: str, asset: Asset) -> Path:
    """Return a name in the current folder: the id without characters that mean something in a path, and an ending."""
    content_type = asset.content_type.partition(";")[0].strip().lower()
    name = portable_file_name(asset_id, "image")
    return Path(name + (mimetypes.guess_extension(content_type) or ".bin"))


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        raise ConfigError(f"{path} exists already", hint="Choose another file with --out.")
    with replacing(path) as file:
        file.write(data)


def _list_document(rows: list[Row]) -> Document:
    table = TablePart(COLUMNS, lambda: iter(rows))
    part: DocumentPart = table if rows else TextPart(("There are no images.",))
    records = [{"id": asset_id, "use": use, "of": owner} for asset_id, use, owner in rows]
    return Document(
        parts=lambda: (part,),
        flat=table,
        document=lambda: (json_bytes({"images": records}),),
        records=lambda: map(json_bytes, records),
    )


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    text = "Write the icon or logo of this resource of the file."
    own = [
        spelled(connector, "resource", ["--resource"], metavar="ID", help=text),
        spelled(connector, "resource_type", ["--resource-type"], metavar="TYPE", help="Take ID as an id of this type."),
        spelled(connector, "sync_id", ["--sync-id", "--sync"], metavar="ID", help="Look it up in this sync."),
        spelled(connector, "out", ["--out"], metavar="FILE", help="Write to this new file. [default: named by the id]"),
        *(click_option(option, short="-f") for option in HOST_OPTIONS if option.name == "file"),
    ]
    asset_command = ConnectorCommand(connector, run, [*own, *question_options(connector)], TEXT)
    asset_command.params.append(click.Argument(["asset_id"], metavar="[IMAGE]", required=False))
    return asset_command


@click.group(name="asset", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Write the image with the id IMAGE, an icon or a logo, to a file, or list the images.

    `connector-host asset CONNECTOR --help` shows how, and the options of a connector.
    """
