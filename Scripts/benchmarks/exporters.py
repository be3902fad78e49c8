"""The programs that export the main organisation of a data folder, Handover and its peers.

All peers run the same SELECTs (peers/queries), which make the cells that Handover makes: names beside the ids, amounts,
booleans. What they leave out: formula protection, datapackage.json, counting, checking, hashing, fsync."""

import shutil
import sys
import zipfile
from dataclasses import replace

from measuring import Measurement, measure
from workshop import PEERS, QUERIES, shell


class Exporters:
    def __init__(self, workshop, data, organisation=1):
        self.workshop = workshop
        self.data = data
        self.organisation = organisation
        self.results = {}  # what each made last, by its name

    def prepare(self):
        """Builds the peers, and unpacks Handover's CSVs for deflate alone. The database is in memory after it."""
        self.handover(1)
        self.csv = self.workshop.room("csv")
        with zipfile.ZipFile(self.results["handover"]) as archive:
            archive.extractall(self.csv)
        self.deflate_program = self.workshop.c_program("deflate", "-pthread", "-lz")
        self.go_program = self.workshop.go_program("export")

    def handover(self, level, format="csv"):
        library = self.workshop.c_program("fsync", "-shared", "-fPIC", "-ldl")
        room = self.workshop.room("handover")
        archive, log = room / "export.zip", room / "fsync"
        run = measure(
            [self.workshop.handover, "export", "--organisation", self.organisation, "--format", format,
             "--output", archive],
            environment=self.workshop.environment(
                self.data, HANDOVER_COMPRESSION=str(level), LD_PRELOAD=str(library), BENCH_FSYNC=str(log)))
        disk = sum(map(float, log.read_text().split()))
        self.results["handover"] = archive
        return replace(run, seconds=run.seconds - disk, disk=disk, size=archive.stat().st_size)

    def deflate(self, level):
        run = measure([self.deflate_program, level, self.workshop.threads, *sorted(self.csv.iterdir())])
        seconds, processor, _, size = run.output.split()
        return Measurement(float(seconds), float(processor), run.peak, int(size))

    def sqlite_and_zip(self):
        room = self.workshop.room("zip")
        archive = room / "export.zip"
        script = self._script(room, lambda name: room / f"{name}.csv")
        zip_command = shell("zip", "-q", "-6", "-j", archive) + " " + shell(room) + "/*.csv"
        run = measure(["sh", "-c", f"{self._sqlite} <{shell(script)} && {zip_command}"])
        for path in room.glob("*.csv"):
            path.unlink()
        return self._made("zip", archive, run)

    def sqlite_and_pigz(self):
        room = self.workshop.room("pigz")
        pigz = f"|pigz -6 -p {self.workshop.threads} >"
        script = self._script(room, lambda name: pigz + shell(room / f"{name}.csv.gz"))
        return self._made("pigz", room, measure(["sh", "-c", f"{self._sqlite} <{shell(script)}"]))

    def go(self):
        return self._program("go", self.go_program)

    def php(self):
        return self._program("php", "php", "-d", "memory_limit=-1", PEERS / "export.php")

    def python(self):
        return self._program("python", sys.executable, PEERS / "export.py")

    def _program(self, name, *command):
        archive = self.workshop.room(name) / "export.zip"
        run = measure([*command, self._database, self.organisation, QUERIES, archive, 6])
        return self._made(name, archive, run)

    def _made(self, name, result, run):
        self.results[name] = result
        files = result.iterdir() if result.is_dir() else [result]
        return replace(run, size=sum(file.stat().st_size for file in files))

    @property
    def _database(self):
        return self.data / "handover.sqlite"

    @property
    def _sqlite(self):
        return shell("sqlite3", "-init", "/dev/null", "-batch", "-bail", "-readonly", self._database)

    def _script(self, room, target):
        """For the sqlite3 shell: one snapshot, a file or pipe for each SELECT."""
        lines = [f".param set :organisation {self.organisation}", ".headers on", ".mode csv", "BEGIN;"]
        for query in sorted(QUERIES.iterdir()):
            lines += [f'.output --bom "{target(query.stem)}"', f'.read "{query}"']
        script = room / "script"
        script.write_text("\n".join([*lines, ".output", "COMMIT;", ""]))
        return script

    def discard(self, name):
        shutil.rmtree(self.workshop.work / name, ignore_errors=True)
