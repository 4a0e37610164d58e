"""Pages of documentation, read as what they tell a person to do: files to write, commands to type, output to see.

A fenced block says in its first line what it is: `python PATH` is a file, `python PATH added` is added to its end,
`python PATH replaces NAME` takes the place of a function in it; `console` has commands after `$ ` and, below each, what
it prints. `...` in output stands for anything; alone on a line, for any lines.
"""

import ast
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

import pytest

from connector_host.cli.main import main

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PIP = 'word=$1; shift; exec "$0thon" -m pip "$word" --no-index --no-build-isolation --disable-pip-version-check "$@"'


class Block(NamedTuple):
    """A fenced block: the words after the fence, what is in it, and the line it begins at."""

    words: list
    text: str
    line: int

    @property
    def language(self):
        return self.words[0] if self.words else ""


class Step(NamedTuple):
    """One command of a console block: what the page shows below it."""

    command: str
    shown: list
    line: int


def blocks(text):
    """Every fenced block of a page."""
    return [
        Block(found["info"].split(), found["text"], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def steps(block):
    """The commands of a console block."""
    found = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            found.append(Step(line[2:], [], number))
        else:
            assert found, f"line {number} is output of no command"
            found[-1].shown.append(line)
    return found


def alike(shown, printed):
    """Whether what was printed is what the page shows."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "..." else ".*?".join(map(re.escape, line.split("..."))) + r"[ ]*\n"
        for line in shown
    )
    return re.fullmatch(pattern, printed) is not None


def write(folder, block):
    """Do with a file what the block says."""
    path = folder / block.words[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    match block.words[2:]:
        case []:
            assert not path.exists(), f"{path.name} is written twice"
            path.write_text(block.text, encoding="utf-8")
        case ["added"]:
            path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{block.text}", encoding="utf-8")
        case ["replaces", name]:
            path.write_text(replaced(path.read_text(encoding="utf-8"), name, block.text), encoding="utf-8")
        case other:
            raise AssertionError(f"line {block.line}: what is {other}?")


def replaced(code, name, by):
    """The code with the function `name`, its decorators included, replaced."""
    (node,) = [one for one in ast.parse(code).body if isinstance(one, ast.FunctionDef) and one.name == name]
    first = min([node, *node.decorator_list], key=lambda one: one.lineno).lineno
    lines = code.splitlines(keepends=True)
    return "".join([*lines[: first - 1], by, *lines[node.end_lineno :]])


class Shell:
    """A terminal in which the commands of a page are typed one after the other.

    `connector-host` runs in this process, which takes a tenth of the time, until something has been installed.
    """

    def __init__(self, folder, environ):
        self.folder, self.environ, self.code, self.installed = folder, dict(environ), 0, False

    def type(self, command):
        """What the command prints, on either stream; `code` is its exit code."""
        if command == "echo $?":
            code, self.code = self.code, 0
            return f"{code}\n"
        match shlex.split(command):
            case ["cd", where]:
                self.folder = (self.folder / where).resolve()
                return ""
            case ["export", setting]:
                name, _, value = setting.partition("=")
                self.environ[name] = str(self.folder / value) if name.endswith("_DIR") else value
                return ""
            case ["unset", name]:
                self.environ.pop(name)
                return ""
            case ["connector-host", *words] if not self.installed:
                return self._here(words)
            case ["pip", "install", *_]:
                self.installed = True
        done = subprocess.run(
            ["sh", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=120,
            cwd=self.folder,
            env=self.environ,
        )
        self.code = done.returncode
        return done.stdout

    def _here(self, words):
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with pytest.MonkeyPatch.context() as patch:
            for name in set(os.environ) - set(self.environ):
                patch.delenv(name)
            for name, value in self.environ.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.StringIO())
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                self.code = main(words)
        return printed.buffer.getvalue().decode()


def walk(name, folder, environ):
    """Do everything a page says, in order, and give the commands typed.

    Each must print what the page shows below it, and fail only where the page asks for its exit code next.
    """
    shell, typed = Shell(folder, environ), []
    for block in blocks(page(name)):
        if block.language == "console":
            for step in steps(block):
                place = f"{name}, line {step.line}: $ {step.command}"
                assert shell.code == 0 or step.command == "echo $?", f"{place}: the command before failed"
                printed = shell.type(step.command)
                shown = "\n".join(step.shown)
                assert alike(step.shown, printed), f"{place}\n--- shown\n{shown}\n--- printed\n{printed}"
                typed.append(step.command)
        elif len(block.words) > 1:
            write(folder, block)
    assert shell.code == 0
    return typed


def environment(folder, **settings):
    """The variables of a shell in a fresh virtual environment that sees what is installed here, and nothing of theirs.

    What is installed in it stays in it. pip asks no index; connector-host shows the connectors that `settings` lets in.
    """
    home = folder / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    here = sysconfig.get_path("purelib")
    packages = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (packages / "here.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    for name, line in (
        ("pip", PIP.replace('"$0thon"', f'"{python}"')),
        ("pytest", f'exec "{python}" -m pytest -p no:cacheprovider "$@"'),
        ("connector-host", f'exec "{python}" -m connector_host "$@"'),
    ):
        (home / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (home / "bin" / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "PIP_"))}
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "TZ": "UTC", "COLUMNS": "100", "VIRTUAL_ENV": str(home), **settings}


def lines_of_code(code):
    """Lines an author writes: without blank ones, comments and docstrings."""
    tree = ast.parse(code)
    docs = {
        line
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in docs
        for number, line in enumerate(code.splitlines(), 1)
    )


def page(name):
    """A page of the repository, by its path."""
    return (Path(__file__).parents[2] / name).read_text(encoding="utf-8")
