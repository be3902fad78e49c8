"""Whether a small export and the pages stay quick while large exports run."""

import sqlite3
import time
from statistics import median

from measuring import note, print_table, print_targets
from serving import Client, Site

SMALL = 10_000
USERS = 50
ALONE = 20  # as many as the page shows rows
CONNECTIONS = [1, 4, 16]  # each asks again at once: 16 are a flood, and have no target
SECONDS = 5


def measure(workshop, rows, runs):
    large = workshop.demo(rows)
    data = workshop.copy("fairness", large)
    ids = {}
    for name in ["second", "third", "fourth"]:
        note(f"copying the large organisation: {name}")
        ids[name] = workshop.add_organisation(data, large, name, domain=name)
    workshop.add_organisation(data, workshop.demo(SMALL), "small", domain="small")
    environment = workshop.environment(data, HANDOVER_LOG="warning", HANDOVER_EXPORTS_PER_DAY="0")
    with Site(data, [workshop.handover, "serve"], environment=environment) as site:
        owner = "owner@{}harbourside.example.com"
        large_ones = [Client(site, owner.format(name)) for name in ["", "second.", "third.", "fourth."]]
        small = Client(site, owner.format("small."))
        fairness(large_ones, users(data, ids["third"]), small, rows, runs)
        pages(site, large_ones, small, rows)


def fairness(large_ones, third_users, small, rows, runs):
    first, second, third, _ = large_ones
    alone, beside = [], []
    for number in range(ALONE):
        note(f"alone {number + 1} of {ALONE}")
        alone.append(time_export(small))
    for number in range(runs):
        note(f"beside large ones, run {number + 1} of {runs}")
        first.request_export()
        second.request_export()
        third.request_exports_of_users(third_users)
        beside.append(time_export(small))
        if not (first.is_exporting and second.is_exporting):
            print(f"run {number + 1} proves nothing: a large export had ended already; take more --rows")
        for client in large_ones:
            client.wait_for_exports()
    note("")
    print_table(
        f"An export of {SMALL:,} rows, from the click to completed", ["", "median s", "slowest s"],
        [["alone", f"{median(alone):.2f}", f"{max(alone):.2f}"],
         [f"beside 2 exports of {rows:,} rows and {len(third_users)} queued ones of single users",
          f"{median(beside):.2f}", f"{max(beside):.2f}"]])
    print_targets([("the small export, slowest, s", max(beside), "at most", max(3, 3 * median(alone)), "{:.2f}")])


def time_export(client):
    begun = time.monotonic()
    client.request_export()
    client.wait_for_exports()
    return time.monotonic() - begun


def users(data, organisation):
    """As many as there are, up to 50: the demo has one for every 25,000 rows."""
    connection = sqlite3.connect(f"file:{data}/handover.sqlite?mode=ro", uri=True)
    found = connection.execute(
        "SELECT id FROM user WHERE organisation_id = ? ORDER BY id LIMIT ?", (organisation, USERS)).fetchall()
    connection.close()
    return [user for (user,) in found]


def pages(site, large_ones, visitor, rows):
    def loads():
        return {count: site.load(visitor.cookie, count, SECONDS) for count in CONNECTIONS}

    idle = loads()
    for client in large_ones:
        client.request_export()
    busy = loads()
    running = sum(client.is_exporting for client in large_ones)
    for client in large_ones:
        client.wait_for_exports()
    print_table(
        f"The Export page with {ALONE} rows beside {len(large_ones)} exports of {rows:,} rows "
        f"({running} of them still ran at the end)",
        ["connections", "requests/s idle", "p95 ms idle", "requests/s", "p50 ms", "p95 ms", "p99 ms"],
        [[count, f"{idle[count].rate:,.0f}", f"{idle[count].p95:.1f}", f"{busy[count].rate:,.0f}",
          f"{busy[count].p50:.1f}", f"{busy[count].p95:.1f}", f"{busy[count].p99:.1f}"] for count in CONNECTIONS])
    print_targets([
        (f"p95 at {count} connections, ms", busy[count].p95, "at most", 50, "{:.1f}") for count in CONNECTIONS[:2]])
