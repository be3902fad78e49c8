import Testing

@testable import SQLite

struct StatementTests {
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
  }

  @Test("Cells have the five types")
  func cellTypes() throws {
    var statement = try connection.prepare("SELECT NULL, 42, 1.5, 'Zoë', x'00ff', '', x''")
    #expect(try statement.step())
    #expect(statement.columnCount == 7)
    #expect(
      (0..<8).map { describe(statement.cell(at: $0)) } == [
        "null", "42", "1.5", "text [90, 111, 195, 171]", "blob [0, 255]", "text []", "blob []", "null",
      ])
    #expect(describe(statement.cell(at: -1)) == "null")
    #expect(try !statement.step())
    #expect(describe(statement.cell(at: 1)) == "null")
  }

  @Test("A statement is bound and run again and again")
  func reuse() throws {
    try connection.execute("CREATE TABLE cells (a INTEGER, b TEXT, c BLOB, d REAL) STRICT")
    var insert = try connection.prepare("INSERT INTO cells VALUES (?, ?, ?, ?)")
    #expect(insert.parameterCount == 4)
    for number in 0..<3 {
      let bytes = Array("row \(number)\0".utf8)
      try insert.bind(number, at: 1)
      try insert.bind(text: bytes.span, at: 2)
      try insert.bind(blob: bytes.span, at: 3)
      try insert.bind(Double(number) / 2, at: 4)
      #expect(try !insert.step())
      insert.reset()
    }
    insert.clearBindings()
    #expect(try !insert.step())
    let rows = try connection.all("SELECT * FROM cells ORDER BY rowid") { row in
      "\(try row["a"] as Int?) \(try row["b"] as String?) \(try row["c"] as [UInt8]?) \(try row["d"] as Double?)"
    }
    #expect(rows.count == 4)
    #expect(rows[2] == #"Optional(2) Optional("row 2\0") Optional([114, 111, 119, 32, 50, 0]) Optional(1.0)"#)
    #expect(rows[3] == "nil nil nil nil")
  }

  @Test("Bindings survive a reset")
  func bindingsAfterReset() throws {
    var statement = try connection.prepare("SELECT ? || ?")
    try statement.bind("a", at: 1)
    try statement.bind("" as String, at: 2)
    for _ in 0..<2 {
      #expect(try statement.step())
      #expect(describe(statement.cell(at: 0)) == "text [97]")
      statement.reset()
    }
    try statement.bindNull(at: 2)
    #expect(try statement.step())
    #expect(describe(statement.cell(at: 0)) == "null")
  }

  @Test("A missing parameter is an error", arguments: [0, 2, -1, Int.max])
  func missingParameter(parameter: Int) throws {
    var statement = try connection.prepare("SELECT ?")
    #expect(throws: SQLiteError.self) { try statement.bind(1, at: parameter) }
  }

  @Test("Binding a statement that runs is an error")
  func bindingWhileRunning() throws {
    var statement = try connection.prepare("SELECT ?")
    #expect(try statement.step())
    #expect(throws: SQLiteError.self) { try statement.bind(1, at: 1) }
    statement.reset()
    try statement.bind(1, at: 1)
  }

  private func describe(_ cell: borrowing Cell) -> String {
    switch copy cell {
    case .null: "null"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let bytes): "text \(bytes.indices.map { bytes[$0] })"
    case .blob(let bytes): "blob \(bytes.indices.map { bytes[$0] })"
    }
  }
}
