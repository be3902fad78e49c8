"""Runs the benchmarks that Scripts/bench names. Each subject is a module with `measure(workshop, rows, runs)`."""

import argparse
import importlib
import signal
import sys

from workshop import Workshop, Problem

MODULES = {"exports": "exports", "pages": "pages", "import": "imports", "workbooks": "workbooks", "fairness": "fairness"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("subjects", nargs="+", choices=MODULES)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()

    # A stop unwinds as Ctrl-C does, so that every program that was started ends and every folder goes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Workshop(keep=options.keep) as workshop:
            print(workshop.machine, flush=True)
            for subject in options.subjects:
                importlib.import_module(MODULES[subject]).measure(workshop, options.rows, options.runs)
    except Problem as problem:
        sys.exit(f"Scripts/bench: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


main()
