import Testing

@testable import SQLite

struct RowContentsTests {
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
  }

  @Test(
    "Rows of the same cells are equal",
    arguments: [
      "NULL", "''", "x''", "1", "-1", "1.5", "'Ada'", "'Ada Lovelace, Countess'", "x'0102030405060708'",
      "1, 'a', NULL",
    ])
  func same(cells: String) throws {
    let rows = try rows("VALUES (\(cells)), (\(cells))")
    #expect(rows[0] == rows[1])
    #expect(rows[0].hashValue == rows[1].hashValue)
  }

  @Test(
    "Rows that differ in one cell's type or value are different",
    arguments: [
      ("NULL", "0"), ("NULL", "''"), ("''", "x''"), ("1", "2"), ("1", "'1'"), ("1", "1.0"), ("'1'", "x'31'"),
      ("'Ada'", "'Ade'"), ("'Ada'", "'Ada '"), ("x'00'", "x'0000'"), ("'12345678'", "'12345679'"),
      ("'1234567890'", "'1234567891'"), ("'ab', 'c'", "'a', 'bc'"), ("1, NULL", "NULL, 1"),
      ("1, 2, 3, 4, 5, 6, 7", "1, 2, 3, 4, 5, 6, 8"),
    ])
  func different(one: String, other: String) throws {
    let rows = try rows("VALUES (\(one)), (\(other))")
    #expect(rows[0] != rows[1])
  }

  private func rows(_ sql: String) throws -> [RowContents] {
    try connection.all(sql) { $0.contents }
  }
}
