import Testing

@testable import SQLite

struct RowImageTests {
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
  }

  @Test(
    "Rows of the same cells have the same image",
    arguments: [
      "NULL", "''", "x''", "1", "-1", "1.5", "'Ada'", "'Ada Lovelace, Countess'", "x'0102030405060708'",
      "1, 'a', NULL",
    ])
  func same(cells: String) throws {
    let images = try images("VALUES (\(cells)), (\(cells))")
    #expect(images[0] == images[1])
    #expect(images[0].hashValue == images[1].hashValue)
  }

  @Test(
    "Rows that differ in one cell's type or value have different images",
    arguments: [
      ("NULL", "0"), ("NULL", "''"), ("''", "x''"), ("1", "2"), ("1", "'1'"), ("1", "1.0"), ("'1'", "x'31'"),
      ("'Ada'", "'Ade'"), ("'Ada'", "'Ada '"), ("x'00'", "x'0000'"), ("'12345678'", "'12345679'"),
      ("'1234567890'", "'1234567891'"), ("'ab', 'c'", "'a', 'bc'"), ("1, NULL", "NULL, 1"),
      ("1, 2, 3, 4, 5, 6, 7", "1, 2, 3, 4, 5, 6, 8"),
    ])
  func different(one: String, other: String) throws {
    let images = try images("VALUES (\(one)), (\(other))")
    #expect(images[0] != images[1])
  }

  private func images(_ sql: String) throws -> [RowImage] {
    try connection.all(sql) { $0.image }
  }
}
