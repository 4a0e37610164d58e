"""Opening the web browser without a token in its command line, which every account on the computer can read."""

from __future__ import annotations

import logging
import tempfile
import threading
import webbrowser
from contextlib import ExitStack
from html import escape
from pathlib import Path

__all__ = ["open_browser"]

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={link}"><title>connector-host explore</title></head>
<body><p><a href="{link}">Open connector-host explore</a></p></body></html>
"""
log = logging.getLogger(__name__)


def open_browser(stack: ExitStack, link: str) -> None:
    """Open a link in the web browser, through a page in a private directory that `stack` removes.

    The browser is started in a thread of its own: some browsers return only when they end, but need the server.
    """
    try:
        directory = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="connector-host-", ignore_cleanup_errors=True)
        )
        page = Path(directory) / "open.html"
        page.touch(mode=0o600)
        page.write_text(PAGE.format(link=escape(link)), encoding="utf-8")
    except OSError as error:
        _report(error.strerror or str(error))
        return
    threading.Thread(target=_start, args=(page.as_uri(),), name="explore-browser", daemon=True).start()


def _start(address: str) -> None:
    try:
        opened = webbrowser.open(address)
    except Exception as error:  # noqa: BLE001 - a browser of the user's own choice
        _report(str(error))
    else:
        if not opened:
            _report("no browser was found")


def _report(reason: str) -> None:
    log.warning("The web browser cannot be opened (%s). Open the printed link yourself.", reason)
