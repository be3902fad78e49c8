"""`handover import` of the ZIP that `handover export` made, into an empty organisation. Beside it, for the scale, the
sqlite3 shell's .import of the same CSVs into bare tables: no types, no links, no checks."""

import zipfile

from exporters import Exporters
from measuring import Problem, interleaved, mebibytes, print_table, print_targets
from measuring import measure as run
from workshop import count_rows, shell

MIDDLE = 100_000


def measure(workshop, rows, runs):
    contestants, counts = {}, {}
    for size in dict.fromkeys([MIDDLE, rows]):
        data = workshop.demo(size)
        archive = export(workshop, data, workshop.work / f"import-{size}.zip")
        counts[size] = count = count_rows(data, 1)
        contestants["handover", size] = lambda archive=archive, count=count: imported(workshop, archive, count)
        contestants["sqlite3 .import", size] = lambda archive=archive: loaded(workshop, archive)
    results = interleaved(contestants, runs)
    print_table("Imports", ["", "rows", "s", "rows/s", "CPU s", "MiB"], [
        [name, f"{counts[size]:,}", f"{one.seconds:.2f}", f"{counts[size] / one.seconds:,.0f}", f"{one.processor:.2f}",
         mebibytes(one.peak)]
        for (name, size), one in results.items()])
    ours = results["handover", rows]
    print_targets([
        ("rows a second", counts[rows] / ours.seconds, "at least", 100_000, "{:,.0f}"),
        (f"memory, × that of {MIDDLE:,} rows", ours.peak / results["handover", MIDDLE].peak, "at most", 1.1, "{:.2f}")])


def export(workshop, data, archive):
    exporters = Exporters(workshop, data)
    exporters.handover(4)
    return exporters.results["handover"].rename(archive)


def imported(workshop, archive, count):
    data = workshop.room("import")
    data.chmod(0o700)
    environment = workshop.environment(data)
    added = run([workshop.handover, "organisation", "add", "Imported"], environment=environment).output
    organisation = added.split("\t")[0]
    measurement = run([workshop.handover, "import", "--organisation", organisation, archive], environment=environment)
    if count_rows(data, organisation) != count:
        raise Problem(f"the import has {count_rows(data, organisation)} rows, not {count}")
    return measurement


def loaded(workshop, archive):
    room = workshop.room("load")
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if name.endswith(".csv")]
        files.extractall(room, names)
    lines = [".mode csv", "PRAGMA journal_mode = WAL;", "PRAGMA synchronous = FULL;", "BEGIN;"]
    lines += [f'.import "{room / name}" "{name}"' for name in names]
    script = room / "script"
    script.write_text("\n".join([*lines, "COMMIT;", ""]))
    database = room / "loaded.sqlite"
    return run(["sh", "-c", shell("sqlite3", "-init", "/dev/null", "-batch", database) + f" <{shell(script)}"])
