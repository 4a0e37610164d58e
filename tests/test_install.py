"""What people install: the wheels of host and plugins, and a connector somebody else wrote, in a clean environment.

The dependencies are copied from the environment that runs the tests, so that nothing is downloaded; pip then installs
the wheels without an index, which fails if their declared dependencies are not met.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from connector_host.plugins.loading import load
from connector_host.scaffold import create
from tests.acme_api import serving_acme

pytestmark = pytest.mark.xdist_group("install")
ROOT = Path(__file__).parent.parent
ACME_HTTP = ROOT / "tests" / "fixtures" / "acme_http.py"
OURS = ("connector-host-fake", "connector-host-onepassword", "connector-host-localhost", "connector-host-baton")

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "0.7"
description = "{summary}"
dependencies = ["connector-host>=0.1"]

[project.entry-points."{group}"]
{point}

[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""
THATNAME = '''
"""A connector from nothing: one file, names from the package face only."""

import connector_host as ch

TEAM = ch.ResourceType("team", "Team", (ch.Trait.GROUP,))
PERSON = ch.ResourceType("person", "Person", (ch.Trait.USER,))


@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("That Name", api=ch.HOST_API, summary="People and their team.")


@ch.hookimpl
def connector_options():
    return [ch.Option(name="people", type=ch.OptionType.INT, default=3, help="How many.")]


@ch.hookimpl
def open_session(options):
    return options["people"]


@ch.hookimpl
def list_resource_types():
    return [TEAM, PERSON]


@ch.hookimpl
def list_resources(session, resource_type):
    if resource_type.id == "team":
        return [ch.Resource(ch.ResourceId("team", "all"), "Everybody", traits=(ch.GroupTrait(),))]
    return [ch.Resource(ch.ResourceId("person", str(n)), f"Person {n}", traits=(ch.UserTrait(),)) for n in range(session)]


@ch.hookimpl
def list_entitlements(resource):
    return [ch.Entitlement(resource, "member", ch.Purpose.ASSIGNMENT)] if resource.id.resource_type == "team" else []


@ch.hookimpl
def list_grants(session, resource):
    if resource.id.resource_type != "team":
        return []
    return [ch.Grant(resource.ref("member"), ch.ResourceId("person", str(n))) for n in range(session)]
'''
YAML = '''
"""The output format `yaml`: everything that a document offers, read twice."""

import json


def write(document, out, screen):
    first, second = content(document), content(document)
    assert first == second, "a document reads differently the second time"
    out.write(("".join(lines(first, "")) + "\\n").encode())


def content(document):
    flat = document.spreadsheet()
    parts = list(document.parts())  # all parts before the rows of any
    return {
        "title": document.title,
        "document": json.loads(b"".join(document.document())),
        "records": [json.loads(record) for record in document.records()],
        "flat": [list(flat.columns), *map(list, flat.rows())],
        "parts": [part_content(part) for part in parts],
    }


def part_content(part):
    if hasattr(part, "rows"):
        return {"columns": list(part.columns), "rows": [list(row) for row in part.rows()]}
    return {"lines": list(part.lines)} if hasattr(part, "lines") else {"label": part.label}


def lines(value, indent):
    """Block style; a JSON scalar is a YAML scalar, too."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield f"\\n{indent}{json.dumps(key)}:"
            yield from lines(item, indent + "  ")
    elif isinstance(value, list) and value:
        for item in value:
            yield f"\\n{indent}-"
            yield from lines(item, indent + "  ")
    else:
        yield f" {json.dumps(value)}"
