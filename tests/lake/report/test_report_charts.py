"""Charts without the package that draws them."""

import sys

import pytest

from connector_host.errors import FileError
from connector_host.lake.report.report_charts import bar_chart


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(FileError, match="vl-convert-python") as failure:
        bar_chart([{"series": "a", "value": 1}], "grants")
    assert "connector-host[lake,report]" in failure.value.hint
