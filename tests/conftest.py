"""Fixtures for everybody: a clean environment, and distributions made for one test."""

import functools
import importlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from forked_commands import run_forked
from hypothesis import settings

settings.register_profile("connector-host", deadline=None)  # a busy computer is no fault of the code
settings.load_profile("connector-host")

CONNECTOR = """
from connector_host import *

USER = ResourceType("user", "User", (Trait.USER,))

@hookimpl
def connector_info():
    return ConnectorInfo("Example", api=1, summary="An example.")

@hookimpl
def list_resource_types():
    return [USER]
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch, tmp_path_factory):
    """No variable of the person who runs the tests, and no config file of theirs."""
    for name in list(os.environ):
        if name.startswith(("BATON_", "CONNECTOR_HOST_", "OP_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


class Site:
    """A folder of installed distributions, as pip leaves them: modules and `.dist-info` folders."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environ = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}

    def add(self, name, code=CONNECTOR, *, group="connector_host", points=None, version="1.0", summary="", module=None):
        """Install the distribution `name` with one module; `points` are lines of its entry points."""
        module = module or name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {summary}\n")
        lines = [f"{name} = {module}"] if points is None else points
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
        return info

    def run(self, *words, stdin="", environ=None, python=None, cwd=None, timeout=60):
        """Run `connector-host WORDS` in a process that sees these distributions; `python`: in a new interpreter."""
        words, environ = list(map(str, words)), {**os.environ, **self.environ, **(environ or {})}
        if python is None:
            return run_forked(words, stdin=stdin, environ=environ, cwd=cwd, timeout=timeout)
        return subprocess.run(
            [sys.executable, *python, *words],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environ,
            cwd=cwd,
        )


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty `Site`, also on the path of this process."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    yield Site(folder)
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
    importlib.invalidate_caches()


# ----------------------------------------------------------------------------------------------- the program in this process


class Told:
    """What a command line gave: its exit code, what it wrote, what it said beside."""

    def __init__(self, code, out, err):
        self.code, self.raw, self.out, self.err = code, out, out.decode(), err.decode()

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def lines(self):
        return self.out.splitlines()


@pytest.fixture
def ask(capsysbinary):
    """Run the program in this process: `ask("resources", "-f", path).out`."""
    from connector_host.cli.main import main

    def run(*words):
        capsysbinary.readouterr()
        code = main([str(word) for word in words])
        return Told(code, *capsysbinary.readouterr())

    return run


# ----------------------------------------------------------------------------------------------- c1z files

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "golden"
NEWEST, EARLIER = "3MWRtRojxq56xa3PVgmKtzUUSt8", "3MWRtDetLctzq8JyqM0nzwImSJz"


@pytest.fixture
def golden_folder():
    """The folder of the Go tools' files."""
    if not GOLDEN.is_dir():
        pytest.skip("the golden files of the Go tools are not beside the checkout")
    return GOLDEN


class Organisation:
    """What a small file holds: model values, to be changed before `make_c1z` writes them.

    Ada is in Platform, which is in Engineering, which may read Payroll; Bob is in Engineering himself; Ada may also
    write Payroll. Derived grants are there, as expansion leaves them.
    """

    @property
    def m(self):
        from connector_host import model

        return model

    def __init__(self):
        m = self.m
        self.types = [
            m.ResourceType("user", "User", (m.Trait.USER,), skip_entitlements_and_grants=True),
            m.ResourceType("group", "Group", (m.Trait.GROUP,)),
            m.ResourceType("app", "Application", (m.Trait.APP,)),
        ]
        self.resources = [
            self.user("u1", "Ada Lovelace", "ada@example.com", last_name="Lovelace", first_name="Ada", user_id="u1"),
            self.user("u2", "Bob", "bob@example.com", disabled=True),
            self.user("u3", "Bob", "robert@example.com"),
            m.Resource(m.ResourceId("group", "g1"), "Engineering", traits=(m.GroupTrait(),)),
            m.Resource(m.ResourceId("group", "g2"), "Platform", traits=(m.GroupTrait(),)),
            m.Resource(m.ResourceId("app", "a1"), "Payroll", m.ResourceId("group", "g1"), traits=(m.AppTrait(),)),
        ]
        self.entitlements = [
            self.entitlement("group", "g1", "member"),
            self.entitlement("group", "g2", "member"),
            self.entitlement("app", "a1", "read", purpose=m.Purpose.PERMISSION),
            self.entitlement("app", "a1", "write", purpose=m.Purpose.PERMISSION),
        ]
        self.grants = [
            self.grant("group:g2:member", "user", "u1"),
            self.grant("group:g1:member", "group", "g2", expand=("group:g2:member",)),
            self.grant("group:g1:member", "user", "u2"),
            self.grant("group:g1:member", "user", "u1", sources={"group:g2:member": True}),
            self.grant("app:a1:read", "group", "g1", expand=("group:g1:member",)),
            self.grant("app:a1:read", "user", "u2", sources={"group:g1:member": True}),
            self.grant("app:a1:read", "user", "u1", sources={"group:g1:member": False}),
            self.grant("app:a1:write", "user", "u1"),
        ]

    def user(self, name, display_name, mail, *, disabled=False, **profile):
        m = self.m
        return m.Resource(
            m.ResourceId("user", name),
            display_name,
            traits=(m.UserTrait(emails=(m.Email(mail, is_primary=True),), login=mail.partition("@")[0]),),
            status=m.Status(m.ResourceStatus.DISABLED if disabled else m.ResourceStatus.ENABLED),
            profile=profile or None,
        )

    def resource(self, kind, name):
        found = [one for one in self.resources if one.id == self.m.ResourceId(kind, name)]
        return found[0] if found else self.m.Resource(self.m.ResourceId(kind, name))

    def entitlement(self, kind, name, slug, **fields):
        on = self.resource(kind, name)
        fields.setdefault("purpose", self.m.Purpose.ASSIGNMENT)
        fields.setdefault("display_name", f"{on.display_name} {slug}")
        return self.m.Entitlement(on, slug, grantable_to=("user", "group"), **fields)

    def grant(self, entitlement, kind, name, *, expand=None, shallow=False, only=(), sources=None):
        m = self.m
        held = next((one for one in self.entitlements if one.id == entitlement), None)
        if held is None:
            on, _, slug = entitlement.rpartition(":")
            held = m.EntitlementRef(self.resource(*on.split(":", 1)), slug)
        derived = sources is not None and entitlement not in sources
        return m.Grant(
            held,
            m.ResourceId(kind, name),
            m.GrantExpandable(expand, shallow=shallow, resource_type_ids=only) if expand else None,
            id=m.grant_id(entitlement, m.ResourceId(kind, name)),
            annotations=(m.Annotation("c1.connector.v2.GrantImmutable"),) if derived else (),
            sources=sources,
        )


