"""Python's csv and zipfile: export.py DATABASE ORGANISATION QUERIES OUTPUT LEVEL"""

import csv
import io
import sqlite3
import sys
import zipfile
from pathlib import Path

database, organisation, queries, output, level = sys.argv[1:]
connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
connection.execute("BEGIN")
with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=int(level)) as archive:
    for query in sorted(Path(queries).glob("*.sql")):
        rows = connection.execute(query.read_text(), {"organisation": int(organisation)})
        entry = archive.open(query.stem + ".csv", "w", force_zip64=True)
        with io.TextIOWrapper(entry, encoding="utf-8-sig", newline="") as text:
            writer = csv.writer(text)
            writer.writerow([column[0] for column in rows.description])
            writer.writerows(rows)
