"""Recorded runs: what an application answered once, to be answered again without it.

Record against the real thing once (`CONNECTOR_HOST_RECORD=1 pytest`), look through what was written, commit it. From
then on the tests run offline. A call that was not recorded fails, and so does a recording that was not used: both mean
that connector and recording have come apart. What is secret is replaced before it is written.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .harness import Problem

__all__ = ["RECORD", "recorded_command", "recorded_http"]

RECORD = "CONNECTOR_HOST_RECORD"
"""1: tests with recorded runs ask the real application and write down what it answers, instead of replaying."""
REDACTED = "REDACTED"
AUTH_HEADERS = ("authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key")
STAND_IN = Path(__file__).with_name("command_stand_in.py")
SHOWN = 5


def _recording(record: bool | None) -> bool:
    return bool(os.environ.get(RECORD)) if record is None else record


@contextmanager
def recorded_command(
    program: str, cassette: Path, *, redact: Sequence[str] = (), record: bool | None = None
) -> Iterator[None]:
    """Have `program` in PATH answer from `cassette` (JSON lines) inside the block, or record it there.

    `redact` are regular expressions; what they match in words, input and output is written as REDACTED, and matched so
    again. Calls of equal words and input are answered in the order they were recorded. Raises Problem at the end for
    calls that were not recorded and for recorded ones that did not come.
    """
    recording = _recording(record)
    real = shutil.which(program)
    if recording and real is None:
        raise Problem(f"there is no program {program} in PATH to record.")
    if not recording and not cassette.exists():
        raise Problem(f"{cassette} is not there: record it once with {RECORD}=1.")
    for pattern in redact:
        re.compile(pattern)
    before = os.environ.get("PATH", "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draft = folder / "recorded.jsonl"
        journal = folder / "journal.jsonl"
        plan = {
            "cassette": str(draft if recording else cassette.absolute()),
            "journal": str(journal),
            "program": real,
            "path": before,
            "record": recording,
            "redact": list(redact),
        }
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        script = folder / "bin" / program
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -SEI "{STAND_IN}" "{folder}/plan.json" "$@"\n')
        script.chmod(0o755)
        os.environ["PATH"] = f"{script.parent}{os.pathsep}{before}"
        try:
            yield
        finally:
            os.environ["PATH"] = before
        if recording:
            cassette.parent.mkdir(parents=True, exist_ok=True)
            cassette.write_bytes(draft.read_bytes() if draft.exists() else b"")
        else:
            _judge_commands(program, cassette, journal)


def _judge_commands(program: str, cassette: Path, journal: Path) -> None:
    entries = [json.loads(line) for line in cassette.read_text(encoding="utf-8").splitlines()]
    used = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()] if journal.exists() else []
    unexpected = [" ".join([program, *one["words"]]) for one in used if isinstance(one, dict)]
    unused = [" ".join([program, *one["words"]]) for number, one in enumerate(entries) if number not in used]
    _judge(cassette, unexpected, unused)


def _judge(cassette: Path, unexpected: Sequence[str], unused: Sequence[str]) -> None:
    problems = []
    if unexpected:
        problems.append(f"{len(unexpected)} call(s) are not in {cassette.name}: {_some(unexpected)}")
    if unused:
        problems.append(f"{len(unused)} recorded call(s) did not come: {_some(unused)}")
    if problems:
        raise Problem(f"{'; '.join(problems)}. If the connector is right, record it anew with {RECORD}=1.")


def _some(calls: Sequence[str]) -> str:
    return "; ".join(calls[:SHOWN]) + (f"; and {len(calls) - SHOWN} more" if len(calls) > SHOWN else "")


@contextmanager
def recorded_http(
    cassette: Path,
    *,
    headers: Sequence[str] = (),
    redact: Mapping[str, str] | None = None,
    record: bool | None = None,
) -> Iterator[None]:
    """Have HTTP calls answered from `cassette` (a YAML file of vcrpy) inside the block, or record them there.

    Works with what vcrpy knows: http.client, urllib3, requests, httpx, aiohttp. Headers of authentication and those in
    `headers` are never written; `redact` maps regular expressions to what stands for their matches, in addresses,
    headers and bodies. Calls match by method, address and what the body says. Raises Problem at the end for calls that
    were not recorded and for recorded ones that did not come.
    """
    try:
        import vcr  # noqa: PLC0415 - only where it is used
    except ImportError:
        raise Problem("recorded HTTP needs vcrpy: pip install 'connector-host[testing]'.") from None
    recording = _recording(record)
    if not recording and not cassette.exists():
        raise Problem(f"{cassette} is not there: record it once with {RECORD}=1.")
    if recording:
        cassette.unlink(missing_ok=True)
    clean = _cleaner(redact or {})
    hidden = {name.lower() for name in (*AUTH_HEADERS, *headers)}

    def request_kept(request: Any) -> Any:
        request.uri = clean(request.uri)
        request.body = clean(request.body)
        for name, value in list(request.headers.items()):
            if name.lower() in hidden:
                del request.headers[name]
            else:
                request.headers[name] = clean(value)
        return request

    def response_kept(response: dict[str, Any]) -> dict[str, Any]:
        kept = {
            name: [clean(value) for value in values] if isinstance(values, list) else clean(values)
            for name, values in response["headers"].items()
            if name.lower() not in hidden
        }
        return response | {"headers": kept, "body": {"string": clean(response["body"]["string"])}}

    recorder = vcr.VCR(
        record_mode="all" if recording else "none",
        match_on=("method", "scheme", "host", "port", "path", "query", "said"),
        before_record_request=request_kept,
        before_record_response=response_kept,
        decode_compressed_response=True,
    )
    recorder.register_matcher("said", lambda one, other: _said(one.body) == _said(other.body))
    unexpected: list[str] = []
    with recorder.use_cassette(str(cassette)) as tape:
        known = tape.can_play_response_for

        def noted(request: Any) -> Any:
            answer = known(request)
            if not answer and not recording:
                kept = request_kept(request)
                unexpected.append(f"{kept.method} {kept.uri}")
            return answer

        tape.can_play_response_for = noted
        yield
        left = [one for number, one in enumerate(tape.requests) if not tape.play_counts[number]]
    if not recording:
        _judge(cassette, unexpected, [f"{one.method} {one.uri}" for one in left])


def _said(body: Any) -> Any:
    """What a body says: JSON and forms in any order, whatever the headers call it; else itself."""
    if not isinstance(body, (bytes, str)):
        return body
    text = body.decode(errors="backslashreplace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except ValueError:
        return parse_qs(text, keep_blank_values=True) or text


def _cleaner(redact: Mapping[str, str]) -> Callable[[Any], Any]:
    patterns = [(re.compile(pattern), text) for pattern, text in redact.items()]

    def clean(value: Any) -> Any:
        for pattern, text in patterns:
            if isinstance(value, bytes):
                value = re.sub(pattern.pattern.encode(), text.encode(), value)
            elif isinstance(value, str):
                value = pattern.sub(text, value)
        return value

    return clean
