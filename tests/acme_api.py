"""The HTTP API that tests/fixtures/acme_http.py reads: a path for each way to sign in and to page, with faults."""

import base64
import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt

COUNT = 5
ISSUED = "issued-access-token"


class AcmeApi(ThreadingHTTPServer):
    """Five people below each path. `faults` maps a path to the statuses of its first calls; `calls` counts calls."""

    daemon_threads = True

    def __init__(self, key):
        super().__init__(("127.0.0.1", 0), AcmeHandler)
        self.key, self.calls, self.faults = key, Counter(), {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class AcmeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, **headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.calls["/token"] += 1
        assertion = body.get("assertion")
        known = body.get("client_secret") == [self.server.key] or (assertion and self.is_signed(assertion[0]))
        token = {"access_token": ISSUED, "expires_in": 3600}
        self.reply(200, token) if known else self.reply(401, {"error": "invalid_client"})

    def is_signed(self, token):
        try:
            return jwt.decode(token, self.server.key, algorithms=["HS256"])["iss"] == "acme"
        except jwt.PyJWTError:
            return False

    def may_enter(self, name):
        sent, key = self.headers.get("Authorization", ""), self.server.key
        return {
            "bearer": sent == f"Bearer {key}",
            "apikey": self.headers.get("X-Key") == f"Key {key}",
            "basic": sent == "Basic " + base64.b64encode(f"acme:{key}".encode()).decode(),
            "oauth": sent == f"Bearer {ISSUED}",
            "jwt": self.is_signed(sent.removeprefix("Bearer ")),
            "assertion": sent == f"Bearer {ISSUED}",
        }[name]

    def do_GET(self):
        parts = urlsplit(self.path)
        self.server.calls[parts.path] += 1
        if statuses := self.server.faults.get(parts.path):
            return self.reply(statuses.pop(0), {"error": "planned"}, Retry_After=0)
        _, name, *detail = parts.path.split("/")
        if not self.may_enter(name):
            return self.reply(401, {"error": "no"})
        if detail:
            return self.reply(200, {"id": detail[0], "name": f"{name} {detail[0]}"})
        return self.listing(name, {key: values[0] for key, values in parse_qs(parts.query).items()})

    def listing(self, name, query):
        size = int(query.get("size", 2))
        if name == "jwt":
            start = (int(query.get("page", 1)) - 1) * size
        else:
            start = int(query.get("cursor") or query.get("offset") or query.get("start") or 0)
        body = {"account": "acme", "items": [{"id": n} for n in range(start, min(start + size, COUNT))]}
        following = start + size if start + size < COUNT else None
        address = f"{self.server.url}/{name}?size={size}&start={following}"
        headers = {}
        match name:
            case "apikey":
                body["links"] = {"next": address if following else None}
            case "basic":
                body["next"] = str(following) if following else None
            case "oauth":
                body["total"] = COUNT
            case "jwt":
                body["pages"] = -(-COUNT // size)
            case _ if following:
                headers["Link"] = f'<{address}>; rel="next"'
        return self.reply(200, body, **headers)


@contextmanager
def serving_acme(key):
    api = AcmeApi(key)
    thread = threading.Thread(target=api.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.shutdown()
        api.server_close()
        thread.join()
