"""Child processes that sync the fake connector and are killed at a chosen moment, and what they leave."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from forked_commands import run_forked

from connector_host.c1z import container

TABLES = ("resource_types", "resources", "entitlements", "grants")
VOLATILE = ("id", "sync_id", "discovered_at")
WORKERS = 2
ORGANISATION = ("--users", "40", "--groups", "8", "--members", "10", "--nested", "1", "--page-size", "6")

KILLER = '''
"""An observer that kills its own process at the moment KILL_AT names: PHASE NUMBER MICROSECONDS."""
import os, signal, sys, threading, time
from connector_host import hookimpl

WANTED, NUMBER, DELAY = os.environ.get("KILL_AT", "never 0 0").split()
OUTPUT = os.path.realpath(os.environ["KILL_OUTPUT"])
phase, seen, pages = "starting", {}, []

def die():
    recent = sum(pages[-1] - page < 0.15 for page in pages)  # pages are written every 0.1 s
    with open(os.environ["KILL_REPORT"], "w") as file:
        file.write(f"{phase} {recent}")
    os.kill(os.getpid(), signal.SIGKILL)

def later():
    end = time.monotonic() + int(DELAY) / 1e6
    while time.monotonic() < end:
        time.sleep(0)
    die()

def moment(name):
    """One more moment of a phase."""
    global phase
    phase = name
    seen[name] = seen.get(name, 0) + 1
    if name == WANTED and seen[name] == int(NUMBER):
        threading.Thread(target=later, daemon=True).start() if int(DELAY) else die()

@hookimpl
def sync_started():
    moment("beginning")

@hookimpl
def page_synced(hook):
    pages.append(time.monotonic())
    moment(hook)

@hookimpl
def working(step):
    moment(step)

def audit(event, arguments):
    if event == "os.rename" and os.path.realpath(arguments[1]) == OUTPUT:
        moment("replacing")
    elif event == "os.rename" and str(arguments[1]).endswith("state.json"):
        moment("beginning")
    elif event == "open" and phase == "replacing" and str(arguments[0]) == os.path.dirname(OUTPUT):
        moment("replaced")  # the folder of the output is opened to be synced: the rename is done
    elif event in ("os.remove", "os.rmdir") and phase in ("replaced", "removing"):
        moment("removing")

sys.addaudithook(audit)
'''

NEVER = "never 0 0"


class Place:
    """A folder with one output file, and the processes that sync into it."""

    def __init__(self, folder: Path, site: Path):
        self.folder, self.output = folder, folder / "out" / "sync.c1z"
        self.output.parent.mkdir(parents=True)
        self.report, self.calls = folder / "report", folder / "calls"
        self._site = site

    def sync(self, *words, kill_at=NEVER, before=(), calls=True, **settings):
        """One run of the command line; `kill_at` is PHASE NUMBER MICROSECONDS, `before` words to put in front."""
        self.report.unlink(missing_ok=True)
        self.calls.unlink(missing_ok=True)
        command = (*ORGANISATION, "--parallel-pages", "--workers", WORKERS, "-f", self.output)
        command += ("--calls", self.calls) if calls else ()
        if kill_at == NEVER and not before and not settings:
            return run_forked(["sync", "fake", *map(str, (*command, *words))], environ=os.environ)
        environ = {"KILL_AT": kill_at, "KILL_OUTPUT": self.output, "KILL_REPORT": self.report}
        environ |= {"PYTHONPATH": self._site, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [*before, sys.executable, "-m", "connector_host", "sync", "fake", *map(str, command), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **{name: str(value) for name, value in environ.items()}},
            **settings,
        )

    def hit(self):
        """The phase of the kill, and the number of pages that may have waited to be written."""
        phase, recent = self.report.read_text().split()
        return phase, int(recent)

    def asked(self):
        """The pages the last run asked for: (hook, type, resource, token)."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        found = [json.loads(line) for line in lines if line.endswith("}")]
        names = ("hook", "type", "resource", "page_token")
        return [tuple(one[name] for name in names) for one in found if one["hook"].startswith("list_")]

    def left(self):
        """The names of the files beside and with the output."""
        return sorted(str(path.relative_to(self.output.parent)) for path in self.output.parent.rglob("*"))


