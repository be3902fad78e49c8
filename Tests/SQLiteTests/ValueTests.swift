import Testing

@testable import SQLite

private struct UserID: RawRepresentable, Equatable, Bindable, ColumnValue {
  let rawValue: Int
}

private enum Role: String, Bindable, ColumnValue {
  case owner, admin
}

struct ValueTests {
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
    try connection.execute("CREATE TABLE cells (value ANY) STRICT")
  }

  /// Through the file, not only through a parameter.
  private func roundTrip<T: Bindable & ColumnValue>(_ value: T?) throws -> T? {
    try connection.run("DELETE FROM cells")
    try connection.run("INSERT INTO cells VALUES (?)", value)
    return try scratch.reader().first("SELECT value FROM cells") { row in try row["value"] as T? } ?? nil
  }

  @Test("Integers come back", arguments: [0, 1, -1, .min, .max])
  func integers(value: Int) throws {
    #expect(try roundTrip(value) == value)
    #expect(try roundTrip(Int64(value)) == Int64(value))
  }

  @Test("Reals come back", arguments: [0, -0.1, 1e300, .leastNonzeroMagnitude, .infinity])
  func reals(value: Double) throws {
    #expect(try roundTrip(value) == value)
  }

  @Test("NaN becomes NULL")
  func nan() throws {
    #expect(try roundTrip(Double.nan) == nil)
  }

  @Test(
    "Texts come back, also with NULs in them",
    arguments: ["", "a", "Zoë 🐘", "a\0b", "\0", String(repeating: "x", count: 100_000)])
  func texts(value: String) throws {
    #expect(try roundTrip(value) == value)
    #expect(try connection.value("SELECT typeof(value) FROM cells") == "text")
    #expect(try connection.value("SELECT length(CAST(value AS BLOB)) FROM cells") == value.utf8.count)
  }

  @Test(
    "Blobs come back, and an empty one is not NULL",
    arguments: [[], [0], [255, 0, 1], Array(repeating: 7, count: 100_000)] as [[UInt8]])
  func blobs(value: [UInt8]) throws {
    #expect(try roundTrip(value) == value)
    #expect(try connection.value("SELECT typeof(value) FROM cells") == "blob")
  }

  @Test("Booleans are 1 and 0, and no other integer is one")
  func booleans() throws {
    #expect(try roundTrip(true) == true)
    #expect(try roundTrip(false) == false)
    #expect(try connection.value("SELECT typeof(value) FROM cells") == "integer")
    #expect(throws: SQLiteError.self) { try connection.value("SELECT 2") as Bool? }
  }

  @Test("nil is NULL")
  func nothing() throws {
    #expect(try roundTrip(nil as String?) == nil)
    #expect(try connection.value("SELECT typeof(value) FROM cells") == "null")
  }

  @Test("Types with raw values are stored as those")
  func rawValues() throws {
    #expect(try roundTrip(UserID(rawValue: 7)) == UserID(rawValue: 7))
    #expect(try roundTrip(Role.admin) == .admin)
    #expect(throws: SQLiteError.self) { try connection.value("SELECT 'guest'") as Role? }
    let optional: Role? = .owner
    #expect(try connection.exists("SELECT 1 WHERE ? = 'owner'", optional))
  }

  @Test("A whole number may be read as a real, a real not as an integer")
  func conversion() throws {
    #expect(try connection.value("SELECT 3") == 3.0)
    #expect(throws: SQLiteError.self) { try connection.value("SELECT 3.0") as Int? }
  }

  @Test("A text may be read as its bytes")
  func textAsBytes() throws {
    #expect(try connection.value("SELECT 'Zoë'") == Array("Zoë".utf8))
  }

  @Test("Text that is not UTF-8 is repaired")
  func invalidUTF8() throws {
    #expect(try connection.value("SELECT CAST(x'61ff62' AS TEXT)") == "a\u{fffd}b")
  }
}
