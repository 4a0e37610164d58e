"""A stand-in for the JSON API of Google Cloud Storage, as its reference describes the calls that a lake makes.

An upload with `ifGenerationMatch=0` is refused with 412 if the object exists.
"""

import base64
import datetime
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Objects:
    """The objects of all buckets by (bucket, name); `conditions` counts the uploads with a condition."""

    def __init__(self, buckets):
        self.buckets, self.contents, self.conditions = set(buckets), {}, 0
        self.lock = threading.Lock()

    def describe(self, bucket, name):
        content, stamp = self.contents[bucket, name]
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        return {
            "kind": "storage#object",
            "bucket": bucket,
            "name": name,
            "size": str(len(content)),
            "md5Hash": digest,
            "generation": "1",
            "updated": stamp,
            "timeCreated": stamp,
            "storageClass": "STANDARD",
            "etag": digest,
        }

    def create(self, bucket, name, content, *, only_new):
        """Store an object; return False if the condition is not met."""
        with self.lock:
            self.conditions += only_new
            if only_new and (bucket, name) in self.contents:
                return False
            stamp = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
            self.contents[bucket, name] = content, stamp
            return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, content=b"", content_type="application/json"):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def place(self):
        """Return bucket, name of the object or None, and the query."""
        parts = urlsplit(self.path)
        words = parts.path.partition("/b/")[2].split("/", 2)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        return unquote(words[0]), unquote(words[2]) if len(words) > 2 else None, query

    def refuse(self, status, message):
        self.answer(status, {"error": {"code": status, "message": message}})

    def do_GET(self):
        objects = self.server.objects
        bucket, name, query = self.place()
        if bucket not in objects.buckets:
            self.refuse(404, "The specified bucket does not exist.")
        elif name is None and "/o" not in urlsplit(self.path).path:
            self.answer(200, {"kind": "storage#bucket", "name": bucket, "id": bucket})
        elif name is None:
            self.answer(200, self.listing(bucket, query))
        elif (bucket, name) not in objects.contents:
            self.refuse(404, f"No such object: {bucket}/{name}")
        elif query.get("alt") == "media" or "/download/" in self.path:
            self.media(objects.contents[bucket, name][0])
        else:
            self.answer(200, objects.describe(bucket, name))

    def media(self, content):
        begin, _, end = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if not begin:
            self.answer(200, content, "application/octet-stream")
            return
        self.answer(206, content[int(begin) : int(end) + 1 if end else None], "application/octet-stream")

    def listing(self, bucket, query):
        objects, prefix, separator = self.server.objects, query.get("prefix", ""), query.get("delimiter", "")
        items, prefixes = [], set()
        for held_in, name in sorted(objects.contents):
            if held_in != bucket or not name.startswith(prefix):
                continue
            inside = name[len(prefix) :]
            if separator and separator in inside:
                prefixes.add(prefix + inside.partition(separator)[0] + separator)
            else:
                items.append(objects.describe(bucket, name))
        return {"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)}

    def do_POST(self):
        bucket, _, query = self.place()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if bucket not in self.server.objects.buckets:
            self.refuse(404, "The specified bucket does not exist.")
            return
        assert query.get("uploadType") == "multipart", query
        described, _, rest = body.partition(b"\n--==0==\n")  # the boundary of gcsfs
        name = json.loads(described.partition(b"\n\n")[2])["name"]
        raw = rest.partition(b"\n\n")[2].removesuffix(b"\n--==0==--")
        if self.server.objects.create(bucket, name, raw, only_new=query.get("ifGenerationMatch") == "0"):
            self.answer(200, self.server.objects.describe(bucket, name))
        else:
            self.refuse(412, "At least one of the pre-conditions you specified did not hold.")

    def do_DELETE(self):
        bucket, name, _ = self.place()
        if self.server.objects.contents.pop((bucket, name), None) is None:
            self.refuse(404, "No such object")
        else:
            self.answer(204)


@contextmanager
def storage_server(*buckets):
    """Serve empty buckets; yield the URL and the objects."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.objects = Objects(buckets)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.objects
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
