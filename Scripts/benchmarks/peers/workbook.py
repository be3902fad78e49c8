"""Makes a workbook of a folder of CSVs: workbook.py openpyxl|xlsxwriter|duckdb [FOLDER TARGET]. Without folders it only says, by
its exit status, whether it could."""

import csv
import pathlib
import re
import sys

csv.field_size_limit(1 << 30)
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")


def cell(text):
    return float(text) if NUMBER.fullmatch(text) else text[:32767]


def tables(folder):
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield path.stem, csv.reader(file)


def with_openpyxl(folder, target):
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    clean = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE
    for name, rows in tables(folder):
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append([value if isinstance(value, float) else clean.sub("", value) for value in map(cell, row)])
    workbook.save(target / "openpyxl.xlsx")


def with_xlsxwriter(folder, target):
    import xlsxwriter

    workbook = xlsxwriter.Workbook(target / "xlsxwriter.xlsx", {"constant_memory": True})
    for name, rows in tables(folder):
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                value = cell(text)
                if isinstance(value, float):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, value)
    workbook.close()


def with_duckdb(folder, target):
    import duckdb

    duckdb.sql("INSTALL excel; LOAD excel")
    if folder is None:
        return
    # It writes one sheet a file.
    for path in sorted(folder.glob("*.csv")):
        duckdb.sql(
            f"COPY (SELECT * FROM read_csv('{path}', all_varchar = true)) TO '{target / path.stem}.xlsx' "
            "WITH (FORMAT xlsx, HEADER true)")


def main():
    library, *folders = sys.argv[1:]
    make = {"openpyxl": with_openpyxl, "xlsxwriter": with_xlsxwriter, "duckdb": with_duckdb}[library]
    if folders:
        make(*map(pathlib.Path, folders))
    elif library == "duckdb":
        make(None, None)
    else:
        __import__(library)


main()
