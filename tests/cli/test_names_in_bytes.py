"""Folders and arguments that are not UTF-8: a sync works, and no command reports a defect."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names are always Unicode there")
NAME = b"m\xfcller"


def run(folder, *words, **environ):
    command = [os.fsencode(sys.executable), b"-m", b"connector_host", *words]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environ}, capture_output=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = bytes(tmp_path_factory.mktemp("names")) + b"/" + NAME
    os.mkdir(path)
    done = run(path, b"sync", b"fake", b"-f", b"a.c1z")
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize(
    "words",
    [
        (b"grants",),
        (b"validate",),
        (b"expand",),
        (b"stats", b"-o", b"json"),
        (b"export", b"csv", b"--out", NAME),
        (b"review", b"--out", NAME + b".html"),
        (b"sync", b"fake"),
        (b"sync", b"fake", b"--storage-engine", b"pebble"),
    ],
)
def test_a_folder_that_is_not_utf8_works(folder, words):
    name = b"v3.c1z" if b"pebble" in words else b"a.c1z"
    done = run(folder, *words, b"-f", name)
    assert done.returncode == 0, done.stderr


def test_a_temporary_folder_that_is_not_utf8_works(folder):
    done = run(folder, b"grants", b"-f", b"a.c1z", TMPDIR=os.fsdecode(folder))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [(b"access", NAME), (b"grants", b"--text", NAME), (b"grants", b"-f", NAME), (NAME,)])
def test_an_argument_that_is_not_utf8_is_no_defect(folder, words):
    done = run(folder, *words, *(() if b"-f" in words or words == (NAME,) else (b"-f", b"a.c1z")))
    assert done.returncode in (2, 5), done.stderr
