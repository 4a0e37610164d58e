"""`asset` with the fake connector: images by id, of resources of a file, and their list."""

import json

import pytest

SCENARIO = {
    "resource_types": [{"id": "user", "traits": ["user"], "skip_entitlements_and_grants": True}],
    "resources": [
        {"type": "user", "id": "ann", "display_name": "Ann", "icon": "icon of ann"},
        {"type": "user", "id": "bob"},
    ],
}


@pytest.fixture
def asset(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.json").write_text(json.dumps(SCENARIO))
    return lambda *words: ask("asset", "fake", "--scenario", "s.json", *words)


def test_an_image_is_written_once(asset, tmp_path):
    assert asset("connector-logo").code == 0
    assert (tmp_path / "connector-logo.svg").read_text().startswith("<svg ")
    again = asset("connector-logo")
    assert (again.code, "connector-logo.svg exists already" in again.err) == (2, True)
    assert asset("connector-logo", "--out", "logo.svg").code == 0
    assert (tmp_path / "logo.svg").exists()


def test_the_image_of_a_resource_and_the_list(ask, asset, tmp_path):
    assert ask("sync", "fake", "--scenario", "s.json").code == 0
    assert asset("--resource", "Ann").code == 0
    assert (tmp_path / "icon-of-ann.svg").exists()
    images = json.loads(asset("-o", "json").out)["images"]
    assert images == [
        {"id": "connector-icon", "use": "icon", "of": "connector fake"},
        {"id": "connector-logo", "use": "logo", "of": "connector fake"},
        {"id": "icon of ann", "use": "icon", "of": "user:ann"},
    ]
    without = asset("--resource", "user:bob")
    assert (without.code, "user:bob has no image" in without.err) == (2, True)


def test_what_is_no_image(asset):
    assert asset("nothing").code == 5
    assert asset("connector-icon", "--resource", "user:ann").code == 2
    assert asset("--resource", "user:ann").code == 2  # there is no file
