import Foundation
import TestSupport
import Testing

@testable import CSV

/// Another reader's opinion: Python's csv module, which knows RFC 4180.
@Suite("Python's csv module")
struct PythonTests {
  /// Prints a line a record, its cells in hexadecimal so that nothing in them can be mistaken.
  private static let script = """
    import csv, sys
    csv.field_size_limit(1 << 30)
    with open(sys.argv[1], encoding='utf-8-sig', newline='') as file:
      for record in csv.reader(file, strict=True):
        print(*['.' + cell.encode('utf-8').hex() for cell in record])
    """

  @Test("Reads the cells that were encoded", arguments: 0..<10)
  func cells(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(1_000 + seed))
    // A line without a byte is no record for Python, so each has one cell more.
    let table = (0..<20).flatMap { _ in RoundTripTests.table(&generator) }.map { [Array("id".utf8)] + $0 }
    let expected = table.map { $0.map { "." + Self.hexadecimal(Self.protected($0)) }.joined(separator: " ") }
    #expect(try Self.python(RoundTripTests.file(table)) == expected)
  }

  private static func protected(_ text: [UInt8]) -> [UInt8] {
    FormulaProtection.applies(to: text.span) ? [Byte.apostrophe] + text : text
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func python(_ file: [UInt8]) throws -> [String] {
    let folder = try TemporaryFolder()
    let url = folder.appending("table.csv")
    try Data(file).write(to: url)
    let read = try Tool.run("python3", ["-c", script, url.path])
    #expect(read.succeeded, "\(read.error)")
    return read.output.split(separator: "\n").map(String.init)
  }
}
