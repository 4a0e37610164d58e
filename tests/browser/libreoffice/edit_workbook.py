"""Edit a workbook with LibreOffice, as a person does: open it, fill in cells, save it in the format it came in.

Run by the Python that has LibreOffice's module `uno`: `python3 edit_workbook.py PROFILE` reads one JSON text from standard
input, `{"source", "target", "filter", "rows", "steps"}`, and exits with an error if LibreOffice reports one. `rows` maps
the value of the identifying column to {title: value}; `steps` are further edits by name.
"""

import datetime
import json
import subprocess
import sys
import time
import uuid

import uno
from com.sun.star.beans import PropertyValue

EPOCH = datetime.date(1899, 12, 30)


def main(profile, order):
    pipe = f"connector-host-{uuid.uuid4().hex}"
    office = subprocess.Popen(
        [
            *("soffice", "--headless", "--invisible", "--nologo", "--norestore", "--nodefault"),
            *(f"-env:UserInstallation=file://{profile}", f"--accept=pipe,name={pipe};urp;"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        desktop = connect(office, pipe)
        document = desktop.loadComponentFromURL(f"file://{order['source']}", "_blank", 0, (value("Hidden", True),))
        fill(document, order)
        for step in order.get("steps", ()):
            STEPS[step["name"]](document, step)
        document.storeToURL(f"file://{order['target']}", (value("FilterName", order["filter"]), *options(order)))
        document.close(True)
        desktop.terminate()
    finally:
        try:
            office.wait(30)
        except subprocess.TimeoutExpired:
            office.kill()


def connect(office, pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        if office.poll() is not None:
            sys.exit(f"soffice ended with {office.returncode}")
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # not ready yet; uno has no narrower class
            time.sleep(0.1)
            continue
        return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    sys.exit("soffice does not answer")


def value(name, content):
    prop = PropertyValue()
    prop.Name, prop.Value = name, content
    return prop


def options(order):
    return tuple(value(name, content) for name, content in order.get("options", {}).items())


def fill(document, order):
    sheet = document.Sheets.getByName(order.get("sheet", "Review"))
    used = sheet.createCursor()
    used.gotoEndOfUsedArea(False)
    last_row, last_column = used.RangeAddress.EndRow, used.RangeAddress.EndColumn
    titles = {sheet.getCellByPosition(at, 0).String.partition(" (")[0]: at for at in range(last_column + 1)}
    identity = titles[order["identity"]]
    pending = dict(order["rows"])
    for line in range(1, last_row + 1):
        cells = pending.pop(sheet.getCellByPosition(identity, line).String, None)
        for title, content in (cells or {}).items():
            enter(sheet.getCellByPosition(titles[title], line), content)
    if pending:
        sys.exit(f"no rows: {sorted(pending)}")


def enter(cell, content):
    """Enter a day as the day that LibreOffice makes of it, a formula as a formula, all else as text."""
    if isinstance(content, dict) and "day" in content:
        cell.Value = (datetime.date.fromisoformat(content["day"]) - EPOCH).days
    elif isinstance(content, dict):
        cell.Formula = content["formula"]
    else:
        cell.String = content


def rename(document, step):
    document.Sheets.getByName(step["sheet"]).Name = step["to"]


def copy(document, step):
    document.Sheets.copyByName(step["sheet"], step["to"], document.Sheets.Count)


def remove(document, step):
    document.Sheets.removeByName(step["sheet"])


def delete_row(document, step):
    sheet = document.Sheets.getByName(step["sheet"])
    if sheet.isProtected():
        sheet.unprotect("")
    sheet.Rows.removeByIndex(step["row"] - 1, 1)


def sort_rows(document, step):
    """Sort the rows by a column, as the menu Data does."""
    sheet = document.Sheets.getByName(step["sheet"])
    if sheet.isProtected():
        sheet.unprotect("")
    used = sheet.createCursor()
    used.gotoEndOfUsedArea(False)
    address = used.RangeAddress
    table = sheet.getCellRangeByPosition(0, 0, address.EndColumn, address.EndRow)
    field = uno.createUnoStruct("com.sun.star.table.TableSortField")
    field.Field, field.IsAscending = step["column"], False
    table.sort(
        (
            value("ContainsHeader", True),
            value("SortFields", uno.Any("[]com.sun.star.table.TableSortField", (field,))),
        )
    )


STEPS = {"rename": rename, "copy": copy, "remove": remove, "delete_row": delete_row, "sort": sort_rows}

if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
