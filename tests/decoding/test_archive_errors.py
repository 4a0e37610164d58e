"""Whatever is wrong with an archive, its reader raises one of these errors, or OSError."""

import io
import random
import zipfile

from connector_host.decoding.archive_errors import ARCHIVE_ERRORS

CASES = 3000


def archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml", "<a/>" * 50)
        target.writestr("xl/ä.xml", "<b/>" * 90)
        with target.open("big.bin", "w", force_zip64=True) as file:
            file.write(bytes(100))
        target.writestr("c.xml", "<c/>" * 50, zipfile.ZIP_BZIP2)
        target.writestr("d.xml", "<d/>" * 50, zipfile.ZIP_LZMA)
    return content.getvalue()


def test_changed_bytes_are_among_them():
    whole, chance, errors = archive(), random.Random(26), set()
    for _ in range(CASES):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.choice([0, 1, 8, 14, 0x7F, 0x80, 0xFF])
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as source:
                for entry in source.infolist():
                    try:
                        source.read(entry)
                    except (*ARCHIVE_ERRORS, OSError) as error:
                        errors.add(type(error))
        except (*ARCHIVE_ERRORS, OSError) as error:
            errors.add(type(error))
    assert {zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError} <= errors
