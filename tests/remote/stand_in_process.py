"""A connector process that plays a recording back, with planned faults: `stand_in_process.py RECORDING [FAULTS]`.

FAULTS is JSON: `die_at` (number of the call at which the process ends, once for each line of `marks`), `hang_at` (it
stops itself there), `status` ([method, code, message, times, base64 of details]), `big` ([method, bytes]: a page so
large), `loop` (method whose pages all name the same next page), `log` (lines to write to standard error first).
"""

import base64
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from connector_host import Run
from connector_host.rpc.rpc_errors import RpcError, StatusCode
from connector_host.service.connector_server import adopt_listener, read_parent_config, serve
from connector_host.wire.services.service_methods import CONNECTOR_METHODS


class Recording:
    """Answers by method and request, the id of the sync left out; repeated requests get their answers in order."""

    def __init__(self, path, faults):
        self.faults, self.calls, self.lock = faults, 0, threading.Lock()
        self.answers = {}
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            key = self.key(entry["method"], base64.b64decode(entry["request"]))
            self.answers.setdefault(key, []).append(entry)

    def key(self, path, data):
        request = CONNECTOR_METHODS[path].request.FromString(data)
        loops = path.endswith(self.faults.get("loop", "no method"))
        for field in ("active_sync_id", "page_size", *(["page_token"] if loops else [])):
            if field in request.DESCRIPTOR.fields_by_name:
                request.ClearField(field)
        if "resource" in request.DESCRIPTOR.fields_by_name and hasattr(request.resource, "profile"):
            resource_id = request.resource.id.SerializeToString()
            request.ClearField("resource")
            return path, resource_id, request.SerializeToString(deterministic=True)
        return path, b"", request.SerializeToString(deterministic=True)

    def function(self, path):
        def answer(data):
            self.plan(path)
            if "seen" in self.faults:
                self.note(path, data)
            entries = self.answers.get(self.key(path, data))
            if entries is None:
                if path.endswith(("GetMetadata", "Validate", "Cleanup")):
                    return b""
                raise RpcError(StatusCode.UNIMPLEMENTED, f"not recorded: {path}")
            entry = entries.pop(0) if len(entries) > 1 else entries[0]
            if "code" in entry:
                raise RpcError(StatusCode[entry["code"]], entry["message"])
            return self.changed(path, base64.b64decode(entry["response"]))

        return answer

    def plan(self, path):
        with self.lock:
            self.calls += 1
            number = self.calls
        faults = self.faults
        if number == faults.get("die_at") and self.once("died"):
            os._exit(7)
        if number == faults.get("hang_at") and self.once("hung"):
            os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(faults.get("slow", 0))
        status = faults.get("status")
        if status and path.endswith(status[0]) and status[3] > 0:
            status[3] -= 1
            if status[1] == "UNAUTHENTICATED" and not self.once("expired"):
                return
            details = base64.b64decode(status[4]) if len(status) > 4 else b""
            raise RpcError(StatusCode[status[1]], status[2], details)

    def note(self, path, data):
        """Append the method and the sync id of a request to the file that is named."""
        request = CONNECTOR_METHODS[path].request.FromString(data)
        with Path(self.faults["seen"]).open("a", encoding="utf-8") as file:
            file.write(f"{path.rpartition('/')[2]} {getattr(request, 'active_sync_id', '-')}\n")

    def once(self, what):
        """Return True the first time, also over several processes."""
        mark = Path(self.faults["marks"]) / what
        if mark.exists():
            return bool(self.faults.get("always"))
        mark.touch()
        return True

    def changed(self, path, data):
        for name in ("big", "loop"):
            method = self.faults.get(name)
            if method and path.endswith(method if name == "loop" else method[0]):
                message = CONNECTOR_METHODS[path].response.FromString(data)
                if name == "loop":
                    message.next_page_token = "again"
                else:
                    note = message.annotations.add()
                    note.type_url, note.value = "type.googleapis.com/example.Unknown", bytes(method[1])
                return message.SerializeToString()
        return data


def main():
    recording, faults = sys.argv[1], json.loads(sys.argv[2]) if sys.argv[2].startswith("{") else {}
    for line in faults.get("log", ()):
        print(line, file=sys.stderr, flush=True)
    listener = adopt_listener(os.environ)
    player = Recording(recording, faults)
    functions = {
        path: player.function(path) for path, method in CONNECTOR_METHODS.items() if not method.streams_response
    }
    serve(functions, {}, read_parent_config(listener), listener, Run(), threads=4)


main()
