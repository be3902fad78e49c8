"""Whether two exports hold the same cells, however each writes its CSV."""

import csv
import gzip
import io
import zipfile
from itertools import zip_longest

from measuring import Problem

FILES = ["Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv", "Users.csv"]

csv.field_size_limit(2**31 - 1)


def compare(name, ours, theirs):
    """Reads Handover's archive and a peer's (a ZIP, or a folder of .csv.gz) side by side, every cell.

    Handover's formula protection is undone. Returns the number of rows and of cells."""
    rows = cells = 0
    for file in FILES:
        for number, (left, right) in enumerate(zip_longest(read(ours, file), read(theirs, file)), 1):
            unprotected = None if left is None else [cell[1:] if cell.startswith("'") else cell for cell in left]
            if unprotected != right:
                raise Problem(f"{name} made another {file}: record {number} is {right!r}, not {unprotected!r}")
            rows += number > 1
            cells += len(right)
    return rows, cells


def read(export, file):
    if export.is_dir():
        stream = gzip.open(export / f"{file}.gz")
    else:
        stream = zipfile.ZipFile(export).open(file)
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        yield from csv.reader(text)
