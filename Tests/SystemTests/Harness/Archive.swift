import Foundation
import TestSupport

/// A ZIP as Python's zipfile and csv read it.
struct Archive: Decodable {
  /// In the order of the directory.
  let names: [String]
  /// Rows below the header, of each CSV.
  let rows: [String: Int]
  /// Ids that stand in a file, and whose row is in no file.
  let dangling: [String]
  let sha256: String

  init(_ file: URL) throws {
    let result = try Tool.run("/usr/bin/python3", ["-c", Self.reader, file.path])
    guard result.succeeded else { throw HarnessError("\(file.lastPathComponent): \(result.error)") }
    self = try JSONDecoder().decode(Archive.self, from: Data(result.output.utf8))
  }

  /// Fails on a wrong CRC, a row of another width than its header, a missing byte order mark, or a quote out of place.
  private static let reader = """
    import csv, hashlib, io, json, sys, zipfile
    csv.field_size_limit(1 << 30)
    rows, tables = {}, {}
    with zipfile.ZipFile(sys.argv[1]) as archive:
      assert archive.testzip() is None, archive.testzip()
      for name in archive.namelist():
        if not name.endswith(".csv") or "/" in name: continue
        data = archive.read(name)
        assert data.startswith(b"\\xef\\xbb\\xbf"), name
        text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
        header, *lines = csv.reader(text, strict=True)
        assert all(len(line) == len(header) for line in lines), name
        rows[name] = len(lines)
        tables[name] = [dict(zip(header, line)) for line in lines]
      names = archive.namelist()
    owners = {"deal_id": "Deals.csv", "contact_id": "Contacts.csv", "user_id": "Users.csv"}
    columns = {"primary_contact_id": "contact_id", "contact_ids": "contact_id", "deal_ids": "deal_id",
      "owner_id": "user_id", "author_id": "user_id", "assigned_to_id": "user_id", "deal_id": "deal_id",
      "contact_id": "contact_id"}
    known = {key: {row[key] for row in tables[file]} for key, file in owners.items()}
    dangling = set()
    for name, lines in tables.items():
      for line in lines:
        for column, key in columns.items():
          for value in filter(None, line.get(column, "").split("; ")):
            if value not in known[key]: dangling.add(f"{name} {column} {value}")
    digest = hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()
    print(json.dumps({"names": names, "rows": rows, "dangling": sorted(dangling), "sha256": digest}))
    """

  /// What every export holds.
  static let files = [
    "Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv", "Users.csv",
    "verify.html", "datapackage.json",
    "README.txt", "manifest-sha256.txt",
  ]
}
