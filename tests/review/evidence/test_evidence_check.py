"""The check of evidence: every kind of change is named."""

import hashlib
import zipfile

import pytest

from connector_host.errors import FileError
from connector_host.review.evidence.evidence_archive import Member, write_archive
from connector_host.review.evidence.evidence_check import check_evidence

STATEMENT = b'{"format":1,"complete":true,"missing":[]}'


@pytest.fixture
def evidence(tmp_path):
    """A small evidence file, written anew with changes: name -> content, None to leave a file out."""
    contents = {"evidence.json": STATEMENT, "a.csv": b"a\n", "b/c.csv": b"c\n"}
    sources = []
    for number, (name, content) in enumerate(contents.items()):
        (tmp_path / str(number)).write_bytes(content)
        sources.append(Member(name, tmp_path / str(number)))
    path = tmp_path / "evidence.zip"
    with path.open("wb") as out:
        write_archive(sources, out)

    def change(**changes):
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        files |= {name.replace("_", "."): content for name, content in changes.items()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                if content is not None:
                    archive.writestr(name, content)
        return path

    change.path = path
    return change


def test_unaltered_evidence_has_no_problems(evidence):
    check = check_evidence(evidence.path)
    assert (check.problems, check.files, check.manifest.complete) == ([], 3, True)
    assert check_evidence(evidence.path, check.sha256).problems == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"a_csv": b"b\n"}, "a.csv was altered"),
        ({"a_csv": None}, "a.csv is missing"),
        ({"new_csv": b""}, "new.csv was added: SHA256SUMS does not list it"),
        ({"evidence_json": b"{}"}, "evidence.json was altered"),
        ({"../x": b""}, "../x leads out of the folder"),
        ({"SHA256SUMS": b"nonsense\n"}, "line 1 of SHA256SUMS is not a checksum"),
    ],
)
def test_a_change_is_named(evidence, changes, problem):
    assert problem in check_evidence(evidence(**changes)).problems


def test_evidence_that_was_made_anew_is_found_by_the_noted_hash(evidence):
    noted = check_evidence(evidence.path).sha256
    line = f"{hashlib.sha256(b'x').hexdigest()}  a.csv\n"
    path = evidence(a_csv=b"x", SHA256SUMS=line.encode())
    assert any("is another one" in problem for problem in check_evidence(path, noted).problems)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"text"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(FileError, match="is not a readable ZIP file"):
        check_evidence(path)


def test_another_zip_file_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
    with pytest.raises(FileError, match="it has no SHA256SUMS"):
        check_evidence(path)


def test_a_name_that_is_not_utf_8_is_no_sound_archive(evidence):
    path = evidence(ä_csv=b"a")
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\x80\x80"))
    with pytest.raises(FileError, match="is not a readable ZIP file"):
        check_evidence(path)
