"""What all benchmarks share: a folder of their own, the peers' programs, and data to work on."""

import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import sqlite3
import subprocess
from pathlib import Path

from measuring import Problem, measure

SOURCES = Path(__file__).resolve().parent
PROJECT = SOURCES.parent.parent
PEERS = SOURCES / "peers"
QUERIES = PEERS / "queries"

# The tables of an organisation's records, in an order in which each refers only to those before it.
TABLES = ["user", "deal", "contact", "deal_contact", "note", "task"]


class Workshop:
    """The folder .build/bench, empty again at the end; with `keep`, data and programs stay in it."""

    def __init__(self, keep):
        self.keep = keep
        self.folder = PROJECT / ".build/bench"
        self.work = self.folder / "work"
        self.threads = len(os.sched_getaffinity(0))
        self.handover = PROJECT / ".build/release/handover"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("it runs already in this checkout") from None
        self._empty(self.keep)
        self.work.mkdir()
        return self

    def __exit__(self, *_):
        self._empty(self.keep)

    def _empty(self, keep):
        for path in self.folder.iterdir():
            if path.name != "lock" and not (keep and path.name.startswith(("data-", "bin"))):
                shutil.rmtree(path)

    @property
    def machine(self):
        model = platform.processor() or platform.machine()
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":")[1].strip()
                break
        return f"{model}, {self.threads} cores, Linux {platform.release()}; load {os.getloadavg()[0]:.1f} before"

    def room(self, name):
        """An empty folder for a contestant's files."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def c_program(self, name, *options):
        """Builds peers/NAME.c."""
        program = self._bin / name
        self._build(["gcc", "-O2", "-Wall", "-o", program, PEERS / f"{name}.c", *options])
        return program

    def go_program(self, name):
        """Builds peers/NAME.go with Debian's packages of Go, and nothing from the net."""
        program = self._bin / f"{name}-go"
        self._build(
            ["go", "build", "-tags", "libsqlite3", "-o", program, PEERS / f"{name}.go"],
            GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(self._bin / "go-cache"), GOFLAGS="")
        return program

    @property
    def _bin(self):
        path = self.folder / "bin"
        path.mkdir(exist_ok=True)
        return path

    def _build(self, command, **environment):
        subprocess.run(command, env={**os.environ, **environment}, check=True)

    def environment(self, data, **more):
        """Handover's variables for a data folder, whatever the caller's are."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HANDOVER_")}
        return {**inherited, "HANDOVER_DATA": str(data), "HANDOVER_THREADS": str(self.threads), **more}

    def demo(self, rows):
        """A data folder with the demo organisations, the main one of about so many rows.
        The main organisation is the one with the id 1."""
        data = self.folder / f"data-{rows}"
        made_by = data / "made-by"
        if not made_by.exists() or made_by.read_text() != self.schema:
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(mode=0o700)
            made = measure(
                [self.handover, "demo", "--rows", str(rows)], environment=self.environment(data), limit=3600)
            print(f"made demo data of {rows:,} rows in {made.seconds:.1f} s", flush=True)
            made_by.write_text(self.schema)
        return data

    @property
    def schema(self):
        """Changes with the database's schema and the demo: data that was kept is of no use after that."""
        sources = PROJECT / "Sources/Handover"
        paths = [sources / "Store/Schema.swift", *sources.glob("Records/**/*.swift")]
        return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()

    def copy(self, name, data):
        """A copy of a data folder, to be changed."""
        path = self.room(name)
        shutil.copytree(data, path, dirs_exist_ok=True)
        return path

    def add_organisation(self, data, source, name, domain=None):
        """Copies the main organisation of another data folder into this one.

        With a domain its people have addresses there and sign in with the demo's password; without one they keep
        their addresses and can't sign in, as an address leads to one person who can.
        Returns its id."""
        connection = sqlite3.connect(data / "handover.sqlite", isolation_level=None)
        connection.execute("ATTACH ? AS source", (str(source / "handover.sqlite"),))
        connection.execute("BEGIN IMMEDIATE")
        identifier = connection.execute("SELECT max(id) + 1 FROM main.organisation").fetchone()[0]
        self._insert(connection, "organisation", "id = 1", {"id": identifier, "name": sql_text(name), "edition_id": "NULL"})
        edition = connection.execute("INSERT INTO main.edition (organisation_id) VALUES (?)", (identifier,)).lastrowid
        connection.execute("UPDATE main.organisation SET edition_id = ? WHERE id = ?", (edition, identifier))
        for table in TABLES:
            if table == "user":
                email = {"email": f"replace(email, '@', '@{domain}.')"} if domain else {"password_hash": "NULL"}
                self._insert(connection, table, "organisation_id = 1", {"organisation_id": identifier} | email)
            else:
                current = "edition_id = (SELECT edition_id FROM source.organisation WHERE id = 1)"
                self._insert(connection, table, current, {"edition_id": edition})
        connection.execute("COMMIT")
        connection.close()
        return identifier

    def _insert(self, connection, table, condition, replaced):
        columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        values = ", ".join(str(replaced.get(column, column)) for column in columns)
        connection.execute(
            f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {values} FROM source.{table} WHERE {condition}")


def sql_text(text):
    return "'" + text.replace("'", "''") + "'"


def count_rows(data, organisation):
    connection = sqlite3.connect(f"file:{data}/handover.sqlite?mode=ro", uri=True)
    counts = [
        connection.execute(
            f"SELECT count(*) FROM {table} JOIN organisation ON "
            + ("organisation_id = organisation.id" if table == "user" else f"{table}.edition_id = organisation.edition_id")
            + " WHERE organisation.id = ?", (organisation,)).fetchone()[0]
        for table in TABLES
    ]
    connection.close()
    return sum(counts)


def shell(*words):
    return " ".join(shlex.quote(str(word)) for word in words)
