"""Runs commands of the program in forks of one process under the shim, and fails chosen calls in them.

Called by test_failing_calls.py as `python failing_calls.py SCENE POSITIONS`, with the shim preloaded. SCENE is a folder with
the files that commands start from. Prints one JSON object for each run.
"""

import ctypes
import errno
import json
import os
import shutil
import sys
import traceback
from pathlib import Path

from writing_commands import COMMANDS, READING

from connector_host.cli.main import main

KINDS = ("write", "fsync", "rename", "close", "truncate", "create")
ERRORS = {"write": errno.ENOSPC, "create": errno.ENOSPC}  # others: the disk fails
sys.dont_write_bytecode = (
    True  # else the first run writes compiled modules, and calls are counted that no other run makes
)
shim = ctypes.CDLL(None)
shim.counted_calls.restype = shim.counted_calls_of_all_kinds.restype = ctypes.c_long


def copy_scene(scene, place):
    """Make the place a fresh copy of the scene."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(scene, place)
    (place / "tmp").mkdir()


def run(place, words, kind=-1, number=0, *, lasting=False, kill_at=0):
    """Run a command in a fork; its exit code, its output and how many calls it made, of each kind and of all kinds."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = 99
        try:
            os.close(reader)
            os.dup2(writer, 1)
            os.dup2(writer, 2)
            os.chdir(place)
            os.environ["XDG_DATA_HOME"] = str(place / "data")
            os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = str(place / "tmp")
            error = ERRORS.get(KINDS[kind], errno.EIO) if kind >= 0 else 0
            shim.fail_call(kind, ctypes.c_long(number), error, int(lasting))
            shim.kill_at_call(ctypes.c_long(kill_at))
            code = main(list(words))
            counts = [*(shim.counted_calls(n) for n in range(len(KINDS))), shim.counted_calls_of_all_kinds()]
            shim.fail_call(-1, ctypes.c_long(0), 0, 0)
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(2, f"\nCOUNTS {json.dumps(counts)}\n".encode())
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)
    os.close(writer)
    output = b""
    while part := os.read(reader, 65536):
        output += part
    os.close(reader)
    status = os.waitpid(child, 0)[1]
    text, _, counts = output.decode(errors="replace").partition("\nCOUNTS ")
    return os.waitstatus_to_exitcode(status), text, json.loads(counts) if counts else []


def positions(count, most):
    """At most so many of the numbers 1 to `count`, the first among them, and the last if there are two."""
    if count <= most:
        return range(1, count + 1)
    return sorted({1 + round(step * (count - 1) / max(most - 1, 1)) for step in range(most)})


def attempt(scene, place, name, most):
    words = {**COMMANDS, **READING}[name].words
    copy_scene(scene, place)
    code, text, counts = run(place, words)
    yield {"command": name, "call": "", "number": 0, "code": code, "text": text, **state(place, scene, words)}
    for kind, call in enumerate(KINDS):
        for number in positions(counts[kind], most):
            for lasting in (False, True) if call == "write" else (False,):
                copy_scene(scene, place)
                code, text, _ = run(place, words, kind, number, lasting=lasting)
                result = {"command": name, "call": call, "number": number, "lasting": lasting, "code": code}
                yield {**result, "text": text, **state(place, scene, words)}


def verified(place):
    """Return the exit code of `audit verify` for the record of changes, 0 if there is none."""
    return run(place, ("audit", "verify", "audit.jsonl"))[0] if (place / "audit.jsonl").exists() else 0


def damaged_lakes(place, words):
    """Return the folders of the lakes that a command used and `lake verify` finds damaged."""
    lakes = [name for name in ("lake", "out") if name in words and (place / name / "lake.json").exists()]
    return [name for name in lakes if run(place, ("lake", "verify", "--lake", name))[0]]


def state(place, scene, words):
    """What is left in the place: names that are new, and old files that have changed."""
    before = {path.name: path.read_bytes() for path in scene.iterdir() if path.is_file()}
    names = {path.name for path in scene.iterdir()}
    after = {path.name for path in place.iterdir()} - {"tmp"}
    changed = [name for name in before if name in after and (place / name).read_bytes() != before[name]]
    left = [entry.name for entry in (place / "tmp").iterdir()]
    return {
        "new": sorted(after - names),
        "gone": sorted(names - after),
        "changed": changed,
        "left": left,
        "verified": verified(place),
        "lakes": damaged_lakes(place, words),
    }


if __name__ == "__main__":
    folder, most = Path(sys.argv[1]), int(sys.argv[2])
    names = sys.argv[3:] or [*COMMANDS, *READING]
    for command in names:
        for result in attempt(folder / "scene", folder / "place", command, most):
            print(json.dumps(result), flush=True)
