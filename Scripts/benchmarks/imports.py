"""`handover import` of the ZIP that `handover export` made: into an empty organisation, the same files again, and a feed of
which one record in a hundred has changed. Beside it, for the scale, what puts the same CSVs into bare tables of SQLite, with
no types, links and checks: the sqlite3 shell's .import, csvs-to-sqlite, pandas' to_sql, and DuckDB's CSV reader."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import replace

from exporters import Exporters
from measuring import Problem, interleaved, mebibytes, print_table, print_targets
from measuring import measure as run
from workshop import count_rows, shell

MIDDLE = 100_000
# csvs-to-sqlite knows no newer pandas.
PACKAGES = ["numpy==1.26.4", "pandas==1.5.3", "csvs-to-sqlite==1.3", "duckdb==1.1.3"]
# Every hundredth of the records of these is changed, in this column.
CHANGED = {"Deals.csv": "summary", "Contacts.csv": "occupation", "Notes.csv": "note_content", "Tasks.csv": "task_details"}
STEPS = ["first", "same again", "1 percent changed"]


def measure(workshop, rows, runs):
    python = packages(workshop, "bin-python", PACKAGES)
    contestants, counts = {}, {}
    for size in dict.fromkeys([MIDDLE, rows]):
        data = workshop.demo(size)
        archive = export(workshop, data, workshop.work / f"import-{size}.zip")
        changed = change(archive, workshop.work / f"import-{size}-changed.zip")
        counts[size] = count = count_rows(data, 1)
        office = Office(workshop, archive, changed, count)
        for step in STEPS:
            contestants[f"handover, {step}", size] = lambda office=office, step=step: office.run(step)
    folder = unpack(workshop, archive)
    for name, command in peers(workshop, folder, python).items():
        contestants[name, rows] = lambda name=name, command=command: loaded(workshop, name, command, counts[rows])
    results = interleaved(contestants, runs)
    print_table("Imports", ["", "rows", "s", "rows/s", "CPU s", "MiB"], [
        [name, f"{counts[size]:,}", f"{one.seconds:.2f}", f"{counts[size] / one.seconds:,.0f}", f"{one.processor:.2f}",
         mebibytes(one.peak)]
        for (name, size), one in results.items()])
    speeds = {step: counts[rows] / results[f"handover, {step}", rows].seconds for step in STEPS}
    peak = max(one.peak for (name, _), one in results.items() if name.startswith("handover"))
    print_targets(
        [(f"rows a second, {step}", speeds[step], "at least", least, "{:,.0f}")
         for step, least in zip(STEPS, [100_000, 200_000, 150_000])]
        + [("MiB of memory, at any size", peak / 2**20, "at most", 48, "{:.0f}")])


class Office:
    """An organisation that is imported into; the steps come in their order, run after run."""

    def __init__(self, workshop, archive, changed, count):
        self.workshop = workshop
        self.archives = dict(zip(STEPS, [archive, archive, changed]))
        self.count = count
        self.data = None

    def run(self, step):
        if step == STEPS[0]:
            self.data = self.workshop.room(f"import-{self.count}")
            self.data.chmod(0o700)
            self.environment = self.workshop.environment(self.data)
            self._handover("organisation", "add", "Imported")
        measurement = self._handover("import", "--organisation", "1", "--json", self.archives[step])
        report = json.loads(measurement.output)
        changes = [sum(file[kind] for file in report["files"]) for kind in ["added", "changed", "gone"]]
        expected = {
            STEPS[0]: lambda: changes[1:] == [0, 0], STEPS[1]: lambda: changes == [0, 0, 0],
            STEPS[2]: lambda: changes[0] == changes[2] == 0 and 0.005 < changes[1] / self.count < 0.015}
        rows = sum(file["rows"] for file in report["files"])
        if rows != self.count or not expected[step]():
            raise Problem(f"the import ({step}) of {self.count} rows reports {rows} rows, and {changes}")
        return replace(measurement, output="")

    def _handover(self, *words):
        return run([self.workshop.handover, *words], environment=self.environment)


def export(workshop, data, archive):
    exporters = Exporters(workshop, data)
    exporters.handover(4)
    return exporters.results["handover"].rename(archive)


def change(archive, target):
    """The same files, one record in a hundred with another text."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as new:
        for name in old.namelist():
            if not name.endswith(".csv"):
                continue
            with old.open(name) as source, new.open(name, "w", force_zip64=True) as file:
                reader = csv.reader(io.TextIOWrapper(source, encoding="utf-8-sig", newline=""))
                text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
                writer = csv.writer(text)
                header = next(reader)
                writer.writerow(header)
                column = header.index(CHANGED[name]) if name in CHANGED else None
                for number, row in enumerate(reader):
                    if column is not None and number % 100 == 50:
                        row[column] = f"changed {number}"
                    writer.writerow(row)
                text.flush()
                text.detach()
    return target


