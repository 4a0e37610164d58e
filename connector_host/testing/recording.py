"""Recordings of an application's answers, which tests play back without the application.

Record once against the real application (`CONNECTOR_HOST_RECORD=1 pytest`), review what was written, commit it. From
then on the tests run offline. A call that was not recorded fails, and so does a recording that was not used: either
means that connector and recording no longer match. Secrets are replaced before anything is written.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .harness import Problem

__all__ = ["RECORD", "is_recording", "recorded_command", "report_mismatches", "require_cassette"]

RECORD = "CONNECTOR_HOST_RECORD"
"""1: tests with recordings call the real application and record its answers, instead of playing them back."""
STAND_IN = Path(__file__).with_name("command_stand_in.py")
SHOWN = 5


def is_recording(record: bool | None) -> bool:
    """Return `record`, or if it is None whether the environment asks to record."""
    return bool(os.environ.get(RECORD)) if record is None else record


def require_cassette(cassette: Path) -> None:
    """Raise Problem if there is nothing to play back."""
    if not cassette.exists():
        raise Problem(f"{cassette} does not exist: record it once with {RECORD}=1.")


def report_mismatches(cassette: Path, unexpected: Sequence[str], unused: Sequence[str]) -> None:
    """Raise Problem if there were calls that are not recorded, or recorded calls that did not occur."""
    problems = []
    if unexpected:
        problems.append(f"{len(unexpected)} call(s) are not in {cassette.name}: {_first_of(unexpected)}")
    if unused:
        problems.append(f"{len(unused)} recorded call(s) did not occur: {_first_of(unused)}")
    if problems:
        raise Problem(f"{'; '.join(problems)}. If the connector is right, record it again with {RECORD}=1.")


def _first_of(calls: Sequence[str]) -> str:
    return "; ".join(calls[:SHOWN]) + (f"; and {len(calls) - SHOWN} more" if len(calls) > SHOWN else "")


@contextmanager
def recorded_command(
    program: str, cassette: Path, *, redact: Sequence[str] = (), record: bool | None = None
) -> Iterator[None]:
    """Put a stand-in for `program` into PATH that answers from `cassette` (JSON lines), or record the calls there.

    `redact` are regular expressions; their matches in words, input and output are written as REDACTED, and calls match
    by the redacted text. Calls with equal words and input are answered in recorded order. Raises Problem at the end for
    calls that were not recorded and for recorded calls that did not occur.
    """
    recording = is_recording(record)
    real_program = shutil.which(program)
    if recording and real_program is None:
        raise Problem(f"there is no program {program} in PATH to record.")
    if not recording:
        require_cassette(cassette)
    for pattern in redact:
        re.compile(pattern)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draft, journal = folder / "recorded.jsonl", folder / "journal.jsonl"
        plan = {
            "cassette": str(draft if recording else cassette.absolute()),
            "journal": str(journal),
            "program": real_program,
            "path": os.environ.get("PATH", ""),
            "record": recording,
            "redact": list(redact),
        }
        with _first_in_path(_write_stand_in(program, folder, plan)):
            yield
        if recording:
            cassette.parent.mkdir(parents=True, exist_ok=True)
            cassette.write_bytes(draft.read_bytes() if draft.exists() else b"")
        else:
            _compare_commands(program, cassette, journal)


def _write_stand_in(program: str, folder: Path, plan: Mapping[str, Any]) -> Path:
    """Write the program that stands in for the real one, and return its folder."""
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    script = folder / "bin" / program
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -SEI "{STAND_IN}" "{folder}/plan.json" "$@"\n')
    script.chmod(0o755)
    return script.parent


@contextmanager
def _first_in_path(folder: Path) -> Iterator[None]:
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _compare_commands(program: str, cassette: Path, journal: Path) -> None:
    entries = [json.loads(line) for line in cassette.read_text(encoding="utf-8").splitlines()]
    calls = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()] if journal.exists() else []
    unexpected = [" ".join([program, *call["words"]]) for call in calls if isinstance(call, dict)]
    unused = [" ".join([program, *entry["words"]]) for number, entry in enumerate(entries) if number not in calls]
    report_mismatches(cassette, unexpected, unused)
