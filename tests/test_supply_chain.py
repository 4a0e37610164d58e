"""What a release and a check are made from: pinned versions with hashes, minimal permissions, wheels that can be rebuilt."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HASHED = sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)", re.MULTILINE)
FIXED_IN = {  # the first version after the newest advisory that is known
    "h11": "0.16",
    "jinja2": "3.1.6",
    "protobuf": "6.33.5",
    "pyjwt": "2.13",
    "pytest": "9.0.3",
    "starlette": "1.3.1",
}


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path):
    return {normal(match["name"]): match["version"] for match in PINNED.finditer(path.read_text())}


@pytest.fixture(scope="module")
def release():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "tools")
        return importlib.import_module("release")


@pytest.mark.parametrize("name", HASHED)
def test_hashed_requirements_have_the_versions_of_the_constraints(name):
    constraints, hashed = pinned(ROOT / "constraints.txt"), pinned(ROOT / "requirements" / name)
    different = {package for package in hashed.keys() & constraints.keys() if hashed[package] != constraints[package]}
    assert not different, "Run `tox -e hashes`."
    if name == "development.txt":
        assert not constraints.keys() - hashed.keys(), "Run `tox -e hashes`."


def test_runtime_requirements_cover_every_dependency():
    extras = {name: lines for name, lines in PROJECT["optional-dependencies"].items() if name not in TOOLS}
    needed = [*PROJECT["dependencies"], *(line for lines in extras.values() for line in lines)]
    names = {normal(re.match(r"[\w.-]+", line)[0]) for line in needed} - {"connector-host"}
    assert not names - pinned(ROOT / "requirements" / "runtime.txt").keys(), "Run `tox -e hashes`."


TOOLS = {"dev", "docs", "testing", "tests"}


@pytest.mark.parametrize("name", HASHED)
def test_every_pinned_version_has_hashes_and_no_address(name):
    text = (ROOT / "requirements" / name).read_text()
    for block in re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", text).strip()):
        assert PINNED.match(block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block
    assert not re.search(r"https?:|--index-url|--find-links|git\+|file:", text)


def test_lower_bounds_exclude_versions_with_known_advisories():
    lines = [*PROJECT["dependencies"], *(line for part in PROJECT["optional-dependencies"].values() for line in part)]
    bounds = {
        normal(match[1]): match[2] for line in lines if (match := re.match(r"([\w.-]+)(?:\[.*\])?>=([\d.]+)", line))
    }

    def parts(version):
        return tuple(map(int, version.split(".")))

    assert {name: bounds[name] for name in FIXED_IN if parts(bounds[name]) < parts(FIXED_IN[name])} == {}


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_may_only_read_and_name_actions_by_commit(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        for step in job["steps"]:
            if uses := step.get("uses"):
                assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", uses)
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_the_workflow_runs_the_check_of_a_fresh_clone_on_every_supported_python():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    matrix = jobs["check"]["strategy"]["matrix"]
    supported = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)}
    assert set(matrix["python"]) == supported
    assert {system.partition("-")[0] for system in matrix["system"]} >= {"ubuntu", "macos"}
    assert any(step.get("run") == ".ci/run" for step in jobs["check"]["steps"])


def test_two_builds_of_a_distribution_are_equal(release, tmp_path):
    pytest.importorskip("hatchling", reason="hatchling builds the wheels")
    files = release.build_twice(ROOT / "plugins" / "fake", tmp_path)
    assert [path.suffix for path in files] == [".whl", ".gz"]


def test_builds_that_differ_are_refused(release, tmp_path, monkeypatch):
    def build(project, into):
        into.mkdir()
        (into / "a.whl").write_text(str(into))

    monkeypatch.setattr(release, "build", build)
    with pytest.raises(SystemExit, match=r"a\.whl: two builds"):
        release.build_twice(ROOT, tmp_path)


def test_the_formula_names_files_with_their_hashes(release, tmp_path):
    files = [tmp_path / name for name in ("connector_host-1.tar.gz", "connector_host-1-py3-none-any.whl")]
    files.append(tmp_path / "connector_host_onepassword-1-py3-none-any.whl")
    for number, path in enumerate(files):
        path.write_bytes(bytes([number]))
    release.write_formula(files, "https://files.example/v1/", tmp_path / "connector-host.rb")
    text = (tmp_path / "connector-host.rb").read_text()
    assert "$" not in text
    for path in files:
        assert f'"https://files.example/v1/{path.name}"' in text
        assert release.sha256(path) in text
