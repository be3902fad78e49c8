"""Runs programs and takes their time, processor, memory and disk; prints tables."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, fields, replace


class Problem(Exception):
    """What keeps a benchmark from being run, in one line."""


@dataclass(frozen=True)
class Measurement:
    seconds: float = 0
    processor: float = 0  # seconds, user and system
    peak: int = 0  # bytes, of the largest process
    size: int = 0  # bytes of output
    disk: float = 0  # of the seconds, those spent in fsync
    output: str = ""


def measure(command, *, environment=None, folder=None, stdin=None, limit=1800):
    """Runs a program to its end and fails where it fails.

    /usr/bin/time starts it: what a large process starts inherits that one's peak of memory."""
    with tempfile.NamedTemporaryFile("r") as report, tempfile.TemporaryFile("w+") as output:
        process = None
        begun = time.perf_counter()
        try:
            process = subprocess.Popen(
                ["/usr/bin/time", "-o", report.name, "-f", "%U %S %M", *map(str, command)],
                env=environment, cwd=folder, stdin=stdin or subprocess.DEVNULL, stdout=output, start_new_session=True)
            status = process.wait(limit)
            seconds = time.perf_counter() - begun
        except subprocess.TimeoutExpired:
            raise Problem(f"{command[0]} took more than {limit} s") from None
        finally:
            end(process)
        if status != 0:
            raise Problem(f"{' '.join(map(str, command))} ended with status {status}")
        user, system, peak = report.read().split()
        output.seek(0)
        return Measurement(seconds, float(user) + float(system), int(peak) * 1024, output=output.read())


def end(process):
    """Ends a program that was started in a session of its own, and all that it started."""
    if process is None or process.returncode is not None:
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def interleaved(contestants, runs):
    """Runs each in turn, so many times, and gives their medians: whatever else the machine does meets them all.
    `contestants` are functions that return a measurement, by their names."""
    results = {name: [] for name in contestants}
    for number in range(runs):
        for name, contestant in contestants.items():
            note(f"run {number + 1} of {runs}: {name}")
            results[name].append(contestant())
    note("")
    return {name: median(measurements) for name, measurements in results.items()}


def median(measurements):
    numbers = [field.name for field in fields(Measurement) if field.name != "output"]
    return replace(
        measurements[-1],
        **{name: statistics.median(getattr(one, name) for one in measurements) for name in numbers})


def note(text):
    """Says on a terminal what is going on."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def print_table(title, header, rows):
    """As Markdown; the first column to the left, numbers to the right."""
    cells = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]

    def line(row):
        first, *others = (
            cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths)))
        return "| " + " | ".join([first, *others]) + " |"

    print(f"\n{title}\n")
    print(line(cells[0]))
    first, *others = widths
    print("|" + "-" * (first + 2) + "|" + "".join("-" * (width + 1) + ":|" for width in others))
    print("\n".join(line(row) for row in cells[1:]), flush=True)


def print_targets(targets):
    """Targets are (what, measured, 'at most' or 'at least', limit, format)."""
    rows = []
    for what, measured, relation, limit, form in targets:
        met = measured <= limit if relation == "at most" else measured >= limit
        rows.append([what, f"{relation} {form.format(limit)}", form.format(measured), "met" if met else "missed"])
    print_table("To reach:", ["", "target", "measured", ""], rows)


def megabytes(size):
    return f"{size / 1e6:.1f}"


def mebibytes(size):
    return f"{size / 2**20:.0f}"