def unpack(workshop, archive):
    room = workshop.room("csv")
    with zipfile.ZipFile(archive) as files:
        files.extractall(room, [name for name in files.namelist() if name.endswith(".csv")])
    return room


def packages(workshop, name, packages):
    """Python with the peers' packages, from PyPI, in a folder of its own."""
    folder = workshop.folder / name
    wanted = folder / "wanted"
    if not wanted.exists() or wanted.read_text() != "\n".join(packages):
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        for package in packages:
            # What one of them can't be installed with is no reason to leave out the others.
            if subprocess.run([*pip, package]).returncode != 0:
                print(f"{package} could not be installed; it is left out", file=sys.stderr)
        wanted.write_text("\n".join(packages))
    return folder / "bin/python"


def peers(workshop, folder, python):
    """Commands of a shell that put every CSV of the folder into a table of the database $1."""
    names = sorted(path.stem for path in folder.glob("*.csv"))
    lines = [".mode csv", "PRAGMA journal_mode = WAL;", "PRAGMA synchronous = FULL;", "BEGIN;"]
    lines += [f'.import "{folder / name}.csv" "{name}"' for name in names]
    script = workshop.work / "sqlite-script"
    script.write_text("\n".join([*lines, "COMMIT;", ""]))
    pandas = workshop.work / "with_pandas.py"
    pandas.write_text(
        "import sqlite3, sys, pandas\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        f"for name in {names!r}:\n"
        f"    for part in pandas.read_csv(f'{folder}/{{name}}.csv', dtype=str, keep_default_na=False, chunksize=50_000):\n"
        "        part.to_sql(name, connection, if_exists='append', index=False)\n"
        "connection.commit()\n")
    duckdb = workshop.work / "with_duckdb.py"
    # Its own extension for SQLite is downloaded when it is used; so rows go through Python's sqlite3.
    duckdb.write_text(
        "import sqlite3, sys, duckdb\n"
        "target = sqlite3.connect(sys.argv[1])\n"
        f"for name in {names!r}:\n"
        f"    rows = duckdb.sql(f\"SELECT * FROM read_csv('{folder}/{{name}}.csv', all_varchar=true)\")\n"
        "    columns = ', '.join(f'\"{column}\" TEXT' for column in rows.columns)\n"
        "    target.execute(f'CREATE TABLE \"{name}\" ({columns})')\n"
        "    places = ', '.join('?' for _ in rows.columns)\n"
        "    while part := rows.fetchmany(50_000):\n"
        "        target.executemany(f'INSERT INTO \"{name}\" VALUES ({places})', part)\n"
        "target.commit()\n")
    commands = {"sqlite3 .import": f"sqlite3 -init /dev/null -batch \"$1\" <{shell(script)}"}
    for name, module, command in [
        ("csvs-to-sqlite", "csvs_to_sqlite", f"{shell(python.parent / 'csvs-to-sqlite', folder)} \"$1\""),
        ("pandas to_sql", "pandas", f"{shell(python, pandas)} \"$1\""),
        ("DuckDB into SQLite", "duckdb", f"{shell(python, duckdb)} \"$1\""),
    ]:
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            commands[name] = command
    return commands


def loaded(workshop, name, command, count):
    database = workshop.room("load") / "loaded.sqlite"
    measurement = run(["sh", "-c", command, "sh", database])
    with sqlite3.connect(database) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = sum(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables)
    if rows != count:
        raise Problem(f"{name} has loaded {rows} rows, not {count}")
    return measurement
