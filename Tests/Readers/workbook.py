"""Compares every cell of an archive's workbook with its CSV files, as two libraries read it.

usage: workbook.py ARCHIVE.zip [PLACE]

The types are those of datapackage.json. PLACE is a folder in which LibreOffice may convert the workbook; without it, that is
left out. Prints how many cells were compared, and exits with 1 after a difference.
"""

import csv
import datetime
import io
import json
import re
import subprocess
import sys
import zipfile

import openpyxl
import python_calamine

csv.field_size_limit(1 << 30)
MARK = " … [cut]"
FIRST = datetime.datetime(1900, 3, 1)


def unescaped(text):
    """Characters that XML can't hold, for readers that leave them as they stand (ECMA-376, part 1, 22.9.2.19)."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def expected(cell, field):
    """What a cell of the workbook says where the CSV has this one."""
    if cell == "":
        return None
    kind = field["type"]
    is_protected = kind == "string" and "pattern" not in field.get("constraints", {})
    if is_protected and "enum" not in field.get("constraints", {}):
        cell = cell.removeprefix("'")
        units = cell.encode("utf-16-le")
        if len(units) // 2 > 32767:
            room = 32767 - len(MARK)
            return units[: 2 * room].decode("utf-16-le", "ignore") + MARK
    if kind == "boolean":
        return cell == "true"
    if kind in ("number", "integer"):
        digits = re.sub(r"[-.]", "", cell).strip("0")
        return float(cell) if len(digits) <= 15 else cell
    if kind in ("date", "datetime"):
        if cell[:4] < "0001":
            return cell
        moment = datetime.datetime.fromisoformat(cell.removesuffix("Z"))
        return moment if moment >= FIRST else cell
    return cell


def found(value):
    """A cell as a library gives it, in the types above."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.replace(microsecond=0) + datetime.timedelta(seconds=round(value.microsecond / 1e6))
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    return None if value == "" else value


def openpyxl_sheets(data):
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    for sheet in workbook.worksheets:
        # It leaves what is escaped as it stands in the cell.
        yield sheet.title, (
            [unescaped(value) if isinstance(value, str) else value for value in row]
            for row in sheet.iter_rows(values_only=True)
        )


def calamine_sheets(data):
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        # It leaves the two characters that are none.
        yield name, ([value.replace("_xFFFE_", "\ufffe").replace("_xFFFF_", "\uffff") if isinstance(value, str) else value for value in row] for row in sheet.iter_rows())


def tables(archive, package):
    for resource in package["resources"]:
        with archive.open(resource["path"]) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            yield resource["path"], resource["schema"]["fields"], list(csv.reader(text))


def compare(name, sheets, package, expected_rows):
    compared = 0
    tables_of = {sheet["name"]: sheet["table"] for sheet in package["workbook"]["sheets"]}
    places = {}
    for title, rows in sheets:
        if title not in tables_of:
            continue
        table = tables_of[title]
        fields, records = expected_rows[table]
        place = places.get(table, 1)
        header = next(rows)
        names = [field["name"] + (" (UTC)" if field["type"] == "datetime" else "") for field in fields]
        if list(header) != names:
            sys.exit(f"{name}: {title}: the header is {header}")
        for row in rows:
            record = records[place]
            row = [found(value) for value in row]
            row += [None] * (len(record) - len(row))
            for field, cell, value in zip(fields, record, row):
                if expected(cell, field) != value:
                    sys.exit(f"{name}: {title}: {record[0]}, {field['name']}: {cell[-60:]!r} is {str(value)[-60:]!r}")
                compared += 1
            place += 1
        places[table] = place
    for table, (_, records) in expected_rows.items():
        if places.get(table) != len(records):
            sys.exit(f"{name}: {table} has {len(records)} records, the workbook {places.get(table)}")
    return compared


def main():
    archive = zipfile.ZipFile(sys.argv[1])
    package = json.load(archive.open("datapackage.json"))
    data = archive.read("Handover.xlsx")
    expected_rows = {path: (fields, records) for path, fields, records in tables(archive, package)}
    readers = {"openpyxl": openpyxl_sheets, "calamine": calamine_sheets}
    for name, read in readers.items():
        print(name, compare(name, read(data), package, expected_rows))
    if len(sys.argv) > 2:
        libreoffice(data, sys.argv[2], package, expected_rows)


def libreoffice(data, place, package, expected_rows):
    """LibreOffice saves each sheet as CSV, with the values as they are. It makes one line feed of CRLF."""
    with open(place + "/Handover.xlsx", "wb") as file:
        file.write(data)
    command = ["soffice", f"-env:UserInstallation=file://{place}/profile", "--headless", "--convert-to"]
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    subprocess.run(
        [*command, form, "--outdir", place + "/out", place + "/Handover.xlsx"], check=True, stdout=subprocess.DEVNULL
    )
    compared = 0
    places = {}
    for sheet in package["workbook"]["sheets"]:
        fields, records = expected_rows[sheet["table"]]
        with open(f"{place}/out/Handover-{sheet['name']}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        for row in rows:
            places[sheet["table"]] = number = places.get(sheet["table"], 0) + 1
            record = records[number]
            for field, cell, value in zip(fields, record, row + [""] * (len(record) - len(row))):
                if not is_same(expected(cell, field), value):
                    sys.exit(f"LibreOffice: {record[0]}, {field['name']}: {cell[-60:]!r} is {value[-60:]!r}")
                compared += 1
    if places != {table: len(records) - 1 for table, (_, records) in expected_rows.items() if len(records) > 1}:
        sys.exit(f"LibreOffice: {places}")
    print("LibreOffice", compared)


def is_same(value, text):
    if value is None:
        return text == ""
    if isinstance(value, bool):
        return text == str(value).upper()
    if isinstance(value, float):
        return value == float(text)
    if isinstance(value, datetime.datetime):
        return value == datetime.datetime.fromisoformat(text)
    return value.replace("\r\n", "\n") == text.replace("\r\n", "\n")


main()
