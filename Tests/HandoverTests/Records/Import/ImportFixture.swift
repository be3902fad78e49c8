import Foundation
import SQLite
import Secrets
import TestSupport
import Testing
import ZIP

@testable import Handover

/// A database and a folder for files of their own, which go with this value.
final class ImportFixture {
  private let folder: TemporaryFolder
  let database: Database
  let organisation: OrganisationID
  private let compressors: Compressors

  static let now = UnixTime(rawValue: 1_777_714_200)  // 2026-05-02T09:30:00Z
  static let clock = Clock { now }

  init() throws {
    folder = try TemporaryFolder()
    let data = DataFolder(path: folder.path)
    try data.putEmptyDatabase()
    database = try Database(data)
    compressors = try Compressors(threads: 2)
    organisation = try database.write {
      try $0.organisations.add(named: "Quokka Finance", timeZone: "Australia/Perth", at: Self.now).id
    }
  }

  deinit { compressors.stop() }

  func path(_ name: String) -> String { folder.path + "/" + name }

  func addOrganisation() throws -> OrganisationID {
    try database.write {
      try $0.organisations.add(named: "Numbat Loans", timeZone: "Australia/Perth", at: Self.now).id
    }
  }

  /// Writes the files into a new folder, and imports that.
  @discardableResult
  func importFolder(_ files: [String: String], into other: OrganisationID? = nil) throws -> ImportReport {
    try importFolder(files.mapValues { Array($0.utf8) }, into: other)
  }

  @discardableResult
  func importFolder(_ files: [String: [UInt8]], into other: OrganisationID? = nil) throws -> ImportReport {
    let place = path(UUID().uuidString)
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: "\(place)/\(name)")) }
    return try importFiles(at: place, into: other)
  }

  @discardableResult
  func importFiles(at path: String, into other: OrganisationID? = nil) throws -> ImportReport {
    try Importer(database: database, clock: Self.clock).importFiles(
      at: path, into: other ?? organisation, in: folder.path)
  }

  /// What a folder is refused for, line by line; fails where it isn't, or where something has changed.
  func refusal(of files: [String: String]) throws -> [String] {
    try refusal { try importFolder(files) }
  }

  func refusal(of body: () throws -> Void) throws -> [String] {
    let before = try counts()
    var problems: [String] = []
    do {
      try body()
      Issue.record("the import was not refused")
    } catch let refusal as ImportRefusal {
      problems = refusal.problems.map(\.description)
    }
    #expect(try counts() == before)
    return problems
  }

  /// Rows of every table of the database.
  func counts() throws -> [String: Int] {
    try database.read { connection in
      let tables = try connection.all("SELECT name FROM sqlite_schema WHERE type = 'table'") {
        try $0["name"] as String
      }
      return try Dictionary(
        uniqueKeysWithValues: tables.map { ($0, try connection.value("SELECT count(*) FROM \"\($0)\"") ?? 0) }
      )
    }
  }

  /// The rows of a query, each as its columns with a bar between, NULL as an empty one.
  func rows(_ sql: String) throws -> [String] {
    try database.read { connection in
      var statement = try connection.prepare(sql)
      var rows: [String] = []
      while try statement.step() {
        var cells: [String] = []
        for column in 0..<statement.columnCount {
          switch statement.cell(at: column) {
          case .integer(let value): cells.append(String(value))
          case .text(let text): cells.append(String(copying: text))
          default: cells.append("")
          }
        }
        rows.append(cells.joined(separator: "|"))
      }
      return rows
    }
  }

  // MARK: Archives

  /// Exports the organisation.
  /// - Parameter export: as what it is entered in the ledger; nil where it is not.
  /// - Returns: the path of the ZIP.
  func export(
    _ other: OrganisationID? = nil, _ scope: Scope = .organisation, format: ArchiveFormat = .csv,
    as export: ExportID? = nil
  ) throws -> String {
    let target = path(UUID().uuidString + ".zip")
    let id = other ?? organisation
    let found = try database.read { try $0.organisations.find(id) }
    let organisation = try #require(found)
    let builder = ArchiveBuilder(database: database, compressors: compressors, level: 1, clock: Self.clock)
    let archive = try builder.build(
      organisation, scope, format: format, as: export, at: target + ".part")
    try archive.publishAsNew(target)
    return target
  }

  /// Writes a ZIP as Handover does, in this order.
  func zip(_ files: [(name: String, bytes: [UInt8])]) throws -> String {
    try zip { writer in
      for file in files {
        try writer.begin(file.name)
        try writer.write(file.bytes.span)
        try writer.endEntry()
      }
    }
  }

  /// Makes the manifest, where there is one, that of the files as they are.
  func renewManifest(of files: inout [(name: String, bytes: [UInt8])]) {
    guard let index = files.firstIndex(where: { $0.name == Manifest.file }) else { return }
    let listed = files.filter { $0.name != Manifest.file }
    files[index].bytes =
      Manifest(lines: listed.map { .init(name: $0.name, sha256: SHA256.hash($0.bytes)) }).bytes
  }

  /// Writes a ZIP of one file that ends with so many blocks.
  func zip(_ name: String, _ start: [UInt8], thenTimes count: Int, _ block: [UInt8]) throws -> String {
    try zip { writer in
      try writer.begin(name)
      try writer.write(start.span)
      for _ in 0..<count { try writer.write(block.span) }
      try writer.endEntry()
    }
  }

  private func zip(_ write: (ArchiveWriter) throws -> Void) throws -> String {
    let target = path(UUID().uuidString + ".zip")
    let descriptor = unsafe open(target, O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    let writer = try ArchiveWriter(
      descriptor: descriptor, compressors: compressors, modified: .seconds(Self.now.rawValue))
    try write(writer)
    _ = try writer.finish()
    return target
  }

  /// The files of a ZIP in their order.
  func files(of zip: String) throws -> [(name: String, bytes: [UInt8])] {
    let reader = try ArchiveReader(path: zip)
    return try reader.entries.map { entry in
      var bytes: [UInt8] = []
      try reader.read(entry) { block in unsafe block.withUnsafeBufferPointer { unsafe bytes += $0 } }
      return (entry.name, bytes)
    }
  }

  /// The CSVs of a ZIP.
  func tables(of zip: String) throws -> [String: [UInt8]] {
    let files = try files(of: zip).filter { $0.name.hasSuffix(".csv") }
    return Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.bytes) })
  }
}

extension Importer {
  /// Compares and applies at once.
  ///
  /// - Parameter folder: for the difference file, which is removed at the end.
  func importFiles(
    at path: String, into organisation: OrganisationID, _ options: ImportOptions = ImportOptions(),
    in folder: String,
    progress: @escaping Progress = { _, _ in },
    finishing: (ImportReport, Connection) throws -> Void = { _, _ in }
  ) throws -> ImportReport {
    // Checked before any file is read, so that a wrong organisation is reported at once.
    _ = try database.read { try $0.organisations.require(organisation) }
    let difference = "\(folder)/difference.\(getpid()).\(UInt32.random(in: 0 ... .max)).db"
    defer { Self.remove(difference) }
    let report = try compare(
      ExportFiles(at: path), with: organisation, options, differenceAt: difference, progress: progress)
    try apply(differenceAt: difference, to: organisation, finishing: { try finishing(report, $0) })
    return report
  }
}
