"""The Excel workbook of an export: against the export as CSV, and beside what else makes a workbook of the same CSVs in little
memory. The peers get the CSVs for nothing, and write all cells but numbers as text."""

import subprocess
import zipfile

from exporters import Exporters
from imports import packages
from measuring import interleaved, mebibytes, megabytes, print_table, print_targets
from measuring import measure as run
from workshop import PEERS, count_rows

PACKAGES = ["openpyxl==3.1.5", "XlsxWriter==3.2.9", "duckdb==1.1.3"]
PEERS_OF = {"openpyxl": "openpyxl, write-only", "xlsxwriter": "XlsxWriter, constant_memory", "duckdb": "DuckDB: COPY … (FORMAT xlsx)"}


def measure(workshop, rows, runs):
    python = packages(workshop, "bin-workbooks", PACKAGES)
    exporters = Exporters(workshop, workshop.demo(rows))
    exporters.handover(4)
    csvs = workshop.room("workbook-csv")
    with zipfile.ZipFile(exporters.results["handover"]) as archive:
        archive.extractall(csvs, [name for name in archive.namelist() if name.endswith(".csv")])
    names = {"csv": "handover, CSV", "xlsx": "handover, workbook", "both": "handover, both"}
    results = interleaved(
        {name: lambda format=format: exporters.handover(4, format) for format, name in names.items()}, runs)
    # Minutes each.
    results |= interleaved(
        {name: lambda peer=peer: made(workshop, python, peer, csvs) for peer, name in PEERS_OF.items() if works(python, peer)}, 1)
    base = results[names["csv"]]
    print_table(
        f"Workbooks: {count_rows(exporters.data, 1):,} rows, level 4, medians of {runs} runs, of 1 for the peers",
        ["", "s", "× CSV", "CPU s", "MiB", "MB out"],
        [[name, f"{one.seconds:.2f}", f"{one.seconds / base.seconds:.2f}", f"{one.processor:.2f}", mebibytes(one.peak),
          megabytes(one.size)] for name, one in results.items()])
    book = results[names["xlsx"]]
    targets = [
        ("time, × the export as CSV", book.seconds / base.seconds, "at most", 3, "{:.2f}"),
        ("memory, MiB", max(results[name].peak for name in names.values()) / 2**20, "at most", 64, "{:.1f}"),
    ]
    peers = [results[name].seconds for name in PEERS_OF.values() if name in results]
    if peers:
        targets.append(("fastest peer's time, × ours", min(peers) / book.seconds, "at least", 1, "{:.2f}"))
    print_targets(targets)


def works(python, peer):
    """DuckDB's writer of workbooks is an extension, which is downloaded where there is a network."""
    return subprocess.run([python, PEERS / "workbook.py", peer], capture_output=True).returncode == 0


def made(workshop, python, peer, csvs):
    room = workshop.room(peer)
    one = run([python, PEERS / "workbook.py", peer, csvs, room], limit=3600)
    size = sum(path.stat().st_size for path in room.iterdir())
    return type(one)(one.seconds, one.processor, one.peak, size)
