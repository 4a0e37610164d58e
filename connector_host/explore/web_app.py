"""The web application: an address is a question, put to the desk, and its sheet is shown in the form asked for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ..errors import ConnectorHostError, FileError, NotFoundInFile
from ..index.object_search import PageRequest as Part
from . import rendering
from .file_thread import FileThread, FileThreadClosed
from .open_files import OpenFiles, OpenSync
from .page_content import PageContent, PageRequest, address
from .pages import PAGES
from .request_guard import CSP

__all__ = ["build_application"]

STATIC = Path(__file__).parent / "static"
KINDS = {
    "style.css": "text/css; charset=utf-8",
    "script.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FILES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "svg": "image/svg+xml"}
PATIENCE = 0.1  # seconds a page waits for what is still being read before it says so
SMALL = 0.5  # seconds of reading after which a sync is no small one: pages no longer wait for it
SLICE = 0.1  # seconds of reading between two looks at other requests, while a file waits
ROWS = 2_000  # of a file, at a time
LONGEST_QUERY = 16_384

log = logging.getLogger(__name__)


def build_application(desk: FileThread, book: OpenFiles) -> Starlette:
    """The application over an open book."""
    pages = _Pages(desk, book)
    routes = [
        Route("/", pages.start),
        Route("/static/{name}", _static),
        Route("/s/{key}/{name}", pages.page),
    ]
    return Starlette(routes=routes, exception_handlers={404: pages.lost, 500: pages.broken})


class _Pages:
    def __init__(self, desk: FileThread, book: OpenFiles) -> None:
        self._desk, self._book = desk, book
        self._home = address(book.first.key, "overview")

    async def start(self, _request: Request) -> Response:
        """The overview of the newest sync."""
        return RedirectResponse(self._home, 303)

    async def page(self, request: Request) -> Response:
        """One page, in the form that its suffix or the parameter `format` asks for."""
        name, _, form = str(request.path_params["name"]).partition(".")
        given = dict(request.query_params)
        form = form or given.get("format", "") or "html"
        if name not in PAGES or form not in {"html", *FILES} or len(request.url.query) > LONGEST_QUERY:
            return await self.lost(request, None)
        ask = PageRequest(str(request.path_params["key"]), name, given)
        try:
            one = await self._desk.ask(lambda: self._found(ask.key))
            if form == "html":
                return await self._html(one, ask)
            return await self._file(one, ask, form)
        except ConnectorHostError as error:
            return self._problem(404 if isinstance(error, NotFoundInFile) else 500, error.message, error.hint)
        except FileThreadClosed:
            return self._problem(503, "connector-host explore is ending", "")

    async def lost(self, _request: Request, _error: Any) -> Response:
        """There is no such page."""
        return self._problem(404, "There is no such page", "Begin at the overview.")

    async def broken(self, _request: Request, error: Any) -> Response:
        """A page failed in a way nobody foresaw."""
        log.error("a page failed: %s", error, exc_info=error)
        return self._problem(500, "This page failed: connector-host has a defect", "The terminal says more.")

    def _problem(self, status: int, message: str, hint: str) -> Response:
        return HTMLResponse(rendering.problem(message[:1].upper() + message[1:], hint, self._home), status)

    def _found(self, key: str) -> OpenSync:
        one = self._book.find(key)
        self._book.prepare(one)
        return one

    async def _html(self, one: OpenSync, ask: PageRequest) -> Response:
        def answer() -> tuple[str, bool]:
            if self._needs(one, ask, PATIENCE if one.age < SMALL else 0):
                sheet = PageContent(title="One moment", waiting=f"Reading {one.doing} …", forms=(), section=ask.name)
            else:
                sheet = PAGES[ask.name](self._book, one, ask)
            return rendering.html(self._book, one, ask, sheet), bool(sheet.waiting)

        text, waiting = await self._desk.ask(answer)
        # without script, too, the page comes again until it is whole
        return HTMLResponse(text, headers={"refresh": "1"} if waiting else None)

    def _needs(self, one: OpenSync, ask: PageRequest, seconds: float) -> bool:
        """Go on reading for so long; whether the page still lacks what it is made from."""
        if ask.name == "types":
            return False
        if ask.name == "overview":
            one.step(seconds, lambda: one.ready and not self._compares(one))
            return False
        if ask.name == "changes":
            return not one.step(seconds, lambda: one.ready and not self._compares(one))
        return not one.step(seconds, lambda: one.ready)

    def _compares(self, one: OpenSync) -> bool:
        """Whether the comparison with the sync before is still to be made."""
        return self._book.before(one) is not None and not (one.catalogue and one.catalogue.changes_ready)

    async def _file(self, one: OpenSync, ask: PageRequest, form: str) -> Response:
        while await self._desk.ask(lambda: self._needs(one, ask, SLICE)):
            pass
        if ask.name == "overview":
            await self._desk.ask(lambda: one.step(60, lambda: one.ready))
        first = await self._desk.ask(lambda: self._sheet(one, ask, 0))
        if form not in first.forms:
            raise NotFoundInFile(f"this page has no form {form!r}", hint=f"It has: {', '.join(first.forms)}.")
        headers = {"content-disposition": f'attachment; filename="{rendering.file_name(ask, form)}"'}
        if form == "svg":
            headers = {"content-security-policy": f"{CSP}; sandbox"}
            return Response(first.graph, media_type=FILES[form], headers=headers)
        return StreamingResponse(self._rows(one, ask, form, first), media_type=FILES[form], headers=headers)

    def _sheet(self, one: OpenSync, ask: PageRequest, offset: int) -> PageContent:
        whole = PageRequest(ask.key, ask.name, ask.given, Part(offset=offset, limit=ROWS))
        return PAGES[ask.name](self._book, one, whole)

    async def _rows(self, one: OpenSync, ask: PageRequest, form: str, sheet: PageContent) -> AsyncIterator[bytes]:
        """The first table of a page, to its end, in pieces."""
        table, offset = sheet.tables[0], 0
        if form == "json":
            about = {"page": ask.name, "sync": one.sync.id, "file": str(one.file.path), "title": sheet.title}
            yield msgspec.json.encode({**about, "total": table.total})[:-1] + b',"rows":[\n'
        while True:
            piece = table
            if form == "csv":
                yield rendering.csv_rows(piece, piece.rows, head=offset == 0)
            else:
                yield rendering.json_rows(piece, piece.rows, first=offset == 0)
            offset += ROWS
            if not piece.paged or len(piece.rows) < ROWS:
                break
            table = (await self._desk.ask(lambda at=offset: self._sheet(one, ask, at))).tables[0]  # type: ignore[misc]
        if form == "json":
            yield b"\n]}\n"


async def _static(request: Request) -> Response:
    """The style, the script, the icon: the only files that are served."""
    name = str(request.path_params["name"])
    if name not in KINDS:
        return Response("", 404)
    try:
        return Response((STATIC / name).read_bytes(), media_type=KINDS[name])
    except OSError as error:
        raise FileError(
            f"{STATIC / name} cannot be read ({error.strerror})", hint="Install connector-host again."
        ) from error
