"""The files of docs/service.md and docs/schedules.md in packaging/: systemd takes the units, manifests are YAML."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from connector_host.cli.commands.connectors.all_connectors.sync_all_options import ALL_OPTIONS
from connector_host.cli.commands.connectors.service import OPTIONS
from connector_host.options import env_name

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
UNIT, MANIFEST = PACKAGING / "connector-host@.service", PACKAGING / "kubernetes.yaml"
PAGE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
VARIABLES = {env_name(option.name) for option in OPTIONS} | {"BATON_TMPDIR", "BATON_HOST_ID", "BATON_C1_API_HOST"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path):
    program = tmp_path / "program"
    program.touch(mode=0o755)
    units = []
    for path in (*PACKAGING.glob("*.service"), *PACKAGING.glob("*.timer")):
        text = path.read_text(encoding="utf-8").replace("/opt/connector-host/bin/connector-host", str(program))
        units.append(tmp_path / path.name.replace("@", "@fake"))
        units[-1].write_text(text, encoding="utf-8")
    run = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr, len(units)) == (0, "", 3)


def test_the_schedule_of_kubernetes_is_yaml():
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "schedules.md").read_text(encoding="utf-8"), re.DOTALL)
    job = yaml.safe_load(text)
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    flags = {option.flag for option in ALL_OPTIONS} | {"--config", "--log-format", "--all"}
    assert {word.partition("=")[0] for word in container["args"]} <= flags | {"sync"}


def test_the_manifest_has_one_hardened_replica_that_waits_for_its_tasks():
    documents = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
    assert [document["kind"] for document in documents] == ["Secret", "PersistentVolumeClaim", "Deployment"]
    deployment = documents[2]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert (deployment["replicas"], deployment["strategy"]["type"]) == (1, "Recreate")
    assert pod["terminationGracePeriodSeconds"] > 25
    assert container["securityContext"]["readOnlyRootFilesystem"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    values = {entry["name"]: entry["value"] for entry in container["env"]}
    assert values["BATON_C1Z_TEMP_DIR"] in mounts


@pytest.mark.parametrize("path", [UNIT, MANIFEST, ROOT / "docs" / "service.md"], ids=lambda path: path.name)
def test_every_variable_exists(path):
    assert set(re.findall(r"\bBATON_[A-Z0-9_]+\b", path.read_text(encoding="utf-8"))) <= VARIABLES


def test_every_option_of_the_page_exists():
    own = {option.flag for option in OPTIONS} | {"--log-format"}
    rows = [line.partition("|")[2].partition("|")[0] for line in PAGE.splitlines() if line.startswith("| `-")]
    assert rows
    assert {flag for row in rows for flag in re.findall(r"--[a-z0-9-]+", row)} <= own
