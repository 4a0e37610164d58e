"""Charts without the package that draws them."""

import re
import sys

import pytest

from connector_host.errors import FileError
from connector_host.lake.report.report_charts import bar_chart


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(FileError, match="vl-convert-python") as failure:
        bar_chart([{"series": "a", "value": 1}], "grants")
    assert "connector-host[lake,report]" in failure.value.hint


def test_long_names_have_room_in_fonts_that_are_wider_than_the_measured_one():
    name = "a-rather-long-name-of-larkfield-robotics"
    drawing = bar_chart([{"series": name, "value": 1}], "grants")
    left = float(re.search(r"translate\(([\d.]+),", drawing)[1])
    assert left > 5.5 * len(name)  # pixels, about as wide as DejaVu Sans draws it; 4.5 are measured
