import SQLite

/// Reads the links alongside the records: both come in the order of the same id, so that one pass over each is enough.
struct LinkReader: ~Copyable {
  /// The other ends of the current record's links, in their order.
  private(set) var others: [Int64] = []
  /// The one whose role is primary.
  private(set) var primary: Int64?

  private var statement: Statement
  private var isAtRow: Bool

  /// - Parameter statement: that of `Selection.links`, bound and not yet stepped.
  init(_ statement: consuming Statement) throws(SQLiteError) {
    isAtRow = try statement.step()
    self.statement = statement
  }

  /// Collects the links of the record with this id, which is larger than the one before.
  mutating func move(to id: Int64) throws(SQLiteError) {
    others.removeAll(keepingCapacity: true)
    primary = nil
    while isAtRow, let next = integer(at: 0), next <= id {
      if next == id { collect() }
      isAtRow = try statement.step()
    }
  }

  private mutating func collect() {
    guard let other = integer(at: 1) else { return }
    others.append(other)
    if integer(at: 2) == 1 { primary = other }
  }

  private func integer(at column: Int) -> Int64? {
    if case .integer(let value) = statement.cell(at: column) { value } else { nil }
  }
}
