"""LibreOffice, as a person uses it; without it these tests are skipped. `tox -e libreoffice` runs them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

EDIT = Path(__file__).with_name("edit_workbook.py")
PYTHON = "/usr/bin/python3"  # Debian's Python has the module `uno` of its LibreOffice
EXCEL = "Calc MS Excel 2007 XML"


def _is_installed():
    if shutil.which("soffice") is None or not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode == 0


def pytest_collection_modifyitems(items):
    own = [item for item in items if item.path.parent == EDIT.parent]
    missing = bool(own) and not _is_installed()
    for item in own:
        item.add_marker(pytest.mark.libreoffice)
        item.add_marker(pytest.mark.xdist_group("libreoffice"))
        if missing:
            item.add_marker(pytest.mark.skip(reason="needs LibreOffice: libreoffice-calc and python3-uno"))


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    """`office(source, target, rows)`: edit a workbook in LibreOffice and save it.

    `rows` maps the id of a row to {title: value}; a day is {"day": "2026-01-31"}, a formula {"formula": "=1"}.
    """
    profile = tmp_path_factory.mktemp("office")

    def edit(source, target, rows, *, identity="Row ID", steps=(), form=EXCEL):
        order = {
            "source": str(source),
            "target": str(target),
            "filter": form,
            "identity": identity,
            "rows": rows,
            "steps": list(steps),
        }
        done = subprocess.run(
            [PYTHON, str(EDIT), str(profile)],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return edit
