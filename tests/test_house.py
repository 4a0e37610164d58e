"""The house rules of CONTRIBUTING.md, checked on the source text: imports, names, docstrings, words, sizes.

A rule without exceptions names every place where it is broken. A rule of style allows a small share.
"""

import ast
import functools
import re
import statistics
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.xdist_group("house")  # the sources are read once
ROOT = Path(__file__).resolve().parents[1]
HOST = "connector_host"
PLUGIN_PACKAGES = sorted(path for path in (ROOT / "plugins").glob("*/connector_host_*") if path.is_dir())

# ----------------------------------------------------------------------------------------------- the rules

LAYERS = (  # a package imports packages of the layers above its own line, never one of its own line or below
    {"decoding", "enums", "errors", "identifiers", "operating_system", "secret"},
    {"annotations", "options", "session_store", "traits", "trusted_paths"},
    {"credentials"},
    {"model"},
    {"actions", "config_file", "event_feeds", "run", "scaffold", "tickets"},
    {"hookspecs"},
    {"http", "rpc", "wire"},
    {"c1z", "remote"},
    {"index"},
    {"output", "plugins"},
    {"query", "sync"},
    {"graph", "lake", "provision"},
    {"explore", "review", "service", "testing"},
    {"cli"},
    {"__main__"},
)
FACE_LAYER = 6  # connector_host/__init__.py re-exports names of the first six layers, and nothing of ours imports it
ONLY_THERE = {  # an outside package, and the packages of ours that may import it
    "click": ("cli",),
    "apsw": ("c1z", "index", "sync.working"),
    **dict.fromkeys(("duckdb", "fsspec", "pyarrow", "pyspark", "sqlglot", "vl_convert"), ("lake",)),
    "sqlite3": ("c1z", "index", "sync.working"),
    "google.protobuf": ("wire", "service"),
    "connector_host.wire.pb": ("wire", "service"),
}
PLUGINS_MAY_IMPORT = {"connector_host", "connector_host.http", "connector_host.remote"}

VAGUE = {
    *(
        "answer",
        "asked",
        "came",
        "found",
        "given",
        "goes",
        "gone",
        "here",
        "kept",
        "kind",
        "kinds",
        "known",
        "left",
        "made",
    ),
    *(
        "new_one",
        "one",
        "other",
        "others",
        "rest",
        "said",
        "such",
        "taken",
        "that",
        "there",
        "these",
        "thing",
        "things",
    ),
    *("this", "those", "told", "wanted", "what", "who", "whole"),
}
ODD_OPENING = re.compile(r"(What|Whether|Those|The same|That which|How|Which|Where|Who|One that|As|Have|Let)\b")
RETIRED = (
    *("mend", "mends", "mended", "narrate", "narrates", "narrated", "narration", "lay out", "laid out", "hold against"),
    *("held against", "what hangs on", "made up", "made-up", "the other way round", "for good", "besides", "is told"),
    *("are told", "tell of", "look whether", "nobody and nothing", "whoever", "goes on", "go on with", "near:"),
)
RETIRED_WORD = re.compile("|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in RETIRED), re.IGNORECASE)
MODULE_LINES, FUNCTION_LINES, MODULES_IN_A_FOLDER = 400, 50, 20
VAGUE_SHARE = 0.005


class Module(NamedTuple):
    """A module of ours: its dotted name, its file, text and syntax tree, and every node of the tree."""

    name: str
    path: Path
    text: str
    nodes: list[ast.AST]

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @property
    def place(self) -> str:
        """The path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()


def read_module(path: Path, top: Path) -> Module:
    parts = path.relative_to(top).with_suffix("").parts
    text = path.read_text(encoding="utf-8")
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, text, list(ast.walk(ast.parse(text))))


@functools.cache
def modules() -> dict[str, Module]:
    """Return every module of host and plugins that people write, by dotted name."""
    folders = [ROOT / HOST, *PLUGIN_PACKAGES]
    paths = [(path, folder.parent) for folder in folders for path in sorted(folder.rglob("*.py"))]
    read = (read_module(path, top) for path, top in paths if "pb" not in path.relative_to(top).parts)
    return {module.name: module for module in read}


@functools.cache
def imports_of(name: str) -> frozenset[str]:
    """Return the full names that a module imports, wherever in it the import is written."""
    module = modules()[name]
    names = set()
    for node in module.nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *([base] if base else [])])
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return frozenset(names)


def our_imports(name: str) -> set[str]:
    """Return the modules of ours that a module imports."""
    targets = ((full, full.rpartition(".")[0]) for full in imports_of(name))
    return {next((target for target in pair if target in modules()), name) for pair in targets} - {name}


def package_of(name: str) -> str:
    """Return the first part below connector_host, "" for connector_host itself."""
    return name.split(".")[1] if "." in name else ""


def host_modules() -> list[str]:
    return [name for name in modules() if name.partition(".")[0] == HOST]


def functions(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in module.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def bindings(module: Module) -> list[str]:
    """Return the name of every parameter and every assignment to a variable."""
    names = [node.id for node in module.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    for function in functions(module):
        names += [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
    return names


def docstring_openings(module: Module) -> list[tuple[int, str]]:
    """Return line and first line of each docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    pairs = [(node, ast.get_docstring(node)) for node in module.nodes if isinstance(node, documented)]
    return [(getattr(node, "lineno", 1), text.partition("\n")[0]) for node, text in pairs if text]


# ----------------------------------------------------------------------------------------------- imports


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that reach each other: Kosaraju's two passes."""
    order, seen = [], set()
    for start in graph:
        stack = [(start, iter(graph[start]))] if start not in seen else []
        seen.add(start)
        while stack:
            node, targets = stack[-1]
            following = next((target for target in targets if target not in seen), None)
            if following is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(graph[following])))
    importers = defaultdict(set)
    for node, targets in graph.items():
        for target in targets:
            importers[target].add(node)
    groups, assigned = [], set()
    for start in reversed(order):
        group, waiting = [], [start]
        while waiting:
            node = waiting.pop()
            if node not in assigned:
                assigned.add(node)
                group.append(node)
                waiting += importers[node]
        if len(group) > 1:
            groups.append(sorted(group))
    return groups


