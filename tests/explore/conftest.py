"""The pages of small files, asked without a network."""

import asyncio
from contextlib import ExitStack
from urllib.parse import urljoin

import pytest

httpx = pytest.importorskip("httpx")
pytest.importorskip("starlette", reason="needs the extra explore")
PORT = 8765


class Site:
    """Open files behind their guard; `get` sends the cookie unless another one is passed."""

    def __init__(self, stack, paths, sync_id=None, host="127.0.0.1", rules=None):
        from connector_host.explore.file_thread import FileThread
        from connector_host.explore.open_files import OpenFiles
        from connector_host.explore.request_guard import RequestGuard
        from connector_host.explore.web_app import build_application

        self.files = OpenFiles(stack, paths, sync_id, rules)
        self.file_thread = FileThread()
        stack.callback(self.file_thread.close)
        self.files.add_background_work = self.file_thread.add_background_work
        self.guard = RequestGuard(build_application(self.file_thread, self.files), host, PORT)
        self.key = self.files.first.key
        entered = self.ask(self.guard.link(), cookie="")
        self.cookie = entered.headers["set-cookie"].partition(";")[0]

    def ask(self, where, method="GET", host=f"127.0.0.1:{PORT}", cookie=None, **headers):
        """The answer to one request, redirects not followed."""
        sent = {"host": host, **headers}
        if cookie != "":
            sent["cookie"] = cookie or self.cookie

        async def once():
            transport = httpx.ASGITransport(self.guard)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, where, headers=sent)

        return asyncio.run(once())

    def get(self, name, **parameters):
        """A page of the first sync, by its name."""
        from connector_host.explore.page_content import address

        name, _, form = name.partition(".")
        answer = self.ask(urljoin("/s/key/page", address(self.key, name, form, **parameters)))
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture
def pages(make_c1z):
    """`pages(organisation, ...)`: the site over a file made for the test, or over `paths`."""
    with ExitStack() as stack:

        def make(*organisations, paths=None, sync_id=None, host="127.0.0.1", rules=None, **options):
            return Site(stack, paths or [make_c1z(*organisations, **options)], sync_id, host, rules)

        yield make
