"""Secrets of the environment and the config file are found in files, also inside workbooks and across blocks."""

import zipfile

import pytest

from connector_host.review.evidence import known_secrets
from connector_host.review.evidence.known_secrets import KnownSecrets

SECRET = "s3cr3t-v4lue-\u00e9"


@pytest.mark.parametrize(
    ("environ", "connectors", "name"),
    [
        ({"BATON_API_TOKEN": SECRET}, {}, "BATON_API_TOKEN"),
        ({"OP_SESSION_work": f" {SECRET}\n"}, {}, "OP_SESSION_work"),
        ({}, {"bank": {"client-secret": SECRET}}, "bank.client-secret of the config file"),
        ({"HOME": SECRET, "MONKEY": SECRET, "BATON_API_TOKEN": "short"}, {"bank": {"address": SECRET, "key": 7}}, ""),
    ],
)
def test_secrets_are_known_by_the_names_of_variables_and_options(tmp_path, environ, connectors, name):
    path = tmp_path / "file"
    path.write_text(f"a{SECRET}b", encoding="utf-8")
    assert KnownSecrets(environ, connectors).find(path) == name


def test_parts_of_workbooks_and_ends_of_blocks_are_searched(tmp_path, monkeypatch):
    monkeypatch.setattr(known_secrets, "BLOCK", 5)
    secrets = KnownSecrets({"BATON_TOKEN": SECRET})
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{SECRET}</t>")
    assert secrets.find(path) == "BATON_TOKEN"
    html = tmp_path / "summary.html"
    html.write_text("<td>a&amp;b&lt;c&quot;d&amp;e</td>", encoding="utf-8")
    assert KnownSecrets({"BATON_TOKEN": 'a&b<c"d&e'}).find(html) == "BATON_TOKEN"
    path.write_text("nothing to see", encoding="utf-8")
    assert secrets.find(path) == ""
