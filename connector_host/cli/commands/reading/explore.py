"""`connector-host explore`: look at a file in a web browser, on this computer."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ....errors import ConfigError
from ...lake_source_option import lake_file_options, taken_files
from ...missing_extra import needs_extra
from ...read_command import file_of
from ...rules_option import load_rules, rules_option

__all__ = ["command"]

PORT = 8765
log = logging.getLogger(__name__)


@click.command(name="explore")
@click.option(
    "-f", "--file", "files", multiple=True, metavar="FILE", help="The c1z file; a second one to compare with."
)
@click.option("--sync-id", "--sync", "sync_id", metavar="ID", help="The sync to begin with. [default: the newest]")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Listen here; 0: any free."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Another address lets other computers in.")
@click.option("--open/--no-browser", "browser", default=False, help="Open the first page in the web browser.")
@rules_option
@lake_file_options
def command(
    *,
    files: tuple[str, ...],
    sync_id: str | None,
    port: int,
    host: str,
    browser: bool,
    rules: str | None,
    lake: str | None,
    sources: tuple[str, ...],
    at: str | None,
) -> None:
    """Look at a c1z file in a web browser: people, resources, who holds what and why, what changed.

    The pages are served by this program, to this computer only, until Ctrl-C. The link that is printed lets a browser
    in. Two files are compared, the older with the newer. With --lake a source of a lake is shown, with its changes.
    """
    if len(files) > 2:
        raise ConfigError("more than two files", hint="Name one file, or two to compare them.")
    if lake is not None and len(sources) != 1:
        raise ConfigError("--lake needs one --source.", hint="`connector-host lake stats` lists the sources.")
    with needs_extra("explore", "explore", ("jinja2", "markupsafe", "starlette", "uvicorn")):
        from ....explore.request_guard import is_loopback  # noqa: PLC0415 - an extra
        from ....explore.server import ServerAddress, serve  # noqa: PLC0415 - an extra
    if not is_loopback(host):
        log.warning("--host %s lets other computers ask for these pages, unencrypted; the link is the only key", host)

    def ready(address: ServerAddress) -> None:
        for note in address.notes:
            log.warning("%s", note)
        click.echo(address.link)
        log.info("Open this link in a browser on this computer. Ctrl-C ends it.")

    bound_rules = load_rules(rules)
    with taken_files(lambda: [Path(name) for name in files] or [file_of(None)], files, lake, sources, at) as paths:
        serve(paths, sync_id, host, port, ready, rules=bound_rules, browser=browser)
