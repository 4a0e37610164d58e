"""The HTTP API that docs/examples/http_directory.py reads: paged, with a token, a rate limit and members to change."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

USERS = [
    {"id": n, "login": f"u{n}", "name": f"User {n}", "mail": f"u{n}@example.com", "active": n != 3} for n in range(1, 8)
]
GROUPS = [{"id": n, "name": f"Group {n}"} for n in range(1, 4)]


class DirectoryApi(ThreadingHTTPServer):
    """A directory in memory on a loopback port. `broken` names what every call does: 429, 401, 500 or text."""

    daemon_threads = True

    def __init__(self, token):
        super().__init__(("127.0.0.1", 0), Handler)
        self.token, self.broken, self.lock = token, None, threading.Lock()
        user, group = "user", "group"
        self.members = {1: [(user, 1), (user, 2), (user, 3), (group, 2)], 2: [(user, 4)], 3: []}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=None, **headers):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def handle_call(self):
        api = self.server
        parts = urlsplit(self.path)
        if api.broken == "text":
            return self.reply(200, b"<html>")
        if api.broken:
            return self.reply(
                int(api.broken), {"error": "broken"}, **({"Retry_After": "1"} if api.broken == "429" else {})
            )
        if self.headers.get("Authorization") != f"Bearer {api.token}":
            return self.reply(401, {"error": "bad token"})
        match self.command, parts.path.strip("/").split("/"):
            case "GET", ["me"]:
                return self.reply(200, {"tenant": "acme", "login": "robot"})
            case "GET", ["users"]:
                return self.listing(USERS)
            case "GET", ["groups"]:
                return self.listing(GROUPS)
            case "GET", ["groups", group, "members"]:
                members = api.members[int(group)]
                return self.listing([{"type": type_id, "id": key} for type_id, key in members])
            case ("PUT" | "DELETE") as method, ["groups", group, "members", type_id, key]:
                return self.change(method, int(group), (type_id.removesuffix("s"), int(key)))
        return self.reply(404, {"error": "no such address"})

    def listing(self, items):
        query = parse_qs(urlsplit(self.path).query)
        size, start = int(query.get("per_page", ["3"])[0]), int(query.get("start", ["0"])[0])
        path = urlsplit(self.path).path
        following = f'<{self.server.url}{path}?per_page={size}&start={start + size}>; rel="next"'
        headers = {"Link": following} if start + size < len(items) else {}
        return self.reply(200, items[start : start + size], **headers)

    def change(self, method, group, member):
        with self.server.lock:
            members = self.server.members[group]
            if (member in members) is (method == "PUT"):
                return self.reply(208)
            (members.append if method == "PUT" else members.remove)(member)
        return self.reply(204)

    do_GET = do_PUT = do_DELETE = handle_call  # noqa: N815 - the names of http.server


@contextmanager
def serving(token):
    api = DirectoryApi(token)
    thread = threading.Thread(target=api.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.shutdown()
        api.server_close()
        thread.join()