def rows(path, folder):
    """The rows of every sync of a file in the order they ended: one {table: {id: row}} for each sync."""
    database = folder / "rows.db"
    container.unpack(path, database)
    db = apsw.Connection(str(database))
    try:
        assert db.execute("pragma integrity_check").get == "ok"
        assert db.execute("select count(*) from v1_sync_runs where ended_at is null").get == 0
        syncs = [one for (one,) in db.execute("select sync_id from v1_sync_runs order by ended_at")]
        return [{table: _table(db, table, sync_id) for table in TABLES} for sync_id in syncs]
    finally:
        db.close()
        database.unlink()


def _table(db, table, sync_id):
    cursor = db.execute(f"select * from v1_{table} where sync_id = ? order by external_id", (sync_id,))
    found = {}
    for row in cursor:
        named = dict(zip([column[0] for column in cursor.get_description()], row, strict=True))
        assert named["external_id"] not in found
        found[named["external_id"]] = {name: value for name, value in named.items() if name not in VOLATILE}
    return found


@pytest.fixture(scope="session")
def killer_site(tmp_path_factory):
    """A folder that holds the killing observer as an installed distribution."""
    folder = tmp_path_factory.mktemp("killer")
    (folder / "killer.py").write_text(KILLER)
    info = folder / "killer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: killer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[connector_host.observers]\nkiller = killer\n")
    return folder


class Whole:
    """An uninterrupted run: its file, its rows and the pages it asked for."""

    def __init__(self, place):
        done = place.sync()
        assert done.returncode == 0, done.stderr
        assert place.left() == ["sync.c1z"]
        self.packed = place.output.read_bytes()
        (self.rows,) = rows(place.output, place.folder)
        self.asked = place.asked()
        assert all(self.rows.values())


@pytest.fixture(scope="session")
def whole(tmp_path_factory, killer_site):
    """See `Whole`."""
    return Whole(Place(tmp_path_factory.mktemp("whole"), killer_site))


@pytest.fixture
def place(tmp_path, killer_site):
    """See `Place`."""
    return Place(tmp_path / "place", killer_site)


@pytest.fixture
def read_rows():
    """See `rows`."""
    return rows


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The shim, compiled."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("this system has no C compiler, or is not Linux")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).parent / "failing_calls.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    """A folder whose folder `scene` has the files that commands start from."""
    pytest.importorskip("openpyxl")
    from tests.reliability.writing_commands import make_scene

    folder = tmp_path_factory.mktemp("commands")
    (folder / "scene").mkdir()
    everything = any(os.environ.get(name) for name in ("FAILING_CALLS", "COMMAND_KILLS"))
    make_scene(folder / "scene", everything=everything)
    return folder


def pytest_generate_tests(metafunc):
    """The kills of this run: KILLS of them (18), from KILL_SEED (1)."""
    if "kill" in metafunc.fixturenames:
        kills = plan(int(os.environ.get("KILLS", "18")), int(os.environ.get("KILL_SEED", "1")))
        metafunc.parametrize("kill", kills, ids=[f"{n}-{kill[0]}" for n, kill in enumerate(kills)])


PHASES = {
    "beginning": 2,
    "list_resource_types": 1,
    "list_resources": 7,
    "list_entitlements": 8,
    "list_grants": 12,
    "expanding": 6,
    "copying": 1,
    "indexing": 1,
    "finishing": 1,
    "compressing": 1,
    "replacing": 2,
    "replaced": 1,
    "removing": 3,
}
"""The phases of a run onto an earlier file, and how many moments each has at least."""


def plan(number, seed):
    """(phase, number of the moment in it, microseconds after it) for each kill: every phase at the moment itself, the
    others at any time after any moment."""
    chance = random.Random(seed)
    exact = [(phase, chance.randint(1, moments), 0) for phase, moments in PHASES.items()]
    if number < len(exact) + 1:
        raise ValueError(f"KILLS must be at least {len(exact) + 1}")
    names = list(PHASES)
    kills = list(exact)
    while len(kills) < number:
        phase = chance.choice(names)
        kills.append((phase, chance.randint(1, PHASES[phase]), int(chance.expovariate(1 / 800)) + 1))
    return kills
