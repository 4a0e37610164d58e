"""Mutated files through every command that takes one: a documented exit code, one sentence, never a traceback.

A few files in the suite, with all commands on each; `FUZZ_CASES=1000 pytest tests/cli/test_fuzz_commands.py` for more,
`FUZZ_SEED=n` for others.
"""

import json
import os
import random
import time

import pytest
import zstandard

from connector_host.cli.command_table import built_in
from connector_host.cli.main import main

CASES = int(os.environ.get("FUZZ_CASES", "4"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SECONDS = 5  # of processor time for one command; the files are small
CODES = {0, 2, 5, 9}
KEPT = {"mutated.c1z", ".mutated.c1z.work", "audit.jsonl", "audit.jsonl.head"}

SCENARIO = {
    "resource_types": [{"id": "user", "traits": ["user"]}, {"id": "app"}],
    "resources": [
        {"type": "user", "id": "u1", "display_name": "Ada"},
        {"type": "app", "id": "a1", "display_name": "Payroll"},
    ],
    "entitlements": [{"resource": {"type": "app", "id": "a1"}, "slug": slug} for slug in ("read", "write")],
    "grants": [],
}

# {file}: the mutated file; {good}: a sound one; {out}: a path for an output; {audit}: a path for a record of changes
FILE = ("-f", "{file}")
CHANGE = ("fake", "--scenario", "{scenario}", "--writable", *FILE, "--audit", "{audit}", "--dry-run")
COMMAND_LINES = {
    "sync": [("sync", "fake", "--users", "2", "--log-level", "error", "-f", "{file}")],
    "grant": [("grant", *CHANGE, "--principal", "user:u1", "--entitlement", "app:a1:write")],
    "revoke": [("revoke", *CHANGE, "--grant", "app:a1:write:user:u1")],
    "set-status": [("set-status", *CHANGE, "--status", "disabled", "--resource", "u1", "--resource-type", "user")],
    "delete": [("delete", *CHANGE, "--resource", "u1", "--resource-type", "user", "--yes")],
    "expand": [("expand", *FILE), ("expand", *FILE, "--out", "{out}.c1z")],
    "rollback-expansion": [("rollback-expansion", *FILE), ("rollback-expansion", *FILE, "--out", "{out}.c1z")],
    "convert": [("convert", "{file}", "{out}.c1z", "--to", to) for to in ("v1", "v3")],
    "resources": [("resources", *FILE), ("resources", *FILE, "--missing", "-o", "csv")],
    "resource-types": [("resource-types", *FILE, "-o", "json")],
    "entitlements": [("entitlements", *FILE), ("entitlements", *FILE, "-o", "json")],
    "grants": [("grants", *FILE, "--by-resource"), ("grants", *FILE, "-o", "json"), ("grants", *FILE, "--text", "ada")],
    "principals": [
        ("principals", *FILE, "-o", "html"),
        ("principals", "compare", "-e", "app:a1:read", "--compare-entitlement", "app:a1:write", *FILE),
    ],
    "access": [("access", "user:u1", *FILE), ("access", "user:u1", *FILE, "-o", "json")],
    "why": [("why", "user:u1", "app:a1", *FILE)],
    "matrix": [("matrix", *FILE)],
    "graph": [("graph", "app:a1", *FILE, "-o", form) for form in ("svg", "mermaid", "graphml")],
    "review": [
        ("review", *FILE, "-o", "{out}.xlsx"),
        ("review", *FILE, "-o", "{out}.html"),
        ("review", "-f", "{good}", "--since", "{file}", "-o", "{out}.html"),
    ],
    "export": [("export", form, *FILE, "--out", "{out}." + form) for form in ("csv", "xlsx", "c1z")],
    "diff": [("diff", "{good}", "{file}"), ("diff", "{file}", "{good}", "-o", "json")],
    "validate": [("validate", "{file}"), ("validate", "{file}", "-o", "json")],
    "stats": [("stats", "{file}"), ("stats", "{file}", "--findings")],
    "syncs": [("syncs", *FILE)],
}
WITHOUT_A_FILE = {
    *("check", "events", "new", "capabilities", "config", "plugins", "completion", "audit", "invoke"),
    *("create-account", "create-resource", "rotate-credentials"),
    "explore",  # a server; tests/explore has its requests for damaged files
}


def flip(random_, data):
    for _ in range(random_.choice((1, 2, 8, 64))):
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)


def cut(random_, data):
    del data[random_.randrange(1, len(data)) :]


def repeat(random_, data):
    start, size = random_.randrange(len(data)), random_.choice((1, 64, 4096))
    data[start:start] = data[start : start + size]


def overwrite(random_, data):
    start, size = random_.randrange(len(data)), random_.choice((1, 4, 300))
    data[start : start + size] = random_.randbytes(min(size, len(data) - start))


MUTATIONS = (flip, flip, cut, repeat, overwrite)


def mutate_v1(random_, packed):
    """Change the database in a v1 file, more often than its zstd data."""
    if random_.random() < 0.2:
        return mutate_bytes(random_, packed)
    image = zstandard.ZstdDecompressor().stream_reader(packed[5:]).read()
    return packed[:5] + zstandard.compress(mutate_bytes(random_, image))


def mutate_bytes(random_, content):
    data = bytearray(content)
    random_.choice(MUTATIONS)(random_, data)
    return bytes(data)


@pytest.fixture
def mutate_v3(tmp_path):
    """Change records of a v3 file, more often than its bytes."""
    from connector_host.c1z.pebble import envelope
    from connector_host.c1z.pebble.pebble_database import open_pebble, write_database

    def mutate(random_, packed):
        if random_.random() < 0.2:
            return mutate_bytes(random_, packed)
        place = tmp_path / f"v3-{random_.random()}"
        (place / "read").mkdir(parents=True)
        (place / "written").mkdir()
        (place / "packed.c1z").write_bytes(packed)
        manifest = envelope.unpack(place / "packed.c1z", place / "read")
        with open_pebble(place / "read") as database:
            entries = dict(database.items())
        for key in random_.sample(sorted(entries), 2):
            if entries[key]:
                entries[key] = mutate_bytes(random_, entries[key])
        write_database(place / "written", sorted(entries.items()))
        envelope.pack(place / "written", place / "new.c1z", manifest)
        return (place / "new.c1z").read_bytes()

    return mutate


def test_every_command_is_tried_or_takes_no_file():
    assert set(COMMAND_LINES) | WITHOUT_A_FILE == set(built_in())
    assert not set(COMMAND_LINES) & WITHOUT_A_FILE


@pytest.fixture
def attempt(tmp_path, monkeypatch, capsysbinary):
    """Run every command on a file of these bytes; return (exit code, standard error) of each."""
    scratch, folder = tmp_path / "scratch", tmp_path / "place"
    scratch.mkdir()
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("BATON_TMPDIR", str(scratch))
    (tmp_path / "scenario.json").write_text(json.dumps(SCENARIO))
    places = {
        "file": folder / "mutated.c1z",
        "good": tmp_path / "sync.c1z",
        "out": folder / "out",
        "audit": folder / "audit.jsonl",
        "scenario": tmp_path / "scenario.json",
    }

    def run(data, case):
        results = []
        for words in (line for lines in COMMAND_LINES.values() for line in lines):
            places["file"].write_bytes(data)
            started = time.process_time()
            code = main([word.format(**places) for word in words])
            seconds = time.process_time() - started
            errors = capsysbinary.readouterr().err.decode()
            about = f"case {case}: {' '.join(words)}: exit {code}: {errors}"
            allowed = CODES | ({1} if words[0] == "validate" else set())
            assert code in allowed, about
            assert "Traceback" not in errors, about
            assert "defect" not in errors, about
            assert seconds < SECONDS, about
            assert not list(scratch.iterdir()), about
            if code != 0:
                assert {entry.name for entry in folder.iterdir()} <= KEPT, about
            for entry in folder.iterdir():
                if entry.is_file():
                    entry.unlink()
            results.append((code, errors))
        return results

    return run


def test_sound_files(attempt, sync_file, tmp_path):
    """The command lines themselves are right: on a sound file only a conversion to the same format ends in an error."""
    failures = [error for code, error in attempt(sync_file.read_bytes(), "sound") if code]
    assert len(failures) == 1, failures
    assert "has format v1 already" in failures[0]


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_mutated_files(attempt, mutate_v3, sync_file, tmp_path, version):
    packed = sync_file.read_bytes()
    if version == "v3":
        assert main(["convert", str(sync_file), str(tmp_path / "v3.c1z"), "--to", "v3"]) == 0
        packed = (tmp_path / "v3.c1z").read_bytes()
    codes = set()
    for case in range(CASES):
        random_ = random.Random(f"{SEED}/{case}")
        data = (mutate_v1 if version == "v1" else mutate_v3)(random_, packed)
        codes.update(code for code, _ in attempt(data, f"{SEED}/{case}"))
    assert {0, 2} <= codes
