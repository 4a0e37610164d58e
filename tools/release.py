"""Make the files of a release in dist/.

These are wheels and source archives, their hashes, a bill of materials, a container file and a Homebrew formula.

    tox -e release [-- --into FOLDER --address URL]

Every distribution is built twice, and the two results must be equal byte for byte. `--address` is where the files will
be published; the formula downloads them from there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import string
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = (ROOT, *sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml")))
HOST, ONEPASSWORD = "connector_host", "connector_host_onepassword"


def metadata(folder: Path) -> dict[str, Any]:
    """Return the table `project` of a pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def commit_time() -> str:
    """Return the time of the newest commit in seconds since 1970: the time of every file in an archive."""
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return os.environ.get("SOURCE_DATE_EPOCH") or done.stdout.strip() or "1"


def build(project: Path, into: Path) -> None:
    """Build wheel and source archive of a distribution with the hatchling that is installed."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": commit_time()}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(into)]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{project}: hatchling failed\n{done.stdout}{done.stderr}")


def build_twice(project: Path, into: Path) -> list[Path]:
    """Build a distribution in two folders, compare, and return the files that are now in `into`.

    Raises SystemExit, naming the file, if two builds differ.
    """
    with tempfile.TemporaryDirectory() as scratch:
        first, second = Path(scratch, "1"), Path(scratch, "2")
        build(project, first)
        build(project, second)
        names = sorted(path.name for path in first.iterdir())
        if names != sorted(path.name for path in second.iterdir()):
            raise SystemExit(f"{project}: two builds made files of different names")
        for name in names:
            if (first / name).read_bytes() != (second / name).read_bytes():
                raise SystemExit(f"{name}: two builds of the same commit differ, so nobody can check this file")
            shutil.copyfile(first / name, into / name)
    return [into / name for name in names]


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_formula(files: list[Path], address: str, target: Path) -> None:
    """Fill in the Homebrew formula."""
    by_name = {(path.name.split("-")[0], path.suffix): path for path in files}
    values = {"homepage": metadata(ROOT)["urls"]["Documentation"], "address": address.rstrip("/")}
    parts = {"sdist": (HOST, ".gz"), "host_wheel": (HOST, ".whl"), "onepassword_wheel": (ONEPASSWORD, ".whl")}
    for part, key in parts.items():
        values |= {part: by_name[key].name, f"{part}_sha256": sha256(by_name[key])}
    template = string.Template((ROOT / "packaging" / target.name).read_text(encoding="utf-8"))
    target.write_text(template.substitute(values), encoding="utf-8")


def write_bill_of_materials(files: list[Path], target: Path) -> None:
    """Install the wheels as a user would, with checked hashes, and write what is installed then (CycloneDX)."""
    wheels = [str(path) for path in files if path.suffix == ".whl"]
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=False)
        python = Path(scratch, "bin", "python")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--require-hashes", "-r", "requirements/runtime.txt"], cwd=ROOT, check=True)
        subprocess.run([*pip, "install", "--no-deps", "--no-index", *wheels], cwd=ROOT, check=True)
        subprocess.run([*pip, "check"], check=True)
        subprocess.run([str(python), "-m", "connector_host", "--version"], check=True)
        command = [sys.executable, "-m", "cyclonedx_py", "environment", str(python), "--output-reproducible"]
        command += ["--pyproject", "pyproject.toml", "--of", "JSON", "-o", str(target)]
        subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    """Make all files."""
    version = metadata(ROOT)["version"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="the folder for the files; it is emptied")
    parser.add_argument("--address", default=f"{metadata(ROOT)['urls']['Source'].rstrip('/')}/releases/v{version}")
    arguments = parser.parse_args()
    into: Path = arguments.into.resolve()
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    files = [path for project in PROJECTS for path in build_twice(project, into)]
    write_formula(files, arguments.address, into / "connector-host.rb")
    write_bill_of_materials(files, into / f"connector-host-{version}.cdx.json")
    for source in (ROOT / "packaging" / "Containerfile", ROOT / "requirements" / "runtime.txt"):
        shutil.copyfile(source, into / source.name)
    lines = [f"{sha256(path)}  {path.name}\n" for path in sorted(into.iterdir())]
    (into / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


if __name__ == "__main__":
    main()
