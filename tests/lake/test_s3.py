"""A lake on S3, as moto's server offers it on this machine. Run by `tox -e s3`; skipped without s3fs and moto."""

import os
import urllib.request
import uuid

import pytest

pytest.importorskip("s3fs", reason="s3fs is not installed: tox -e s3")
pytest.importorskip("moto", reason="moto is not installed: tox -e s3")

from connector_host.lake.lake_catalog import Lake
from tests.lake.store_checks import check_commands, check_one_winner

pytestmark = pytest.mark.filterwarnings("ignore")  # of botocore and moto


@pytest.fixture
def s3(monkeypatch):
    """A server with an empty bucket; returns its `ThreadedMotoServer` and the URL of a lake."""
    import boto3
    from moto import server

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    endpoint = f"http://127.0.0.1:{running.get_host_and_port()[1]}"
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"lake-{uuid.uuid4().hex}"  # moto keeps its buckets for the life of the process
    boto3.client("s3").create_bucket(Bucket=bucket)
    yield running, f"s3://{bucket}/lake"
    running.stop()


def test_every_command_on_s3(ask, s3, make_c1z, organisation):
    _, url = s3
    check_commands(ask, url, make_c1z(organisation, organisation))


def test_of_two_writers_at_once_one_wins(s3):
    _, url = s3
    check_one_winner(url)


def test_a_server_that_goes_away(ask, s3, make_c1z, organisation, monkeypatch):
    running, url = s3
    ask("lake", "add", make_c1z(organisation), "--source", "hr", "--lake", url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    running.stop()
    result = ask("lake", "add", make_c1z(organisation, name="b.c1z", ids=("b1",)), "--source", "hr", "--lake", url)
    assert result.code == 2
    assert f"Lake {url}: cannot read lake.json" in result.err
    assert "AWS_ACCESS_KEY_ID" in result.err


def test_no_credentials_and_no_bucket(ask, s3, make_c1z, organisation, monkeypatch):
    _, url = s3
    result = ask("lake", "add", make_c1z(organisation), "--source", "hr", "--lake", "s3://no-such-bucket-here/lake")
    assert result.code == 2
    assert "cannot write lake.json" in result.err
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    url_of_reset = f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
    reset = urllib.request.Request(url_of_reset, b"0", {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(reset).close()  # from now on the server wants a signature
    try:
        result = ask("lake", "stats", "--lake", url)
    finally:
        reset.data = b"inf"
        urllib.request.urlopen(reset).close()
    assert result.code == 2, result.out
    assert f"Lake {url}: cannot" in result.err
    assert "AWS_ACCESS_KEY_ID" in result.err


def test_a_lake_that_is_read_while_a_sync_is_added(s3, make_c1z, organisation):
    from connector_host.lake.file_adding import add_file, open_lake_for_adding

    _, url = s3
    lake = open_lake_for_adding(url)
    add_file(lake, make_c1z(organisation), source="hr")
    seen = []
    upload = type(lake.store).upload

    def reading(store, key, write):
        seen.append(len(Lake.open(url).commits))
        return upload(store, key, write)

    lake.store.upload = reading.__get__(lake.store)
    add_file(lake, make_c1z(organisation, name="b.c1z", ids=("b1",)), source="hr")
    assert seen == [1] * 5
    assert len(Lake.open(url).commits) == 2