'''
BUILD = """
import os, sys
from hatchling.build import build_wheel

for project in sys.argv[2:]:
    os.chdir(project)
    build_wheel(sys.argv[1])
"""


def write_project(folder, name, code, *, summary, point, group="connector_host"):
    package = name.replace("-", "_")
    (folder / name / package).mkdir(parents=True)
    (folder / name / package / "__init__.py").write_text(code)
    text = PROJECT.format(name=name, package=package, summary=summary, point=point, group=group)
    (folder / name / "pyproject.toml").write_text(text)
    return folder / name


def readme_project(folder):
    """The connector that README shows, with the pyproject.toml it shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (folder / "staff").mkdir()
    for language, name in (("python", "connector_host_staff.py"), ("toml", "pyproject.toml")):
        (folder / "staff" / name).write_text(
            re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8"
        )
    return folder / "staff"


def run(*words, **settings):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, timeout=120, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Every wheel, by distribution name."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheels")
    folder = tmp_path_factory.mktemp("projects")
    projects = [
        ROOT,
        ROOT / "plugins" / "fake",
        ROOT / "plugins" / "onepassword",
        ROOT / "plugins" / "localhost",
        ROOT / "plugins" / "baton",
        write_project(folder, "acme-thatname", THATNAME, summary="Acme's.", point='thatname = "acme_thatname"'),
        create("my-things", folder),
        readme_project(folder),
        write_project(
            *(folder, "acme-yaml", YAML),
            summary="YAML.",
            point='yaml = "acme_yaml:write"',
            group="connector_host.outputs",
        ),
        write_project(folder, "acme-http", ACME_HTTP.read_text(), summary="HTTP.", point='acme-http = "acme_http"'),
        write_project(folder, "acme-broken", "import not_there\n", summary="No.", point='broken = "acme_broken"'),
    ]
    out = tmp_path_factory.mktemp("wheels")
    run(sys.executable, "-c", BUILD, out, *projects)
    return {path.name.split("-")[0].replace("_", "-"): path for path in out.glob("*.whl")}


def needed(name, found=None):
    """The installed distributions that `name` depends on, itself left out; pip says later if one is missing."""
    found = {} if found is None else found
    for line in metadata.requires(name) or []:
        dependency = re.match(r"[\w.-]+", line)[0]
        if "extra ==" in line or dependency.lower() in found:
            continue
        try:
            found[dependency.lower()] = metadata.distribution(dependency)
        except metadata.PackageNotFoundError:
            continue  # for another platform or Python
        needed(dependency, found)
    return found


@pytest.fixture(scope="module")
def clean(wheels, tmp_path_factory):
    """The `bin` folder of an environment that has the wheels, their dependencies and nothing else."""
    home = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(home, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = home / "lib" / version / "site-packages"
    found = needed("connector-host")
    grpc = ("cryptography", "grpclib", "hpack", "pyrage")  # which the plugin baton needs
    for name in ("pytest", "httpx", "PyJWT", "vcrpy", *grpc):  # the extras http, testing and grpc
        found |= {name.lower(): metadata.distribution(name)}
        needed(name, found)
    for distribution in found.values():
        for file in distribution.files or []:
            if ".." not in file.parts and (source := Path(file.locate())).exists():
                (packages / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, packages / file)  # with its time, by which Python knows what is compiled already
    install = ["--no-index", "--no-compile", "--disable-pip-version-check", "-q"]
    run(sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", *install, *wheels.values())
    return home / "bin"


def names_in(wheel):
    return zipfile.ZipFile(wheel).namelist()


def test_each_wheel_has_its_own_package_typed_and_licensed_and_no_tests(wheels):
    assert set(wheels) == {
        *("connector-host", "connector-host-fake", "connector-host-onepassword", "acme-thatname", "acme-broken"),
        *(
            "connector-host-localhost",
            "connector-host-baton",
            "connector-host-my-things",
            "connector-host-staff",
            "acme-yaml",
            "acme-http",
        ),
    }
    for name in ("connector-host", *OURS):
        package = name.replace("-", "_")
        members = names_in(wheels[name])
        tops = {member.split("/")[0] for member in members}
        assert {top for top in tops if not top.endswith(".dist-info")} == {package}
        assert f"{package}/py.typed" in members
        assert not [member for member in members if "test_" in member or "__pycache__" in member]
    assert any(member.endswith("licenses/LICENSE") for member in names_in(wheels["connector-host"]))


def test_the_host_needs_no_plugin_and_every_plugin_needs_the_host(wheels):
    def requirements(name):
        (member,) = [one for one in names_in(wheels[name]) if one.endswith(".dist-info/METADATA")]
        text = zipfile.ZipFile(wheels[name]).read(member).decode()
        return [line.split(": ", 1)[1] for line in text.splitlines() if line.startswith("Requires-Dist")]

    assert not [line for line in requirements("connector-host") if line.startswith("connector-host-")]
    for plugin in OURS:
        assert any(re.match(r"connector-host\b(?!-)", line) for line in requirements(plugin))


@pytest.fixture
def host(clean, tmp_path):
    """Run the installed `connector-host` where nothing of the repository is in reach."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}

    def host_run(*words, code=0):
        done = subprocess.run(
            [clean / "connector-host", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
            env=environ,
        )
        assert done.returncode == code, done.stderr
        return done

    return host_run


def test_a_connector_of_somebody_else_syncs_beside_a_broken_one(host, tmp_path):
    done = host("sync", "thatname", "--people", "4", "-f", "that.c1z")
    assert done.stdout.splitlines()[-1].split() == ["total", "5", "1", "4"]
    assert "Warning" not in done.stderr.replace("Warning: the time zone", "")
    assert (tmp_path / "that.c1z").read_bytes().startswith(b"C1ZF\0")
    resources = json.loads(host("resources", "-f", "that.c1z", "-o", "json").stdout)
    assert len(resources["resources"]) == 5


def test_every_http_helper_works_in_a_connector_of_somebody_else(clean, tmp_path):
    """Each way to sign in and to page, retries, the memo of calls for each item, and the store of a killed run."""
    pytest.importorskip("httpx")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "CONNECTOR_HOST"))}
    with serving_acme("k3y-of-the-api-which-is-long-enough") as api:
        environ |= {"BATON_KEY": api.key, "BATON_API": api.url}
        api.faults = {"/basic": [429], "/oauth/1": [503], "/jwt": [503]}
        words = [clean / "connector-host", "sync", "acme-http", "-f", "acme.c1z", "-o", "json"]
        killed = subprocess.run(
            words, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert killed.returncode == -9, killed.stderr
        assert not (tmp_path / "acme.c1z").exists()
        done = run(*words, cwd=tmp_path, env=environ)
        for path in ("/oauth/0", "/basic/0", "/jwt/4", "/assertion/4"):
            assert api.calls[path] == 1, (
                path
            )  # not called again, neither after a fault of its page nor by the second run
        assert api.calls["/oauth/1"] == 2
        assert api.calls["/token"] <= 4  # a token for each of two ways, in each run
    assert json.loads(done.stdout)["totals"]["resources"] == 6 * 5 + 1
    assert "resumed from a checkpoint" in done.stderr
    assert api.key not in killed.stderr + done.stdout + done.stderr
    listed = run(clean / "connector-host", "resources", "-f", "acme.c1z", "-t", "remembered", cwd=tmp_path, env=environ)
    assert "from the run before, too large: yes" in listed.stdout


RECORDED = """
from pathlib import Path

import acme_http
import pytest
from connector_host.testing import Harness, recorded_http


@pytest.mark.parametrize("record", [True, False])
def test_it(record):
    harness = Harness(acme_http, {"api": "API", "key": "k3y-of-the-api-which-is-long-enough"})
    cassette = Path(__file__).with_name("tape.yaml")
    with recorded_http(cassette, headers=["X-Key"], record=record):
        session = harness.open()
        page = harness.connector.list_resources(session, acme_http.TYPES[1], None, None, None)
        harness.close(session)
    assert [resource.display_name for resource in page.items] == ["apikey 0", "apikey 1"]
    assert "k3y-of-the-api" not in cassette.read_text()
"""


def test_its_calls_can_be_recorded_and_played_back(clean, tmp_path):
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "CONNECTOR_HOST"))}
    with serving_acme("k3y-of-the-api-which-is-long-enough") as api:
        (tmp_path / "test_recorded.py").write_text(RECORDED.replace("API", api.url))
        run(clean / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path, env=environ)
        assert api.calls["/apikey"] == 1  # the second test was answered by the recording


def test_the_broken_one_is_named_with_its_reason_and_only_when_asked_for(host):
    found = json.loads(host("plugins", "-o", "json").stdout)["connectors"]
    assert {one["name"]: bool(one["problem"]) for one in found} == {
        "acme-http": False,
        "baton": False,
        "broken": True,
        "fake": False,
        "localhost": False,
        "my-things": False,
        "onepassword": False,
        "staff": False,
        "thatname": False,
    }
    (broken,) = [one for one in found if one["problem"]]
    assert "acme-broken 0.7" in broken["problem"]
    assert "No module named 'not_there'" in broken["problem"]
    host("plugins", "--check", code=1)
    assert "No module named 'not_there'" in host("sync", "broken", code=70).stderr
    listed = host("sync", "--help").stdout
    for name in ("broken", "fake", "localhost", "onepassword", "thatname"):
        assert f"  {name} " in listed


def test_a_connector_process_of_the_wheels_syncs(clean, host, tmp_path):
    output = tmp_path / "process.c1z"
    done = host("sync", "baton", "--command", f"{clean / 'connector-host'} serve fake", "-f", output, "-o", "json")
    assert json.loads(done.stdout)["totals"]["grants"] == 248


def test_a_new_connector_syncs_and_passes_its_own_tests(clean, host, wheels, tmp_path):
    made = Path(host("new", "other-things").stdout.split(maxsplit=1)[1].strip())
    made = tmp_path / made
    assert (made / "connector_host_other_things" / "py.typed").exists()
    assert not [
        text
        for path in made.rglob("*")
        if path.is_file()
        and "@" in (text := path.read_text()).replace("@example", "").replace("@hookimpl", "").replace("@v", "")
    ]
    ours = create("my-things", tmp_path)  # the one whose wheel is installed
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = run(clean / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=ours, env=environ)
    assert "passed" in done.stdout
    assert "failed" not in done.stdout
    done = host("sync", "my-things", "-f", "my.c1z", "-o", "json")
    assert json.loads(done.stdout)["totals"] == {
        "resource_types": 2,
        "resources": 5,
        "entitlements": 2,
        "grants": 3,
        "expanded": 0,
    }
    assert "exists already" in host("new", "other-things", code=2).stderr


def test_the_readmes_second_command(host, tmp_path):
    done = host("sync", "fake", "-f", "demo.c1z")
    assert done.stdout.startswith("RESOURCE TYPE")
    assert (tmp_path / "demo.c1z").exists()


def test_the_readmes_connector_is_a_whole_distribution(host):
    done = host("sync", "staff", "-f", "staff.c1z", "-o", "json")
    assert json.loads(done.stdout)["totals"] == {
        "resource_types": 2,
        "resources": 4,
        "entitlements": 2,
        "grants": 3,
        "expanded": 0,
    }


def test_this_machine_from_the_wheel(host, tmp_path):
    done = host("sync", "localhost", "--no-sudo", "-f", "here.c1z", "-o", "json")
    assert json.loads(done.stdout)["totals"]["resources"] > 2


def test_it_runs_from_the_wheel_and_as_a_module(clean, tmp_path):
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    code = "import connector_host, connector_host_fake; print(connector_host.__file__); print(connector_host_fake.__file__)"
    done = run(clean / "python", "-c", code, cwd=tmp_path, env=environ)
    assert all(line.startswith(str(clean.parent)) for line in done.stdout.splitlines())
    assert run(clean / "python", "-m", "connector_host", "--version", cwd=tmp_path, env=environ).stdout == (
        f"connector-host {metadata.version('connector-host')}\n"
    )


# ----------------------------------------------------------------------------------------------- an output format

PERSON, GROUP = "ada@lovelace.example", "group:g1"


@pytest.fixture
def organisation_file(host, tmp_path):
    """A file with two syncs, and the scenario it was made from, which can be changed."""
    scenario = {
        "resource_types": [{"id": "user", "traits": ["user"]}, {"id": "group", "traits": ["group"]}],
        "resources": [
            {"type": "user", "id": "ada", "display_name": "Ada: - '#'", "email": PERSON},
            {"type": "user", "id": "bob", "display_name": "Bob\n&x *y"},
            {"type": "group", "id": "g1", "display_name": "[Group]"},
        ],
        "entitlements": [
            {"resource": {"type": "group", "id": "g1"}, "slug": "member", "grantable_to": ["user"]},
            {"resource": {"type": "group", "id": "g1"}, "slug": "owner", "grantable_to": ["user"]},
        ],
        "grants": [{"entitlement": "group:g1:member", "principal": {"type": "user", "id": "ada"}}],
    }
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario))
    host("sync", "fake", "--scenario", path, "-f", "a.c1z")
    scenario["grants"].append({"entitlement": "group:g1:owner", "principal": {"type": "user", "id": "bob"}})
    path.write_text(json.dumps(scenario))
    host("sync", "fake", "--scenario", path, "-f", "a.c1z")


CHANGE = ("--scenario", "scenario.json", "--writable", "--dry-run")
EVERY_COMMAND = {
    "sync": ("fake", "--scenario", "scenario.json"),
    "check": ("fake", "--scenario", "scenario.json"),
    "plugins": (),
    "resource-types": (),
    "resources": (),
    "entitlements": (),
    "grants": (),
    "grants filtered": ("--text", "group"),
    "principals": (),
    "principals compare": ("-e", "group:g1:member", "--compare-entitlement", "group:g1:owner"),
    "access": (PERSON,),
    "why": (PERSON, "[Group]"),
    "matrix": (),
    "stats": (),
    "stats findings": ("--findings",),
    "syncs": (),
    "diff": (),
    "validate": (),
    "grant": ("fake", *CHANGE, "--principal", "bob", "--entitlement", "group:g1:member"),
    "revoke": ("fake", *CHANGE, "--principal", "ada", "--entitlement", "group:g1:member"),
    "create-account": ("fake", *CHANGE, "--email", "new@lovelace.example"),
    "create-resource": ("fake", *CHANGE, "--resource-type", "group", "--name", "[New]"),
    "invoke": ("fake", "--scenario", "scenario.json"),
    "rotate-credentials": ("fake", *CHANGE, "--resource", "bob"),
    "issue-credential": ("fake", *CHANGE, "--resource", "bob", "--credential", "api-key"),
    "asset": ("fake", "--scenario", "scenario.json"),
    "tickets schemas": ("fake",),
    "tickets get": ("fake", "T-1"),
    "set-status": ("fake", *CHANGE, "--resource", "bob", "--status", "disabled"),
    "delete": ("fake", *CHANGE, "--resource", "bob"),
    "audit verify": (),  # of the record of the changes above
}
WITHOUT_FILE = {
    "check",
    "plugins",
    "create-account",
    "create-resource",
    "audit verify",
    "tickets schemas",
    "tickets get",
}
TWO_WORDS = ("principals compare", "audit verify", "tickets schemas", "tickets get")
NOT_A_DOCUMENT = {
    "new",
    "capabilities",
    "config",
    "completion",
    "expand",
    "rollback-expansion",
    "convert",
    "explore",
} | {
    *("graph", "review", "export"),
}


IN_ONE_PROCESS = """
import json, os, sys
from connector_host.cli.main import main

codes = {}
for name, words in json.load(sys.stdin).items():
    for descriptor, end in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{name}.{end}", os.O_WRONLY | os.O_CREAT), descriptor)
    codes[name] = main(words)
    sys.stdout.flush()
json.dump(codes, open("codes.json", "w"))
"""
"""Runs command lines in one process, which imports the program once; writes NAME.out and NAME.err for each."""


def test_a_format_of_another_package_gets_a_valid_document_from_every_command(clean, tmp_path, organisation_file):
    import yaml

    lines = {}
    for name, words in EVERY_COMMAND.items():
        command = name.split() if name in TWO_WORDS else name.split()[:1]
        lines[name] = [*command, *words, *(() if name in WITHOUT_FILE else ("-f", "a.c1z")), "-o", "yaml"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    call = [clean / "python", "-c", IN_ONE_PROCESS]
    subprocess.run(call, input=json.dumps(lines), text=True, check=True, cwd=tmp_path, env=environ)
    codes = json.loads((tmp_path / "codes.json").read_text())
    for name in EVERY_COMMAND:
        assert codes[name] == 0, (name, (tmp_path / f"{name}.err").read_text())
        content = yaml.load((tmp_path / f"{name}.out").read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        assert set(content) == {"title", "document", "records", "flat", "parts"}, name
        assert content["document"], name
        assert all(isinstance(record, dict) for record in content["records"]), name


def test_every_command_with_a_format_is_among_them():
    import click

    from connector_host.cli.command_table import built_in
    from connector_host.cli.lazy_group import LazyGroup
    from connector_host.cli.main import root

    for name in built_in():
        command = LazyGroup.get_command(root, click.Context(root), name)
        if hasattr(command, "make"):  # one of a connector
            command = command.make(load("fake"))
        formats = {form for option in command.params if "-o" in option.opts for form in option.opts}
        if "--format" in formats and name != "graph":  # a drawing is no document
            assert name in {listed.split()[0] for listed in EVERY_COMMAND}, name
