"""The web application: it answers each request in the file thread and renders the content in the requested form."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ..errors import ConnectorHostError, FileError, NotFoundInFile
from ..index.object_search import RowWindow
from . import page_rendering
from .file_thread import FileThread, FileThreadClosed
from .open_files import OpenFiles, OpenSync
from .page_content import PageContent, PageQuery, address, check_choices
from .pages import PAGES
from .request_guard import CSP

__all__ = ["build_application"]

STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {
    "style.css": "text/css; charset=utf-8",
    "script.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
DOWNLOAD_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "svg": "image/svg+xml"}
PATIENCE = 0.1  # seconds a page waits for a sync that is still being read before it reports that
SMALL = 0.5  # seconds of reading after which a sync counts as large: pages stop waiting for it
SLICE = 0.1  # seconds of reading between two checks for other requests, while a download waits
ROWS = 2_000  # of a download, at a time
LONGEST_QUERY = 16_384

log = logging.getLogger(__name__)


def build_application(file_thread: FileThread, files: OpenFiles, root: str = "/") -> Starlette:
    """Return the application that shows the open files, below the path `root`."""
    pages = _Pages(file_thread, files, root)
    routes = [
        Route(root, pages.start),
        Route(f"{root}static/{{name}}", _static),
        Route(f"{root}s/{{key}}/{{name}}", pages.page),
        Route(f"{root}{{name}}", pages.page),
    ]
    return Starlette(routes=routes, exception_handlers={404: pages.lost, 500: pages.broken})


class _Pages:
    def __init__(self, file_thread: FileThread, files: OpenFiles, root: str) -> None:
        self._file_thread, self._files = file_thread, files
        self._root = root
        self._home = urljoin(f"{root}s/key/page", address(files.first.key, "overview"))

    async def start(self, _request: Request) -> Response:
        """Redirect to the overview of the newest sync."""
        return RedirectResponse(self._home, 303)

    async def page(self, request: Request) -> Response:
        """Return a page in the form of its suffix or the parameter `format`; without a key, that of the first sync."""
        name, _, form = str(request.path_params["name"]).partition(".")
        parameters = dict(request.query_params)
        form = form or parameters.get("format", "") or "html"
        if name not in PAGES or form not in {"html", *DOWNLOAD_TYPES} or len(request.url.query) > LONGEST_QUERY:
            return await self.lost(request, None)
        if "key" not in request.path_params and form == "html":  # the links of a page are relative to it
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{self._root}s/{self._files.first.key}/{name}{query}", 303)
        page_request = PageQuery(str(request.path_params.get("key", self._files.first.key)), name, parameters)
        try:
            opened = await self._file_thread.run(lambda: self._open_sync(page_request.key))
            if form == "html":
                return await self._html(opened, page_request)
            return await self._file(opened, page_request, form)
        except ConnectorHostError as error:
            return self._problem(404 if isinstance(error, NotFoundInFile) else 500, error.message, error.hint)
        except FileThreadClosed:
            return self._problem(503, "connector-host explore is shutting down", "")

    async def lost(self, _request: Request, _error: Any) -> Response:
        """Return the error page for an unknown address."""
        return self._problem(404, "There is no such page", "Start at the overview.")

    async def broken(self, _request: Request, error: Any) -> Response:
        """Return the error page for a defect, and log it."""
        log.error("a page failed: %s", error, exc_info=error)
        return self._problem(
            500, "This page failed because of a defect in connector-host", "The log in the terminal has the details."
        )

    def _problem(self, status: int, message: str, hint: str) -> Response:
        return HTMLResponse(page_rendering.problem(message[:1].upper() + message[1:], hint, self._root), status)

    def _open_sync(self, key: str) -> OpenSync:
        opened = self._files.find(key)
        self._files.prepare(opened)
        return opened

    async def _html(self, opened: OpenSync, page_request: PageQuery) -> Response:
        def render() -> tuple[str, bool]:
            if self._needs(opened, page_request, PATIENCE if opened.age < SMALL else 0):
                content = PageContent(
                    title="One moment", waiting=f"Reading {opened.doing} …", forms=(), section=page_request.name
                )
            else:
                content = self._page(opened, page_request)
            return page_rendering.html(self._files, opened, page_request, content, self._root), bool(content.waiting)

        text, waiting = await self._file_thread.run(render)
        # a browser without script reloads the page, too, until it is complete
        return HTMLResponse(text, headers={"refresh": "1"} if waiting else None)

    def _needs(self, opened: OpenSync, page_request: PageQuery, seconds: float) -> bool:
        """Read for some seconds; return True if the page still lacks data."""
        if page_request.name == "types":
            return False
        if page_request.name == "overview":
            opened.step(seconds, lambda: opened.ready and not self._compares(opened))
            return False
        if page_request.name == "changes":
            return not opened.step(seconds, lambda: opened.ready and not self._compares(opened))
        return not opened.step(seconds, lambda: opened.ready)

    def _compares(self, opened: OpenSync) -> bool:
        """Return True if the comparison with the sync before is not finished."""
        return self._files.before(opened) is not None and not (opened.index and opened.index.changes_ready)

    async def _file(self, opened: OpenSync, page_request: PageQuery, form: str) -> Response:
        while await self._file_thread.run(lambda: self._needs(opened, page_request, SLICE)):
            pass
        if page_request.name == "overview":
            await self._file_thread.run(lambda: opened.step(60, lambda: opened.ready))
        first = await self._file_thread.run(lambda: self._content(opened, page_request, 0))
        if form not in first.forms:
            raise NotFoundInFile(f"this page has no form {form!r}", hint=f"It has: {', '.join(first.forms)}.")
        headers = {"content-disposition": f'attachment; filename="{page_rendering.file_name(page_request, form)}"'}
        if form == "svg":
            headers = {"content-security-policy": f"{CSP}; sandbox"}
            return Response(first.graph, media_type=DOWNLOAD_TYPES[form], headers=headers)
        return StreamingResponse(
            self._rows(opened, page_request, form, first), media_type=DOWNLOAD_TYPES[form], headers=headers
        )

    def _content(self, opened: OpenSync, page_request: PageQuery, offset: int) -> PageContent:
        part_request = PageQuery(
            page_request.key, page_request.name, page_request.parameters, RowWindow(offset=offset, limit=ROWS)
        )
        return self._page(opened, part_request)

    def _page(self, opened: OpenSync, page_request: PageQuery) -> PageContent:
        """Return a page. Raises NotFoundInFile for an object, or a value of a filter, that does not exist."""
        content = PAGES[page_request.name](self._files, opened, page_request)
        check_choices(content.choices, page_request)
        return content

    async def _rows(
        self, opened: OpenSync, page_request: PageQuery, form: str, content: PageContent
    ) -> AsyncIterator[bytes]:
        """Yield the first table of a page, to its last row, in pieces."""
        table, offset = content.tables[0], 0
        if form == "json":
            about = {
                "page": page_request.name,
                "sync": opened.sync.id,
                "file": str(opened.file.path),
                "title": content.title,
            }
            yield msgspec.json.encode({**about, "total": table.total})[:-1] + b',"rows":[\n'
        while True:
            piece = table
            if form == "csv":
                yield page_rendering.csv_rows(piece, piece.rows, head=offset == 0)
            else:
                yield page_rendering.json_rows(piece, piece.rows, first=offset == 0)
            offset += ROWS
            if not piece.paged or len(piece.rows) < ROWS:
                break
            table = (await self._file_thread.run(lambda at=offset: self._content(opened, page_request, at))).tables[0]  # type: ignore[misc]
        if form == "json":
            yield b"\n]}\n"


async def _static(request: Request) -> Response:
    """Return the style sheet, the script or the icon; no other files are served."""
    name = str(request.path_params["name"])
    if name not in STATIC_TYPES:
        return Response("", 404)
    try:
        return Response((STATIC / name).read_bytes(), media_type=STATIC_TYPES[name])
    except OSError as error:
        raise FileError(
            f"{STATIC / name} cannot be read ({error.strerror})", hint="Install connector-host again."
        ) from error
