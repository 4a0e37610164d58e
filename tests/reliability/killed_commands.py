"""Runs commands of the program in forks of one process under the shim, kills each at chosen calls, and runs it again.

Called by test_killed_commands.py as `python killed_commands.py SCENE POSITIONS COMMAND...`, with the shim preloaded. Prints one
JSON object for each kill.
"""

import json
import sys
import zipfile
from pathlib import Path

from failing_calls import copy_scene, damaged_lakes, positions, run, verified
from writing_commands import COMMANDS

DRAFTS = {"object", ".scenario.json.new"}
"""Drafts that stay if the second run has nothing left to do: of a record of a lake, and of the sample application's own
file. The next one beside it replaces it."""


def is_complete(path):
    """True for an output file that can be used; the folders of campaigns and lakes are looked at by the second run."""
    if path.is_dir():
        return True
    if path.suffix in (".xlsx", ".zip"):
        return zipfile.is_zipfile(path) and zipfile.ZipFile(path).testzip() is None
    if path.suffix == ".html":
        return path.read_text().rstrip().endswith("</html>")
    if path.suffix == ".c1z":
        return run(path.parent, ("syncs", "-f", path.name))[0] == 0
    content = path.read_bytes()
    return not content or content.endswith((b"\n", b"}"))


def kills(scene, place, name, most):
    """Kill a command before chosen calls, run it again, and yield the state after both."""
    words = COMMANDS[name].words
    copy_scene(scene, place)
    code, text, counts = run(place, words)
    yield {"command": name, "call": 0, "code": code, "text": text, "calls": counts[-1] if counts else 0}
    expected = names(place)
    for number in positions(counts[-1], most):
        copy_scene(scene, place)
        code, text, _ = run(place, words, kill_at=number)
        damaged = damaged_files(scene, place)
        again, text, _ = run(place, words)
        lost = set()
        if again == 2 and (secret := place / "secret.txt").exists() and not secret.read_bytes():
            secret.unlink()  # as the hint says
            again, text, _ = run(place, words)
            lost = {"secret"} if "\nalready: " in text else lost  # the account was created, and its secret only then
        yield {
            "command": name,
            "call": number,
            "code": code,
            "damaged": damaged,
            "again": again,
            "allowed": sorted(COMMANDS[name].codes_of_repetition),
            "text": text,
            "stray": sorted(names(place) - expected),
            "missing": sorted(expected - names(place) - lost),
            "damaged again": damaged_files(scene, place),
            "temporary": sorted(path.name for path in (place / "tmp").iterdir() if not is_probe(path)),
            "verified": verified(place),
            "lakes": damaged_lakes(place, words),
        }


def is_probe(path):
    """True for the file with which Python itself tries whether the folder of temporary files can be used."""
    return path.is_file() and not path.read_bytes().removeprefix(b"blat")


def names(place):
    """Return the names of all files, the temporary ones excepted; those of lakes and secrets without their numbers."""
    paths = (path.relative_to(place) for path in place.rglob("*") if path.is_file())
    shown = (path for path in paths if path.parts[0] != "tmp" and path.name not in DRAFTS)
    return {general(path) for path in shown}


def general(path):
    if {"lake", "out"} & set(path.parts) and path.suffix in (".parquet", ".json", ".zst"):
        return f"lake {path.suffix}"
    return "secret" if "secret" in path.name else path.as_posix()


def damaged_files(scene, place):
    """Return the files of the scene that are gone or neither old nor complete, and incomplete outputs."""
    damaged = []
    for path in place.iterdir():
        old = scene / path.name
        if path.name == "tmp" or path.name.startswith(".") or path.suffix == ".lock":
            continue
        if not (old.is_file() and old.read_bytes() == path.read_bytes()) and not is_complete(path):
            damaged.append(path.name)
    return damaged + [path.name for path in scene.iterdir() if not (place / path.name).exists()]


if __name__ == "__main__":
    folder, most = Path(sys.argv[1]), int(sys.argv[2])
    for command in sys.argv[3:] or COMMANDS:
        for result in kills(folder / "scene", folder / "place", command, most):
            print(json.dumps(result), flush=True)
