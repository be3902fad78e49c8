import CSV
import SQLite

/// The names of deals, or of contacts, looked up by id.
///
/// Notes and tasks of one time are about the same records. So the last names looked up are kept, each in the
/// place that the last bits of its id say; and where the record before is known already, the ones behind are
/// read as well.
struct RecordNames: ~Copyable {
  private static let places = 4_096
  /// Bytes of the longest name that is kept.
  private static let width = 64
  private static let ahead: Int64 = 16

  /// Of ids and names from ?2 on.
  private var statement: Statement
  /// The id of the record whose name is in each place; 0, which no record has, for none.
  private var ids = [Int64](repeating: 0, count: places)
  /// Nil for a name that is too long.
  private var counts = [Int?](repeating: 0, count: places)
  private var names = [UInt8](repeating: 0, count: places * width)
  private var marks = [Int64](repeating: 0, count: places)

  init(of table: Table.Name, in snapshot: Snapshot) throws {
    statement = try snapshot.prepare(Selection.names(of: table))
  }

  /// Writes the cell of the record's name; an empty one where there is none.
  /// - Returns: the mark of the name.
  mutating func write(_ id: Int64, to encoder: inout Encoder) throws -> Int64 {
    if !has(id) { try read(from: id, upTo: has(id &- 1) ? max(id, id &+ Self.ahead) : id) }
    guard has(id) else {
      encoder.empty()
      return 0
    }
    let place = Self.place(of: id)
    if let count = counts[place] {
      encoder.text(names.span.extracting(place * Self.width..<place * Self.width + count))
    } else {
      try seek(id)
      if try statement.step(), case .text(let name) = statement.cell(at: 1) { encoder.text(name) }
    }
    return marks[place]
  }

  private static func place(of id: Int64) -> Int { Int(truncatingIfNeeded: id) & (places - 1) }

  private func has(_ id: Int64) -> Bool { ids[Self.place(of: id)] == id }

  private mutating func seek(_ id: Int64) throws(SQLiteError) {
    statement.reset()
    try statement.bind(id, at: 2)
  }

  /// Keeps the names of the records with these ids: so few that none takes another's place.
  private mutating func read(from id: Int64, upTo last: Int64) throws(SQLiteError) {
    try seek(id)
    // Taken out, so that a cell can be read while it is copied.
    var names: [UInt8] = []
    swap(&names, &self.names)
    defer { swap(&names, &self.names) }
    while try statement.step(), case .integer(let next) = statement.cell(at: 0), next <= last {
      let place = Self.place(of: next)
      ids[place] = next
      counts[place] = copy(statement.cell(at: 1), to: &names, at: place * Self.width)
      marks[place] = mark(of: statement.cell(at: 1))
      if next == last { break }
    }
  }

  private func mark(of cell: borrowing Cell) -> Int64 {
    guard case .text(let name) = copy cell else { return 0 }
    return Mark.text(name)
  }

  private func copy(_ cell: borrowing Cell, to names: inout [UInt8], at start: Int) -> Int? {
    guard case .text(let name) = copy cell else { return 0 }
    guard name.count <= Self.width else { return nil }
    for index in name.indices { names[start + index] = name[index] }
    return name.count
  }
}
