"""A lake on Azure Blob Storage, as the emulator Azurite offers it. Run by `tox -e stores`; skipped without the two."""

import shutil
import socket
import subprocess
import time

import pytest

pytest.importorskip("adlfs", reason="adlfs is not installed: tox -e stores")
AZURITE = shutil.which("azurite-blob")
if AZURITE is None:
    pytest.skip("azurite-blob is not installed: tox -e stores", allow_module_level=True)

from tests.lake.store_checks import check_commands, check_one_winner  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of the packages of Azure
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # the emulator's own


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    """The connection string of an emulator."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("azurite")
    words = [AZURITE, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder), "--silent"]
    with subprocess.Popen([*words, "--skipApiVersionCheck", "--disableTelemetry"]) as process:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
        yield f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"
        process.terminate()


@pytest.fixture
def url(azurite, monkeypatch, request):
    """The URL of a lake in a new container."""
    from azure.storage.blob import BlobServiceClient

    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    name = f"lake{abs(hash(request.node.name)):x}"
    with BlobServiceClient.from_connection_string(azurite) as client:
        client.create_container(name)
    return f"az://{name}/lake"


def test_every_command_on_azure(ask, url, make_c1z, organisation):
    check_commands(ask, url, make_c1z(organisation, organisation))


def test_of_two_writers_at_once_one_wins(url):
    check_one_winner(url)


def test_a_missing_container(ask, azurite, monkeypatch, sync_file):
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    result = ask("lake", "add", sync_file, "--source", "hr", "--lake", "az://nowhere/lake")
    assert result.code == 2
    assert "cannot write lake.json" in result.err
    assert "AZURE_STORAGE" in result.err or "connection string" in result.err
