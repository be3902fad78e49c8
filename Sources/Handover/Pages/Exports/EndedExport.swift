import SQLite

/// An export that has ended, as it was read from a row of the database: one object for as long as the row is the same, so
/// that what is kept for it is found by it. Decoding rows that are known would take a quarter of a page's time.
final class EndedExport: Sendable {
  let export: Export

  init(row: Row) throws {
    export = try Export(row: row)
  }
}

extension EndedExport: Hashable {
  static func == (left: EndedExport, right: EndedExport) -> Bool { left === right }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
