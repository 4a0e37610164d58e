"""Recordings of HTTP calls: cassettes of vcrpy, checked as strictly as those of commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .harness import Problem
from .recording import is_recording, report_mismatches, require_cassette

__all__ = ["recorded_http"]

AUTH_HEADERS = ("authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key")


@contextmanager
def recorded_http(
    cassette: Path,
    *,
    headers: Sequence[str] = (),
    redact: Mapping[str, str] | None = None,
    record: bool | None = None,
) -> Iterator[None]:
    """Answer HTTP calls from `cassette` (a YAML file of vcrpy) inside the block, or record them there.

    Works with the clients that vcrpy supports: http.client, urllib3, requests, httpx, aiohttp. Headers of
    authentication and those in `headers` are never written; `redact` maps regular expressions to replacements in
    addresses, headers and bodies. Calls match by method, address and the content of the body. Raises Problem at the end
    for calls that were not recorded and for recorded calls that did not occur.
    """
    try:
        import vcr  # noqa: PLC0415 - only where it is used
    except ImportError:
        raise Problem("recorded HTTP needs vcrpy: pip install 'connector-host[testing]'.") from None
    recording = is_recording(record)
    if recording:
        cassette.unlink(missing_ok=True)
    else:
        require_cassette(cassette)
    cleaner = _Cleaner(redact or {}, frozenset(name.lower() for name in (*AUTH_HEADERS, *headers)))
    recorder = vcr.VCR(
        record_mode="all" if recording else "none",
        match_on=("method", "scheme", "host", "port", "path", "query", "content"),
        before_record_request=cleaner.request,
        before_record_response=cleaner.response,
        decode_compressed_response=True,
    )
    recorder.register_matcher("content", lambda first, second: _content(first.body) == _content(second.body))
    unexpected: list[str] = []
    with recorder.use_cassette(str(cassette)) as tape:
        is_recorded = tape.can_play_response_for

        def note_unexpected(request: Any) -> Any:
            playable = is_recorded(request)
            if not playable and not recording:
                cleaned = cleaner.request(request)
                unexpected.append(f"{cleaned.method} {cleaned.uri}")
            return playable

        tape.can_play_response_for = note_unexpected
        yield
        unused = [request for number, request in enumerate(tape.requests) if not tape.play_counts[number]]
    if not recording:
        report_mismatches(cassette, unexpected, [f"{request.method} {request.uri}" for request in unused])


class _Cleaner:
    """Removes headers and replaces patterns in requests and responses before they are recorded."""

    def __init__(self, redact: Mapping[str, str], hidden_headers: frozenset[str]) -> None:
        self._patterns = [(re.compile(pattern), text) for pattern, text in redact.items()]
        self._hidden = hidden_headers

    def request(self, request: Any) -> Any:
        """Clean a request of vcrpy in place, and return it."""
        request.uri = self._clean(request.uri)
        request.body = self._clean(request.body)
        for name, value in list(request.headers.items()):
            if name.lower() in self._hidden:
                del request.headers[name]
            else:
                request.headers[name] = self._clean(value)
        return request

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return a cleaned copy of a response of vcrpy."""
        headers = {
            name: [self._clean(value) for value in values] if isinstance(values, list) else self._clean(values)
            for name, values in response["headers"].items()
            if name.lower() not in self._hidden
        }
        return response | {"headers": headers, "body": {"string": self._clean(response["body"]["string"])}}

    def _clean(self, value: Any) -> Any:
        for pattern, text in self._patterns:
            if isinstance(value, bytes):
                value = re.sub(pattern.pattern.encode(), text.encode(), value)
            elif isinstance(value, str):
                value = pattern.sub(text, value)
        return value


def _content(body: Any) -> Any:
    """Return the content of a body: JSON and forms as values, whatever the headers say; any other body unchanged."""
    if not isinstance(body, (bytes, str)):
        return body
    text = body.decode(errors="backslashreplace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except ValueError:
        return parse_qs(text, keep_blank_values=True) or text
