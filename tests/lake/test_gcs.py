"""A lake on Google Cloud Storage, as a stand-in of ours offers its API. Run by `tox -e stores`; skipped without gcsfs."""

import os

import pytest

os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # or it asks by gRPC for the kind of a bucket
pytest.importorskip("gcsfs", reason="gcsfs is not installed: tox -e stores")

import fsspec

from tests.lake.gcs_standin import storage_server
from tests.lake.store_checks import check_commands, check_one_winner

pytestmark = pytest.mark.filterwarnings("ignore")  # of gcsfs


@pytest.fixture
def stored(monkeypatch):
    """The URL of a lake in an empty bucket, and the objects of the stand-in."""
    with storage_server("bucket") as (endpoint, objects):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        options = {"token": "anon", "endpoint_url": endpoint, "requests_timeout": 20}
        monkeypatch.setitem(fsspec.config.conf, "gs", options)
        monkeypatch.setitem(fsspec.config.conf, "gcs", options)
        yield "gs://bucket/lake", objects


def test_every_command_on_google_cloud_storage(ask, stored, make_c1z, organisation):
    url, objects = stored
    check_commands(ask, url, make_c1z(organisation, organisation))
    assert objects.conditions >= 4, "commits are created on the condition that they are new"


def test_of_two_writers_at_once_one_wins(stored):
    check_one_winner(stored[0])


def test_a_missing_bucket(ask, stored, sync_file):
    result = ask("lake", "add", sync_file, "--source", "hr", "--lake", "gs://nowhere/lake")
    assert result.code == 2
    assert "cannot write lake.json" in result.err
    assert "GOOGLE_APPLICATION_CREDENTIALS" in result.err
