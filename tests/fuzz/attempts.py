"""One attempt of the fuzz: a command line on a mutated file, in this process, and the judgement of its end."""

import asyncio
import io
import itertools
import os
import random
import re
import resource
import shutil
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
from file_mutations import MUTATIONS
from lake_mutations import unpack_folder

from connector_host.cli.main import main
from connector_host.errors import ConnectorHostError

SECONDS = 5  # of processor time
MEMORY = 400 << 10  # KiB that one attempt may add
MARKS = ("Traceback", "defect", "Segmentation")
KEPT = {
    "mutated",
    ".out.c1z.work",
    ".mutated.work",
    "mutated.head",
    "audit.jsonl",
    "audit.jsonl.head",
    "campaign.json",
    "lake",
}
NAMES = {
    **dict.fromkeys(("v1", "v3"), "mutated.c1z"),
    **dict.fromkeys(("config", "rules"), "mutated.toml"),
    **dict.fromkeys(("plan", "record"), "mutated.jsonl"),
    **dict.fromkeys(("owners", "people"), "mutated.csv"),
    "workbook": "mutated.xlsx",
    "campaign": "campaign.json",
    "query": "mutated.sql",
    "ticket": "mutated.json",
    "evidence": "mutated.zip",
    "decisions": "mutated.decisions.json",
    "damaged_lake": "lake.zip",
}


class Attempt(NamedTuple):
    """The result of one attempt; `fault` says what is wrong with it, or is empty."""

    code: int
    errors: str
    fault: str


def run_attempt(files, line, seed):
    """Mutate the line's file with `seed` (None: not at all), run the line and judge the result."""
    content = files.contents[line.mutated]
    if seed is not None:
        content = MUTATIONS[line.mutated](random.Random(seed), content, files.folder / "scratch")
    _empty(files.folder / "scratch")
    mutated = files.folder / "read" / NAMES.get(line.mutated, "mutated")
    prepare_inputs(files, line, mutated, content)
    words = [_word(word, line, files.places(mutated), content) for word in line.words]
    reset_peak()
    before, started = peak_memory(), time.process_time()
    code, errors = _explore(words) if line.command == "explore" else run_program(words)
    seconds, memory = time.process_time() - started, peak_memory() - before
    faults = [
        *(f"exit {code}" for _ in range(code not in line.codes)),
        *(mark for mark in MARKS if mark in errors),
        *(f"{seconds:.1f} s" for _ in range(seconds > SECONDS)),
        *(f"{memory >> 10} MiB" for _ in range(memory > MEMORY)),
        *(f"silent exit {code}" for _ in range(code not in (0, 1) and not errors.strip())),
        *(f"leaves {path.name}" for path in _leftovers(files.folder, code)),
        *(
            "changes the file"
            for _ in range(code == 2 and mutated.read_bytes() != content and line.mutated != "record")
        ),
    ]
    return Attempt(code, errors, ", ".join(faults))


def prepare_inputs(files, line, mutated, content):
    """Write the mutated file and what must be beside it; remove the outputs of the attempt before."""
    for name in ("read", "write"):
        _empty(files.folder / name)
    mutated.touch(0o600)
    mutated.write_bytes(content)
    if line.mutated == "campaign":
        for path in (files.folder / "packages").glob("*.xlsx"):
            os.link(path, mutated.parent / path.name)
    if "{copied_lake}" in line.words:
        shutil.copytree(files.folder / "lake", files.folder / "write" / "lake")
    if line.mutated == "damaged_lake":
        unpack_folder(content, mutated.parent / "lake")
    if line.mutated == "record":
        shutil.copy(files.folder / "audit.jsonl.head", mutated.with_name(f"{mutated.name}.head"))
    if "--writable" in line.words:
        (files.folder / "scenario.json").write_bytes(files.contents["scenario"])


def _word(word, line, places, content):
    if word in ("{json}", "{profile}"):
        return content.decode("utf-8", "surrogateescape").replace("\x00", "")
    return word.format(**places)


def _empty(folder):
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _leftovers(folder, code):
    """Return temporary files, and after a failure everything that the command may not leave."""
    yield from (folder / "scratch").iterdir()
    hidden = [path for path in (folder / "write").rglob(".*") if path.name not in KEPT]
    yield from hidden
    if code not in (0, 1):
        yield from (path for path in (folder / "write").iterdir() if path.name not in KEPT and path not in hidden)


# ----------------------------------------------------------------------------------------------- running


def run_program(words):
    """Run the program in this process; return its exit code and what it wrote to standard error."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    try:
        code = main(words)
        return code, sys.stderr.buffer.getvalue().decode()
    finally:
        sys.stdout, sys.stderr = streams


def _explore(words):
    """Open the files as `explore` does, and ask for its pages in every form; return an exit code and the problem."""
    from connector_host.explore.file_thread import FileThread
    from connector_host.explore.open_files import OpenFiles
    from connector_host.explore.request_guard import RequestGuard
    from connector_host.explore.web_app import build_application
    from connector_host.query.rules.rules_file import read_rules

    paths = [Path(word) for option, word in itertools.pairwise(words) if option == "-f"]
    with ExitStack() as stack:
        try:
            rules = read_rules(Path(words[-1])) if "--rules" in words else None
            files = OpenFiles(stack, paths, None, rules)
        except ConnectorHostError as error:
            return error.exit_code, str(error)
        file_thread = FileThread()
        stack.callback(file_thread.close)
        files.add_background_work = file_thread.add_background_work
        guard = RequestGuard(build_application(file_thread, files), "127.0.0.1", 8765)
        return asyncio.run(_ask_pages(guard, files.first.key))


PAGES = (
    *("overview", "principals", "resources.csv", "types", "entitlements", "grants", "grants.json", "matrix", "changes"),
    *("principal?type=user&id=u1", "resource?type=app&id=a1", "entitlement?id=app:a1:read", "violations.csv"),
    *("why?type=user&id=u1&what=app:a1:read", "graph?type=app&id=a1", "graph.svg?type=user&id=u1", "grants?q=ada"),
)


async def _ask_pages(guard, key):
    transport = httpx.ASGITransport(guard)
    base = "http://127.0.0.1:8765"
    statuses = set()
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        entered = await client.get(guard.link())
        client.headers["cookie"] = entered.headers["set-cookie"].partition(";")[0]
        for page in PAGES:
            response = await client.get(urljoin(base, f"/s/{key}/{page}"))
            statuses.add(response.status_code)
            if "defect" in response.text or response.status_code >= 501:
                return 70, f"{page}: {response.status_code}: {re.sub('<[^>]+>', ' ', response.text)}"
    return 2 if 500 in statuses else 0, "a page failed" if 500 in statuses else ""


# ----------------------------------------------------------------------------------------------- memory


def reset_peak():
    """Begin to measure the peak of memory anew, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory():
    """Return the highest resident memory since `reset_peak`, in KiB."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])
