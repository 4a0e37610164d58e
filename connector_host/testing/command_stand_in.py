"""The program that stands in for a recorded one: run by its path, with nothing but the standard library.

argv: the file that says what to do (`recording.recorded_command` writes it), then the words of the
call. Exit 97: the call is not recorded.
"""

import base64
import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

UNEXPECTED = 97
BINARY = "base64:"
"""Before what is no text; and before text that begins so."""


def main() -> int:
    """Answer one call."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    words = sys.argv[2:]
    given = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    key = {"words": [redacted(plan, word) for word in words], "stdin": text_of(plan, given)}
    if plan["record"]:
        done = subprocess.run(
            [plan["program"], *words], input=given, capture_output=True, check=False, env=environ(plan)
        )
        entry = key | {
            "stdout": text_of(plan, done.stdout),
            "stderr": text_of(plan, done.stderr),
            "code": done.returncode,
        }
        with locked(plan) as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        answer(done.stdout, done.stderr)
        return done.returncode
    with locked(plan) as journal:
        journal.seek(0)
        used = [json.loads(line) for line in journal]
        entries = [json.loads(line) for line in Path(plan["cassette"]).read_text(encoding="utf-8").splitlines()]
        number = next(
            (n for n, one in enumerate(entries) if n not in used and all(one[name] == key[name] for name in key)), None
        )
        journal.write(json.dumps(key if number is None else number) + "\n")
    if number is None:
        sys.stderr.write(f"not recorded: {' '.join(key['words'])}\n")
        return UNEXPECTED
    found = entries[number]
    answer(bytes_of(found["stdout"]), bytes_of(found["stderr"]))
    return int(found["code"])


def environ(plan: dict) -> dict:  # type: ignore[type-arg] # JSON
    """The environment of the real program: PATH as it was."""
    return {**os.environ, "PATH": plan["path"]}


def locked(plan: dict):  # type: ignore[no-untyped-def,type-arg] # noqa: ANN201 - a text file
    """The journal (when recording: the cassette), for one process at a time."""
    file = open(plan["cassette"] if plan["record"] else plan["journal"], "a+", encoding="utf-8")  # noqa: SIM115, PTH123
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def redacted(plan: dict, text: str) -> str:  # type: ignore[type-arg] # JSON
    """Text without what must not be recorded."""
    for pattern in plan["redact"]:
        text = re.sub(pattern, "REDACTED", text)
    return text


def text_of(plan: dict, data: bytes) -> str:  # type: ignore[type-arg] # JSON
    """Bytes as they are kept: as text where they are text."""
    try:
        text = redacted(plan, data.decode())
    except UnicodeDecodeError:
        text = ""
    if text or not data:
        if not text.startswith(BINARY):
            return text
        data = text.encode()
    for pattern in plan["redact"]:
        data = re.sub(pattern.encode(), b"REDACTED", data)
    return BINARY + base64.b64encode(data).decode()


def bytes_of(text: str) -> bytes:
    """The other way."""
    return base64.b64decode(text.removeprefix(BINARY)) if text.startswith(BINARY) else text.encode()


def answer(stdout: bytes, stderr: bytes) -> None:
    """Write both."""
    sys.stdout.buffer.write(stdout)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(stderr)
    sys.stderr.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
