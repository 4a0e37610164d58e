"""Generate `connector_host/wire/pb` from `proto/`, to be committed.

Needs grpcio-tools 1.76.0: code of its compiler loads with every protobuf runtime the project allows. Run it as
`python tools/generate_protos.py`; with a folder as argument it writes there instead.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
TARGET = ROOT / "connector_host" / "wire" / "pb"
PACKAGE = "connector_host.wire.pb"


def generate(target: Path) -> None:
    """Compile every .proto file into `target`, which is emptied first."""
    from grpc_tools import protoc  # noqa: PLC0415 - only this needs the compiler

    sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        compiled = Path(scratch)
        arguments = ["protoc", f"-I{PROTO}", f"-I{resources.files('grpc_tools') / '_proto'}"]
        if protoc.main([*arguments, f"--python_out={compiled}", f"--pyi_out={compiled}", *sources]):
            raise SystemExit("the compiler failed")
        if target.exists():
            shutil.rmtree(target)
        for path in sorted(compiled.rglob("*.py*")):
            place = target / path.relative_to(compiled)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(relocate(path.read_text(encoding="utf-8")), encoding="utf-8")
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        (folder / "__init__.py").write_text('"""Generated from proto/; not to be edited."""\n', encoding="utf-8")


def relocate(code: str) -> str:
    """Return the code with imports of generated modules from their place in the package."""
    return re.sub(r"^from (c1\.[\w.]+) import", rf"from {PACKAGE}.\1 import", code, flags=re.MULTILINE)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