def test_a_cycle_is_recognised():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a", "e"}, "e": set()}
    assert cycles(graph) == [["b", "c"]]


def test_modules_do_not_import_each_other_in_a_circle():
    groups = cycles({name: our_imports(name) for name in modules()})
    assert [", ".join(group) for group in groups] == []


def test_every_package_has_a_layer():
    packages = {package_of(name) for name in host_modules()} - {""}
    assert packages <= set().union(*LAYERS), "Give the new package a place in LAYERS and in docs/architecture.md."


def test_imports_point_inwards():
    depth = {package: number for number, layer in enumerate(LAYERS) for package in layer}
    wrong = []
    for name in host_modules():
        own = package_of(name)
        limit = depth[own] if own else FACE_LAYER
        targets = {package_of(target) for target in our_imports(name) if target != HOST} - {own}
        wrong += [f"{name} imports {HOST}.{target}" for target in sorted(targets) if depth[target] >= limit]
    assert wrong == []


def test_the_host_does_not_import_its_own_face():
    assert [name for name in host_modules() if HOST in our_imports(name)] == []


@pytest.mark.parametrize("outside", ONLY_THERE)
def test_an_outside_package_stays_in_its_layer(outside):
    places = tuple(f"{HOST}.{place}" for place in ONLY_THERE[outside])
    wrong = [
        name
        for name in host_modules()
        if not f"{name}.".startswith(tuple(f"{place}." for place in places))
        and any(f"{full}.".startswith(f"{outside}.") for full in imports_of(name))
    ]
    assert wrong == []


def test_plugins_import_only_the_face():
    wrong = []
    for name in modules().keys() - set(host_modules()):
        targets = our_imports(name) | {full for full in imports_of(name) if full.split(".")[0] == HOST}
        targets = {target if target in modules() else target.rpartition(".")[0] for target in targets}
        wrong += [f"{name}: {target}" for target in targets if target.split(".")[0] == HOST]
    allowed = {f"{name}: {target}" for name in modules() for target in PLUGINS_MAY_IMPORT}
    assert set(wrong) <= allowed


# ----------------------------------------------------------------------------------------------- names


def test_no_two_public_classes_share_a_name():
    places = defaultdict(list)
    for module in modules().values():
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.name)
    shared = [f"{name}: {', '.join(found)}" for name, found in sorted(places.items()) if len(found) > 1]
    assert shared == []


def test_no_two_modules_share_a_name():
    """Modules of the same thing in two formats do (`v1`, `v3`), and so do plugins, which are distributions of their own."""
    places = defaultdict(list)
    for name in host_modules():
        module = modules()[name]
        if module.path.name not in ("__init__.py", "__main__.py") and module.path.parent.name not in ("v1", "v3"):
            places[module.path.name].append(module.place)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_variables_say_what_they_hold():
    vague = [
        f"{module.place}: {name} {count}"
        for module in modules().values()
        for name, count in Counter(name for name in bindings(module) if name in VAGUE).items()
        for _ in range(count)
    ]
    every = sum(len(bindings(module)) for module in modules().values())
    assert len(vague) <= VAGUE_SHARE * every, "\n".join(vague)


def test_a_folder_has_at_most_20_modules():
    folders = Counter(module.path.parent.relative_to(ROOT).as_posix() for module in modules().values())
    assert {folder: count for folder, count in folders.items() if count > MODULES_IN_A_FOLDER} == {}


