"""The walkthrough of docs/lake.md is done, day by day, and prints what it shows: fake, localhost and 1Password's stand-in.

It takes a minute, and is done on both engines: `tox -e spark` runs it.
"""

import json
import os
import re
from pathlib import Path

import apsw
import pytest

from connector_host.c1z import container
from connector_host.provision.audit_chain import HEAD, Link, head_path, line_hash
from tests.docs.walkthrough import Shell, alike, blocks, page, steps, write

pytest.importorskip("pyspark", reason="pyspark is not installed: tox -e spark")
pytestmark = pytest.mark.filterwarnings("ignore")  # of pyspark

DAYS = {"monday": "2026-03-02", "tuesday": "2026-03-03", "wednesday": "2026-03-04"}
ROOT = Path(__file__).parents[2]
STANDIN = ROOT / "plugins" / "onepassword" / "tests"
PEOPLE = {
    "u2": ("Zoe Papadaki", "zoe.papadaki"),
    "u7": ("Priya Nair", "priya.nair"),
    "u4": ("Olga Ivanova", "olga.ivanova"),
}


def move_to(path, day):
    """Give the newest sync of a file the time 09:00 of a day: nobody waits until tomorrow for a test."""
    database = path.with_suffix(".db")
    container.unpack(path, database)
    db = apsw.Connection(str(database))
    sync_id, token = db.execute("select sync_id, sync_token from v1_sync_runs order by id desc limit 1").get
    token = json.loads(token)
    token["connector_host"].update(started=f"{day}T09:00:00Z", ended=f"{day}T09:00:01Z")
    db.execute(
        "update v1_sync_runs set started_at = ?, ended_at = ?, sync_token = ? where sync_id = ?",
        (f"{day} 09:00:00", f"{day} 09:00:01", json.dumps(token), sync_id),
    )
    db.close()
    path.unlink()
    container.pack(database, path)
    database.unlink()


def stamp_record(path, day):
    """Give the new lines of a record of changes the time 08:30 of a day, and link them again."""
    lines, link = [], Link(0, "")
    for text in path.read_bytes().splitlines():
        fields = json.loads(text)
        if not fields["time"].startswith("2026-03-"):
            fields["time"] = f"{day}T08:30:00.000Z"
        fields.update(seq=link.seq + 1, prev=link.sha256)
        lines.append(json.dumps(fields).encode())
        link = Link(fields["seq"], line_hash(lines[-1]))
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    head_path(path).write_text(HEAD.format(link.seq, link.sha256))


class OnePassword:
    """The account of the stand-in `op`, which changes from day to day."""

    def __init__(self, folder, environ):
        self.folder = folder
        (folder / "state").mkdir()
        (folder / "plan.json").write_text("{}")
        self.tenant = json.loads((STANDIN / "tenants" / "team.json").read_text())
        for user in self.tenant["users"]:
            if person := PEOPLE.get(user["email"].partition("@")[0]):
                user["name"], user["email"] = person[0], f"{person[1]}@larkfield.example"
        environ["PATH"] = f"{STANDIN / 'standin'}:{environ['PATH']}"
        environ.update(STANDIN_STATE=str(folder / "state"), STANDIN_PLAN=str(folder / "plan.json"))
        environ["STANDIN_TENANT"] = str(folder / "tenant.json")

    def serve(self, day):
        if day == "tuesday":  # Zoe becomes an administrator
            zoe = next(user["id"] for user in self.tenant["users"] if user["name"] == "Zoe Papadaki")
            group = next(group["id"] for group in self.tenant["groups"] if group["name"] == "Administrators")
            self.tenant["members"][group].append([zoe, "MEMBER"])
        (self.folder / "tenant.json").write_text(json.dumps(self.tenant))
        (self.folder / "state" / "tenant.json").unlink(missing_ok=True)


def walk_lake(tmp_path, environ):
    """Yield each command of the walkthrough with what it printed and what the page shows."""
    account = tmp_path / "account"
    account.mkdir()
    folder = tmp_path / "here"
    folder.mkdir()
    standin = OnePassword(account, environ)
    shell = Shell(folder, environ)
    for block in blocks(page("docs/lake.md")):
        if block.words[:1] == ["console"]:
            day = block.words[1] if len(block.words) > 1 else ""
            if day:
                standin.serve(day)
            for step in steps(block):
                printed = shell.type(step.command)
                if day and re.match("connector-host (grant|set-status) ", step.command):
                    stamp_record(folder / "connector-host-audit.jsonl", DAYS[day])
                if day and (match := re.match(r"connector-host sync .*-f (\S+)", step.command)):
                    move_to(folder / match[1], DAYS[day])
                yield step, printed, shell
        elif len(block.words) > 1:
            write(folder, block)


@pytest.fixture
def environ():
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "OP_"))}
    return {**kept, "TZ": "UTC", "COLUMNS": "100", "TERM": "dumb"}


def test_the_walkthrough_is_done(tmp_path, environ):
    typed = []
    for step, printed, _ in walk_lake(tmp_path, environ):
        shown = "\n".join(step.shown)
        assert alike(step.shown, printed), (
            f"line {step.line}: $ {step.command}\n--- shown\n{shown}\n--- printed\n{printed}"
        )
        typed.append(step.command)
    commands = {command.split()[2] for command in typed if command.startswith("connector-host lake ")}
    assert commands >= {
        *("add", "stats", "verify", "access", "who", "people", "diff", "timeline", "orphans", "dormant", "privileged"),
        *("sod", "sql", "report", "add-decisions"),
    }


def test_every_answer_of_the_walkthrough_is_the_same_on_spark(tmp_path, environ):
    compared = 0
    for step, _, shell in walk_lake(tmp_path, environ):
        command = re.sub(r" \| .*| -o \S+", "", step.command)
        if re.match(
            r"connector-host lake (access|who|people|diff|timeline|orphans|dormant|privileged|sod|sql)", command
        ):
            duck = shell.type(f"{command} -o csv")
            assert shell.type(f"{command} -o csv --engine spark") == duck, command
            shell.code = 0
            compared += 1
    assert compared >= 10
