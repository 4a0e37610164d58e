"""The program that stands in for a recorded one. It is run by its path and uses the standard library only.

argv: the plan, a file that `recording.recorded_command` writes, then the words of the call. Exit 97: the call is not
recorded.
"""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

UNEXPECTED = 97
BINARY = "base64:"
"""Prefix of data that is no text, and of text that begins with this prefix itself."""


def main() -> int:
    """Answer one call."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    words = sys.argv[2:]
    stdin = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    key = {"words": [redacted(plan, word) for word in words], "stdin": text_of(plan, stdin)}
    if plan["record"]:
        process = subprocess.run(
            [plan["program"], *words], input=stdin, capture_output=True, check=False, env=environ(plan)
        )
        entry = key | {
            "stdout": text_of(plan, process.stdout),
            "stderr": text_of(plan, process.stderr),
            "code": process.returncode,
        }
        with locked(plan) as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        answer(process.stdout, process.stderr)
        return process.returncode
    with locked(plan) as journal:
        journal.seek(0)
        used = [json.loads(line) for line in journal]
        entries = [json.loads(line) for line in Path(plan["cassette"]).read_text(encoding="utf-8").splitlines()]
        number = next(
            (n for n, entry in enumerate(entries) if n not in used and all(entry[name] == key[name] for name in key)),
            None,
        )
        journal.write(json.dumps(key if number is None else number) + "\n")
    if number is None:
        sys.stderr.write(f"not recorded: {' '.join(key['words'])}\n")
        return UNEXPECTED
    entry = entries[number]
    answer(bytes_of(entry["stdout"]), bytes_of(entry["stderr"]))
    return int(entry["code"])


def environ(plan: dict) -> dict:  # type: ignore[type-arg] # JSON
    """Return the environment of the real program, with the original PATH."""
    return {**os.environ, "PATH": plan["path"]}


def locked(plan: dict):  # type: ignore[no-untyped-def,type-arg] # noqa: ANN201 - a text file
    """Open the journal (when recording: the cassette) for one process at a time."""
    file = open(plan["cassette"] if plan["record"] else plan["journal"], "a+", encoding="utf-8")  # noqa: SIM115, PTH123
    lock_file(file)
    return file


def lock_file(file) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - a text file
    """Lock an open file until it is closed: with what the system has, because this program may not import more."""
    try:
        import fcntl  # noqa: PLC0415 - POSIX only
    except ImportError:
        import msvcrt  # noqa: PLC0415 - Windows only

        getattr(msvcrt, "locking")(file.fileno(), getattr(msvcrt, "LK_LOCK"), 1)  # noqa: B009 - of Windows only
    else:
        getattr(fcntl, "flock")(file, getattr(fcntl, "LOCK_EX"))  # noqa: B009 - of POSIX only


def redacted(plan: dict, text: str) -> str:  # type: ignore[type-arg] # JSON
    """Return the text with the matches of the plan's patterns replaced."""
    for pattern in plan["redact"]:
        text = re.sub(pattern, "REDACTED", text)
    return text


def text_of(plan: dict, data: bytes) -> str:  # type: ignore[type-arg] # JSON
    """Return bytes in their recorded form: text if they are text, Base64 otherwise."""
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
    """Return the bytes of a recorded form."""
    return base64.b64decode(text.removeprefix(BINARY)) if text.startswith(BINARY) else text.encode()


def answer(stdout: bytes, stderr: bytes) -> None:
    """Write both streams."""
    sys.stdout.buffer.write(stdout)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(stderr)
    sys.stderr.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
