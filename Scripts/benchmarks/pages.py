"""The Export page with 20 rows through nginx, against C, Go and PHP-FPM.

The peers run the very statements that the page runs, recorded from it, and answer the very bytes that it answered. They
are favoured: they put nothing together."""

from pathlib import Path
from statistics import median
from textwrap import dedent

from measuring import Problem, note, print_table, print_targets
from serving import EXPORT_PAGE, Client, Site, request
from workshop import PEERS

ROWS = 20_000  # of the organisations together; the page does not depend on them
OWNER = "owner@quokka.example.com"
EXPORTS = 20
CONNECTIONS = [1, 16, 64]
SECONDS = 5
THREADS = 16  # as HANDOVER_REQUEST_THREADS


def measure(workshop, _, runs):
    data = workshop.copy("pages", workshop.demo(ROWS))
    environment = workshop.environment(data, HANDOVER_LOG="warning", HANDOVER_EXPORTS_PER_DAY="0")
    page = Page(workshop, data, environment)
    page.record()
    sites = {
        "C, libfcgi": page.c(),
        "handover": page.handover(),
        "Go, net/http/fcgi": page.go(),
        "PHP-FPM": page.php(),
    }
    results = {(name, count): [] for count in CONNECTIONS for name in sites}
    for count in CONNECTIONS:
        for number in range(runs):
            for name, site in sites.items():
                note(f"run {number + 1} of {runs}, {count} connections: {name}")
                with site:
                    page.check(site)
                    site.load(page.cookie, count, 1)
                    results[name, count].append(site.load(page.cookie, count, SECONDS))
    note("")
    report(page, sites, results, runs)


def report(page, sites, results, runs):
    def value(name, count, figure):
        return median(getattr(load, figure) for load in results[name, count])

    for count in CONNECTIONS:
        limit = value("C, libfcgi", count, "rate")
        print_table(
            f"The Export page with {EXPORTS} rows ({len(page.body):,} bytes, {page.statement_count} statements), "
            f"{count} connections, medians of {runs} runs of {SECONDS} s",
            ["", "requests/s", "× C", "p50 ms", "p99 ms", "CPU ms"],
            [[name, f"{value(name, count, 'rate'):,.0f}", f"{value(name, count, 'rate') / limit:.2f}",
              f"{value(name, count, 'p50'):.2f}", f"{value(name, count, 'p99'):.2f}",
              f"{value(name, count, 'processor'):.3f}"] for name in sites])
    print("\nCPU ms: what the responder computes for a request; hardly depends on what else the machine does.")
    targets = []
    for count in CONNECTIONS:
        ours = value("handover", count, "rate")
        targets += [
            (f"{count} connections: requests/s, × {name}", ours / value(name, count, "rate"),
             "at least", least, "{:.2f}")
            for name, least in [("C, libfcgi", 0.6), ("Go, net/http/fcgi", 2), ("PHP-FPM", 2)]]
    print_targets([*targets, ("16 connections: p99, ms", value("handover", 16, "p99"), "at most", 10, "{:.2f}")])


class Page:
    """What the page is made of, recorded from Handover itself, and the peers that answer it."""

    def __init__(self, workshop, data, environment):
        self.workshop = workshop
        self.data = data
        self.environment = environment
        self.room = workshop.room("page")
        self.statements = self.room / "statements"

    def record(self):
        library = self.workshop.c_program("statements", "-shared", "-fPIC", "-ldl")
        log = self.room / "trace"
        environment = {**self.environment, "LD_PRELOAD": str(library), "BENCH_STATEMENTS": str(log)}
        site = Site(self.data, [self.workshop.handover, "serve"], environment=environment)
        self.port = site.port
        with site:
            client = Client(site, OWNER)
            for number in range(EXPORTS):
                note(f"making export {number + 1} of {EXPORTS}")
                client.request_export()
                client.wait_for_exports(60)
            # The workers' own look-ups may fall into a request: the shortest of some records is the page's.
            traces = []
            for _ in range(5):
                log.write_bytes(b"")
                status, self.body = client.get(EXPORT_PAGE)
                traces.append(log.read_bytes())
                log.unlink()
        self.cookie = client.cookie
        statements = min(traces, key=len)
        self.statement_count = statements.count(b"\0")
        if status != 200 or self.statement_count == 0 or self.body.count("data-export=") != EXPORTS:
            raise Problem(
                f"the Export page could not be recorded: status {status}, {self.statement_count} statements, "
                f"{self.body.count('data-export=')} rows")
        self.statements.write_bytes(statements)
        (self.room / "body").write_text(self.body)
        texts = statements.decode().split("\0")[:-1]
        quoted = ",\n".join("'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" for text in texts)
        (self.room / "statements.php").write_text(f"<?php return [{quoted}];\n")

    def check(self, site):
        """The page is there, of the same size but for its times."""
        response, body = request(site, "GET", EXPORT_PAGE, self.cookie)
        if response.status != 200 or abs(len(body) - len(self.body)) > len(self.body) / 20:
            raise Problem(
                f"{site.command[0]} answered {response.status}, {len(body)} instead of {len(self.body)} bytes")

    def handover(self):
        return Site(self.data, [self.workshop.handover, "serve"], environment=self.environment, port=self.port)

    def c(self):
        return self._peer("page-c", self.workshop.c_program("page", "-pthread", "-lfcgi", "-lsqlite3"))

    def go(self):
        return self._peer("page-go", self.workshop.go_program("page"))

    def _peer(self, name, program):
        folder = self.workshop.room(name)
        return Site(folder, [program, folder / "handover.sock", self.data / "handover.sqlite", self.statements,
                             self.room / "body", THREADS])

    def php(self):
        folder = self.workshop.room("page-php")
        (folder / "fpm.conf").write_text(dedent(f"""\
            [global]
            error_log = {folder}/fpm.log
            daemonize = no
            [www]
            listen = {folder}/handover.sock
            listen.backlog = 1024
            pm = static
            pm.max_children = {THREADS}
            env[BENCH_DATABASE] = {self.data}/handover.sqlite
            env[BENCH_STATEMENTS] = {self.room}/statements.php
            env[BENCH_BODY] = {self.room}/body
        """))
        program = max(Path("/usr/sbin").glob("php-fpm*"))
        return Site(folder, [program, "-y", folder / "fpm.conf", "-F", "-R"], script=PEERS / "page.php")
