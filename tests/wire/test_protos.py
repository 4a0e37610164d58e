"""The committed protobuf code is what the sources give, and is only imported where it is needed."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def generator():
    spec = importlib.util.spec_from_file_location("generate_protos", ROOT / "tools" / "generate_protos.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py*")
        if path.suffix in {".py", ".pyi"}
    }


def test_the_generated_code_is_the_committed_code(tmp_path):
    pytest.importorskip("grpc_tools", reason="grpcio-tools is not installed")
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_protos.py"), str(tmp_path / "pb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert contents(tmp_path / "pb") == contents(ROOT / "connector_host" / "wire" / "pb")


def test_imports_between_generated_modules_are_relocated():
    relocate = generator().relocate
    assert relocate("from c1.connector.v2 import a_pb2 as x\nfrom google.protobuf import any_pb2\n") == (
        "from connector_host.wire.pb.c1.connector.v2 import a_pb2 as x\nfrom google.protobuf import any_pb2\n"
    )


@pytest.mark.parametrize("module", ["connector_host", "connector_host.wire"])
def test_the_package_loads_no_protobuf(module):
    code = f"import sys, {module}; sys.exit(any(name.startswith('google') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
