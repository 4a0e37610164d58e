"""The web server, which runs until a signal ends it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import uvicorn
from msgspec import Struct

from ..errors import ConfigError
from ..query.rules.access_rules import AccessRules
from .address_root import address_root
from .browser_start import open_browser
from .file_thread import FileThread
from .http_protocol import EvictingProtocol
from .open_files import OpenFiles
from .request_guard import RequestGuard
from .web_app import build_application

__all__ = ["ServerAddress", "serve"]

GRACE = 1  # seconds that answers in progress are given at the end
MOST_HEADER_BYTES = 1 << 20  # the cookies of all servers on this host fit in it

log = logging.getLogger(__name__)


class ServerAddress(Struct, frozen=True):
    """The link that signs a browser in, and notes on the choice of the syncs."""

    link: str
    notes: tuple[str, ...] = ()


def serve(
    paths: list[Path],
    sync_id: str | None,
    host: str,
    port: int,
    ready: Callable[[ServerAddress], None],
    *,
    rules: AccessRules | None = None,
    browser: bool = False,
) -> None:
    """Open the files, listen, call `ready`, and serve until a signal ends the server (uvicorn raises it again).

    `rules` mark privileged entitlements and separate duties. With `browser`, open the first page in the web browser.
    Raises ConfigError if the address cannot be listened on, FileError for a file that cannot be read.
    """
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port))
        # opened before and closed after the file thread, so that an interrupted unpacking removes its files
        files = OpenFiles(stack, paths, sync_id, rules)
        file_thread = FileThread()
        stack.callback(file_thread.close)
        files.add_background_work = file_thread.add_background_work
        file_thread.submit(lambda: files.prepare(files.first)).result()
        port_number = int(listening.getsockname()[1])
        root = address_root(port_number)
        guard = RequestGuard(build_application(file_thread, files, root), host, port_number, root)
        host_text = f"[{host}]" if ":" in host else host
        base = f"http://{host_text}:{port_number}"
        ready(ServerAddress(base + guard.link(), tuple(files.notes)))
        if browser:
            open_browser(stack, base + guard.link(once=True))
        config = uvicorn.Config(
            guard,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            http=EvictingProtocol,
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            timeout_graceful_shutdown=GRACE,
        )
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio requires the protocol by name
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        text = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"cannot listen on {host}, port {port} ({text})",
            hint="Choose another port with --port, or --port 0 for any that is free.",
        ) from error
    return listening
