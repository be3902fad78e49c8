"""The export of an organisation: against the limit (deflate alone) and against what people would use instead."""

from comparing import compare
from exporters import Exporters
from measuring import interleaved, mebibytes, megabytes, print_table, print_targets
from workshop import count_rows

LEVELS = [1, 3, 4, 5, 6, 9]
SMALL = 10_000
MIDDLE = 100_000


def measure(workshop, rows, runs):
    data = workshop.demo(rows)
    exporters = Exporters(workshop, data)
    exporters.prepare()
    peers(exporters, rows, runs)
    levels(exporters, runs)
    growth(workshop, exporters, rows, runs)
    smallness(workshop, rows, runs)


def peers(exporters, rows, runs):
    ours, limit = "handover, level {}", "deflate alone, level {}"
    zip_, pigz = "sqlite3, then zip -6", "sqlite3 into pigz -6"
    others = {"zip": zip_, "pigz": pigz, "go": "Go: encoding/csv, archive/zip", "php": "PHP: fputcsv, ZipArchive",
              "python": "Python: csv, zipfile"}
    results = interleaved(
        {
            limit.format(6): lambda: exporters.deflate(6),
            ours.format(6): lambda: exporters.handover(6),
            pigz: exporters.sqlite_and_pigz,
            zip_: exporters.sqlite_and_zip,
            limit.format(4): lambda: exporters.deflate(4),
            ours.format(4): lambda: exporters.handover(4),
            others["go"]: exporters.go,
            others["php"]: exporters.php,
            others["python"]: exporters.python,
        }, runs)
    base = results[limit.format(6)]
    print_table(
        f"Exports: {count_rows(exporters.data, 1):,} rows, {csv_size(exporters) / 1e6:,.0f} MB of CSV, "
        f"{exporters.workshop.threads} threads, medians of {runs} runs, fsync apart",
        ["", "s", "× limit", "CPU s", "MiB", "MB out", "fsync s"],
        [[name, f"{one.seconds:.2f}", f"{one.seconds / base.seconds:.2f}", f"{one.processor:.2f}",
          mebibytes(one.peak), megabytes(one.size), f"{one.disk:.3f}" if name.startswith("handover") else ""]
         for name, one in results.items()])
    print("\nMiB: peak of the largest process; deflate alone holds its input.")
    print("Go, PHP, Python and zip compress on one thread.")

    six, four = results[ours.format(6)], results[ours.format(4)]
    best = min(results[name].seconds for name in others.values())
    print_targets([
        ("level 6: time, × deflate alone", six.seconds / base.seconds, "at most", 1.15, "{:.2f}"),
        ("level 6: CPU, × deflate alone", six.processor / base.processor, "at most", 1.15, "{:.2f}"),
        ("level 6: fastest peer's time, × ours", best / six.seconds, "at least", 1, "{:.2f}"),
        ("level 6: sqlite3 and pigz, × ours", results[pigz].seconds / six.seconds, "at least", 1, "{:.2f}"),
        ("level 6: sqlite3 and zip -6, × ours", results[zip_].seconds / six.seconds, "at least", 1.9, "{:.2f}"),
        ("level 6: size, × zip -6", six.size / results[zip_].size, "at most", 1.01, "{:.4f}"),
        ("level 4: time, × deflate alone", four.seconds / results[limit.format(4)].seconds,
         "at most", 1.4, "{:.2f}"),
        ("level 4: sqlite3 and zip -6, × ours", results[zip_].seconds / four.seconds, "at least", 4, "{:.2f}"),
        ("peak memory, MiB", max(six.peak, four.peak) / 2**20, "at most", 48, "{:.1f}"),
    ])
    for short, name in others.items():
        compared = compare(name, exporters.results["handover"], exporters.results[short])
        print("{}: the same {:,} rows and {:,} cells as handover".format(name, *compared), flush=True)
        exporters.discard(short)


def csv_size(exporters):
    return sum(path.stat().st_size for path in exporters.csv.glob("*.csv"))


def levels(exporters, runs):
    contestants = {}
    for level in LEVELS:
        contestants["handover", level] = lambda level=level: exporters.handover(level)
        contestants["deflate", level] = lambda level=level: exporters.deflate(level)
    results = interleaved(contestants, runs)
    six = results["handover", 6]
    rows = []
    for level in LEVELS:
        ours, limit = results["handover", level], results["deflate", level]
        rows.append([
            level, f"{ours.seconds:.2f}", f"{ours.seconds / six.seconds:.2f}", megabytes(ours.size),
            f"{100 * (ours.size / six.size - 1):+.1f} %", f"{ours.seconds / limit.seconds:.2f}"])
    print_table("What the levels cost", ["level", "s", "× level 6", "MB", "against level 6", "× deflate alone"], rows)


def growth(workshop, exporters, rows, runs):
    middle = Exporters(workshop, workshop.demo(MIDDLE))
    results = interleaved(
        {MIDDLE: lambda: middle.handover(4), rows: lambda: exporters.handover(4)}, runs)
    print_table("By size, level 4", ["rows", "s", "rows/s", "MiB"], [
        [f"{size:,}", f"{one.seconds:.2f}", f"{size / one.seconds:,.0f}", f"{one.peak / 2**20:.1f}"]
        for size, one in results.items()])
    print_targets([(f"memory, × that of {MIDDLE:,} rows", results[rows].peak / results[MIDDLE].peak,
                    "at most", 1.1, "{:.2f}")])


def smallness(workshop, rows, runs):
    """A small organisation in a large database against the same one alone."""
    alone = workshop.demo(SMALL)
    crowded = workshop.copy("crowded", workshop.demo(rows))
    organisation = workshop.add_organisation(crowded, alone, "Small among many")
    contestants = {"alone": Exporters(workshop, alone),
                   f"among {rows:,} others": Exporters(workshop, crowded, organisation)}
    results = interleaved({name: lambda one=one: one.handover(4) for name, one in contestants.items()}, max(runs, 9))
    print_table(f"An organisation of {SMALL:,} rows", ["", "s", "CPU s", "MiB"], [
        [name, f"{one.seconds:.3f}", f"{one.processor:.2f}", mebibytes(one.peak)] for name, one in results.items()])
    times = [one.seconds for one in results.values()]
    print(f"\nAmong the others it takes {times[1] / times[0]:.2f} times as long as alone.")
