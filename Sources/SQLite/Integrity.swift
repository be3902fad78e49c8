extension Connection {
  /// Reads the whole file and checks it: structure, indexes, NOT NULL and CHECK (sqlite.org/pragma.html,
  /// "integrity_check").
  /// - Returns: what is wrong, in SQLite's words, at most 100 lines; empty for a sound database.
  package func integrityCheck() throws -> [String] {
    let lines = try all("PRAGMA integrity_check") { row in try row.read(0, as: String.self) }
    return lines == ["ok"] ? [] : lines
  }

  /// - Returns: the tables with rows whose foreign key leads nowhere; empty for a sound database.
  package func foreignKeyCheck() throws -> [String] {
    try all("SELECT DISTINCT \"table\" AS name FROM pragma_foreign_key_check ORDER BY name") { row in
      try row["name"]
    }
  }
}