@pytest.fixture
def organisation():
    """A fresh `Organisation`."""
    return Organisation()


def _insert_sync(db, organisation, sync_id, **columns):
    from connector_host.wire import encode
    from connector_host.wire.grant_encoder import GrantEncoder

    when = columns["started_at"]
    types = {one.id: one for one in organisation.types}
    for one in organisation.types:
        row = (one.id, encode.resource_type(one), sync_id, when)
        db.execute("insert into v1_resource_types (external_id, data, sync_id, discovered_at) values (?,?,?,?)", row)
    for one in organisation.resources:
        parent = (one.parent.resource_type, one.parent.resource) if one.parent else (None, None)
        row = (one.id.resource_type, str(one.id), *parent, encode.resource(one), sync_id, when)
        db.execute(
            "insert into v1_resources (resource_type_id, external_id, parent_resource_type_id, parent_resource_id,"
            " data, sync_id, discovered_at) values (?,?,?,?,?,?,?)",
            row,
        )
    for one in organisation.entitlements:
        on = one.resource.id
        row = (on.resource_type, on.resource, one.id, encode.entitlement(one, types), sync_id, when)
        db.execute(
            "insert into v1_entitlements (resource_type_id, resource_id, external_id, data, sync_id, discovered_at)"
            " values (?,?,?,?,?,?)",
            row,
        )
    for row in GrantEncoder().rows(organisation.grants):
        db.execute(
            "insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
            " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)"
            " values (?,?,?,?,?,?,?,?,?,?,?)",
            (*row[:-1], sync_id, when),
        )
    run = {"sync_id": sync_id, "sync_token": "", "supports_diff": 1, "grants_backfilled": 1, **columns}
    names = ", ".join(run)
    db.execute(f"insert into v1_sync_runs ({names}) values ({', '.join('?' * len(run))})", tuple(run.values()))


@pytest.fixture(scope="session")
def c1z_writer():
    """Write a v1 file into a folder: `c1z_writer(folder, Organisation(), ...)`, with the arguments of `make_c1z`."""
    return write_c1z


@pytest.fixture(scope="session")
def new_organisation():
    """Make a fresh `Organisation`, for fixtures that are shared."""
    return Organisation


def write_c1z(folder, *organisations, name="sync.c1z", tweak=None, indexes=True, ids=None, **columns):
    import apsw

    from connector_host.c1z import container
    from connector_host.c1z.v1 import schema

    database, target = folder / f"{name}.db", folder / name
    database.unlink(missing_ok=True)
    target.unlink(missing_ok=True)
    db = apsw.Connection(str(database))
    db.pragma("synchronous", "off")  # a test loses nothing with its file
    schema.create_tables(db)
    chosen = ((NEWEST,) if len(organisations) == 1 else (EARLIER, NEWEST)) if ids is None else ids
    for number, (one, sync_id) in enumerate(zip(organisations, chosen, strict=True)):
        day = f"2026-01-0{number + 1}"
        run = {"started_at": f"{day} 10:00:00", "ended_at": f"{day} 10:00:01.5"}
        last = number == len(organisations) - 1
        with db:
            _insert_sync(db, one, sync_id, **{**run, **(columns if last else {})})
    if indexes:
        for table in schema.TABLES:
            schema.create_indexes(db, table)
    if tweak:
        tweak(db)
    db.close()
    container.pack(database, target)
    return target


@pytest.fixture
def make_c1z(tmp_path):
    """Write a v1 file: `make_c1z(organisation, ..., name=, tweak=, columns=)`, a finished full sync for each one.

    `columns` are changes to the last sync's row, `tweak(db)` may do anything to the database before it is packed.
    """
    return functools.partial(write_c1z, tmp_path)


@pytest.fixture
def sync_file(make_c1z, organisation):
    """A file with one finished full sync of the small organisation."""
    return make_c1z(organisation)