# ----------------------------------------------------------------------------------------------- docstrings and words


def test_docstrings_open_with_an_imperative_or_a_noun():
    odd = [
        f"{module.place}:{line}: {text}"
        for module in modules().values()
        for line, text in docstring_openings(module)
        if ODD_OPENING.match(text)
    ]
    assert odd == []


def test_retired_words_are_not_used():
    used = [
        f"{module.place}:{number}: {line.strip()[:100]}"
        for module in modules().values()
        for number, line in enumerate(module.text.splitlines(), 1)
        if RETIRED_WORD.search(line)
    ]
    assert used == []


def test_retired_words_are_not_used_in_pages():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").glob("*/README.md")]
    used = [
        f"{page.relative_to(ROOT)}:{number}: {line[:100]}"
        for page in pages
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if RETIRED_WORD.search(line)
    ]
    assert used == []


# ----------------------------------------------------------------------------------------------- sizes


def test_modules_have_at_most_400_lines():
    long = [module.name for module in modules().values() if module.text.count("\n") > MODULE_LINES]
    assert long == []


def test_functions_have_at_most_50_lines_and_most_of_them_at_most_25():
    sizes = {
        f"{module.place}:{function.lineno} {function.name}": function.end_lineno - function.lineno + 1
        for module in modules().values()
        for function in functions(module)
    }
    long = [f"{name}: {lines} lines" for name, lines in sizes.items() if lines > FUNCTION_LINES]
    assert long == []
    assert statistics.quantiles(sizes.values(), n=20)[-1] <= 25


# ----------------------------------------------------------------------------------------------- tests

TEST_FOLDERS_OF_THEIR_OWN = ("browser", "docs", "fuzz", "reliability")
TESTS_OF_SUBJECTS = {  # test modules that are named after a subject, not after one module
    "": {"exports", "house", "install", "order", "readme", "smoke", "supply_chain"},
    "c1z": {"fuzz"},
    "c1z/pebble": {"fuzz", "golden"},
    "c1z/publish": {"fuzz_editing", "hostile_schemas", "sealing_v3"},
    "cli": {"names_in_bytes", "repetition_bombs", "screens"},
    "cli/commands/connectors": {"sync_scope"},
    "cli/commands/files": {"v3_files"},
    "cli/commands/provisioning": {"accounts", "from_file"},
    "cli/commands/reading": {"listings"},
    "cli/terminal": {"hostile_text", "secret_channels"},
    "explore": {"v3", "violations"},
    "graph": {"graph", "paths"},
    "lake": {"azure", "gcs", "s3"},
    "lake/engines": {"spark_connect"},
    "remote": {"failing_processes", "killed_hosts", "recordings"},
    "plugins": {"mistakes"},
    "provision": {"docs"},
    "review": {"docs"},
    "scaffold": {"scaffold"},
    "sync": {"golden", "zones"},
    "sync/working": {"foreign_folder"},
    "wire": {"golden", "protos"},
}
TESTED_ABOVE = {"explore/pages"}  # its tests are in the folder above


def test_test_modules_are_named_after_the_modules_that_they_test():
    unnamed = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder, name = path.parent.relative_to(ROOT / "tests"), path.stem.removeprefix("test_")
        subjects = TESTS_OF_SUBJECTS.get("" if folder == Path() else folder.as_posix(), ())
        tested = ROOT / HOST / folder / name
        if (folder.parts[:1] and folder.parts[0] in TEST_FOLDERS_OF_THEIR_OWN) or name in subjects:
            continue
        if not tested.with_suffix(".py").exists() and not tested.is_dir():
            unnamed.append(path.relative_to(ROOT).as_posix())
    assert unnamed == []


def test_every_folder_of_the_package_has_its_folder_of_tests():
    folders = {modules()[name].path.parent.relative_to(ROOT / HOST) for name in host_modules()}
    untested = {
        folder.as_posix() for folder in folders if not list((ROOT / "tests" / folder).rglob("test_*.py"))
    } - TESTED_ABOVE
    assert untested == set()


# ----------------------------------------------------------------------------------------------- pages and comments

DOCUMENT = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[\w-]+\.md)\b")
EXAMPLES = {"README.md"}  # a file of this name is in every distribution that `connector-host new` writes


def test_comments_cite_only_documents_of_this_repository():
    missing = []
    for module in modules().values():
        for document in {*DOCUMENT.findall(module.text)} - EXAMPLES:
            plugin = ROOT.joinpath(*module.path.relative_to(ROOT).parts[:2])
            places = (ROOT / document, ROOT / "docs" / document, module.path.parent / document, plugin / document)
            if not any(place.exists() for place in places):
                missing.append(f"{module.place} cites {document}")
    assert missing == []
