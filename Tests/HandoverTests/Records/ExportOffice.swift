import CSV
import Foundation
import SQLite
import Secrets
import TestSupport
import ZIP

@testable import Handover

/// A database in a folder of its own, which goes with this value, and what it takes to export from it.
final class ExportOffice: Sendable {
  private let temporary: TemporaryFolder
  var folder: String { temporary.path }
  let database: Database
  let compressors: Compressors
  let documents: Documents

  /// The moment of everything that the tests make.
  static let now = UnixTime(rawValue: 1_777_714_200)

  init() throws {
    temporary = try TemporaryFolder()
    let data = DataFolder(path: temporary.path)
    try data.putEmptyDatabase()
    database = try Database(data)
    compressors = try Compressors(threads: 2)
    documents = Documents(
      database: database, clock: Clock { ExportOffice.now }, randomness: .system,
      log: Log(level: .error, clock: .system) { _ in },
      folder: DocumentFolder(path: temporary.path + "/documents", group: nil), quota: 0)
  }

  deinit { compressors.stop() }

  /// The demo of so many rows; the organisations in their order.
  func makeDemo(rows: Int) throws -> [Organisation] {
    let hasher = PasswordHasher(cost: 1, randomness: .system)
    _ = try DemoData(rows: rows).make(in: database, hasher, at: Self.now)
    return try database.read { try $0.organisations.all() }
  }

  func execute(_ sql: String) throws {
    try database.write { try $0.execute(sql) }
  }

  func builder(clock: Clock = Clock { ExportOffice.now }) -> ArchiveBuilder {
    ArchiveBuilder(
      database: database, compressors: compressors, level: 4, clock: clock, documents: documents)
  }

  /// Makes an archive and reads it back, with the ZIP kit's checks.
  func export(
    _ organisation: Organisation, _ scope: Scope = .organisation, for purpose: String = "",
    withDocuments: Bool = false, format: ArchiveFormat = .csv
  ) throws -> Unpacked {
    let path = folder + "/export.zip"
    let report = try builder().build(
      organisation, scope, for: purpose, withDocuments: withDocuments, format: format, publishedAs: path)
    let reader = try ArchiveReader(path: path)
    var files: [String: [UInt8]] = [:]
    for entry in reader.entries {
      var content: [UInt8] = []
      try reader.read(entry) { bytes in
        for index in bytes.indices { content.append(bytes[index]) }
      }
      files[entry.name] = content
    }
    return Unpacked(report: report, names: reader.entries.map(\.name), files: files)
  }

  /// In bytes; 0 where there is no file.
  func size(of name: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
    return attributes?[.size] as? Int ?? 0
  }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + name) }
}

/// An archive that was read back.
struct Unpacked {
  let report: ArchiveReport
  let names: [String]
  let files: [String: [UInt8]]

  func text(_ name: String) -> String { String(decoding: files[name] ?? [], as: UTF8.self) }

  /// The records of a CSV, cells by column.
  func records(_ table: Table.Name) throws -> [[String: String]] {
    var decoder = Decoder()
    let bytes = files[table.file] ?? []
    decoder.feed(bytes.span)
    decoder.finish()
    var header: [String] = []
    var records: [[String: String]] = []
    while try decoder.next() {
      let cells = cells(of: decoder)
      if header.isEmpty {
        header = cells
      } else {
        records.append(Dictionary(uniqueKeysWithValues: zip(header, cells)))
      }
    }
    return records
  }

  /// The cells of one column.
  func column(_ name: String, of table: Table.Name) throws -> [String] {
    try records(table).map { $0[name] ?? "" }
  }
}

private func cells(of decoder: borrowing Decoder) -> [String] {
  var cells: [String] = []
  for index in 0..<decoder.count { cells.append(String(copying: decoder[index])) }
  return cells
}
