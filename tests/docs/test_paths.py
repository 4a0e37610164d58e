"""Pages and source text name only files and modules of the repository that exist."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "plugins").glob("*/README.md"),
        *(ROOT / "plugins").glob("*/docs/*.md"),
    )
)
SOURCES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("connector_host", "plugins", "tests", "tools", "benchmarks", "proto")
    for pattern in ("*.py", "*.proto", "*.toml")
    for path in (ROOT / folder).rglob(pattern)
    if not {"pb", ".venv", "build"}.intersection(path.parts)
)
FILE = re.compile(r"(?<![\w./-])(?:\.?[\w-]+/)+[\w-]+\.(?:py|md|proto|toml|yml|txt|json|html|js)\b")
FOLDER = re.compile(r"`((?:connector_host|docs|tests|plugins|benchmarks|tools|proto)/(?:[\w-]+/)*)`")
MODULE = re.compile(r"(?<![\w./-])connector_host(?:\.[a-z_]\w*)+")
EXAMPLES = {  # files that a reader of the page writes, and that `connector-host new` writes
    "CONTRIBUTING.md": (
        "connector_host/cli/commands/reading/owners.py",
        "tests/cli/commands/reading/test_owners.py",
        "tests/output/test_yaml_format.py",
        "connector_host/output/yaml_format.py",
    ),
    "docs/connectors.md": ("FOLDER/",),
    "docs/tutorial.md": ("connectors/", "connector-host-crew/", "connector_host_crew/", "tests/"),
    "docs/how-to/testing.md": ("tests/",),
    "docs/how-to/publishing.md": ("connector_host_my_app/", "tests/", ".github/"),
    "docs/reviewing.md": ("2026-q4/",),
    "docs/reliability.md": ("work/",),  # the working folder
    "docs/lake.md": ("snapshots/", "sources/"),  # objects of a lake
}
ENTRY_POINT_GROUPS = {"connector_host.commands", "connector_host.outputs", "connector_host.observers"}


def places(name, path):
    """Return the files that a path in a page may mean: from the root, the package, the page or its plugin."""
    plugin = ROOT.joinpath(*Path(name).parts[:2])
    return [ROOT / path, ROOT / "connector_host" / path, (ROOT / name).parent / path, plugin / path]


def missing_paths(name, text):
    """Return the paths in a text that lead to no file or folder."""
    paths = {*FILE.findall(text), *FOLDER.findall(text)}
    examples = EXAMPLES.get(name, ())
    return sorted(
        path
        for path in paths
        if not any(place.exists() for place in places(name, path)) and not path.startswith(examples)
    )


def names_in(file):
    """Return the names that a module defines or imports."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names.update(alias.asname or alias.name for alias in node.names)
            case ast.Assign() | ast.AnnAssign():
                names.update(child.id for child in ast.walk(node) if isinstance(child, ast.Name))
                names.update(child.value for child in ast.walk(node) if isinstance(child, ast.Constant))  # __all__
    return names


def exists_module(dotted):
    """Return whether a dotted name is a module of ours, or a name in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
        if file.exists():
            return length == len(parts) or parts[length] in names_in(file)
    return False


@pytest.mark.parametrize("name", PAGES)
def test_paths_in_pages_exist(name):
    assert missing_paths(name, (ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", PAGES)
def test_modules_in_pages_exist(name):
    modules = {*MODULE.findall((ROOT / name).read_text(encoding="utf-8"))} - ENTRY_POINT_GROUPS
    assert sorted(module for module in modules if not exists_module(module)) == []


NAMED_TEST = re.compile(r"((?:[\w-]+/)+test_\w+\.py)::(test_\w+)")


@pytest.mark.parametrize("name", PAGES)
def test_tests_that_pages_name_exist(name):
    named = NAMED_TEST.findall((ROOT / name).read_text(encoding="utf-8"))
    assert [pair for pair in named if not re.search(rf"def {pair[1]}\b", (ROOT / pair[0]).read_text())] == []


def test_documents_and_tests_that_the_code_cites_exist():
    cited = re.compile(r"(?<![\w./-])(?:docs|tests|benchmarks|tools|proto)/[\w/.-]+\.(?:py|md|proto)\b")
    missing = [
        f"{name}: {path}"
        for name in SOURCES
        if not name.startswith(("tests/docs", "tests/scaffold", "connector_host/scaffold"))
        for path in cited.findall((ROOT / name).read_text(encoding="utf-8"))
        if not any(place.exists() for place in places(name, path))
    ]
    assert missing == []


def test_a_missing_path_is_found():
    text = "`sync/nothing.py`, `c1z/container.py`, `docs/none.md`, `connector_host/nowhere/`, docs/glossary.md"
    assert missing_paths("README.md", text) == ["connector_host/nowhere/", "docs/none.md", "sync/nothing.py"]
    assert exists_module("connector_host.c1z.container")
    assert not exists_module("connector_host.c1z.seal")


def test_no_file_of_the_repository_is_left_out():
    """The list of sources is not empty because of a wrong folder."""
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode == 0 and tracked.stdout:
        ours = {line for line in tracked.stdout.splitlines() if "/pb/" not in line and line.count("/")}
        ours = {line for line in ours if not line.startswith("docs/examples/")}  # which cite nothing
        assert ours - {*SOURCES} <= {"docs/conf.py"}
