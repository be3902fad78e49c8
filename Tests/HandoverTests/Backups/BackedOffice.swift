import Foundation
import Secrets
import TestSupport

@testable import Handover

/// A data folder with the demo, documents and keys, a folder for backups, and the commands over both.
final class BackedOffice {
  let office: ExportOffice
  let organisations: [Organisation]
  let backups: TemporaryFolder

  var data: DataFolder { DataFolder(path: office.folder) }
  var environment: [String: String] {
    ["HANDOVER_DATA": office.folder, "HANDOVER_OPERATOR": "op@example.com"]
  }

  /// - Parameter hasRecords: whether there is more than an organisation: some records of three, and documents.
  init(hasRecords: Bool = true) throws {
    office = try ExportOffice()
    if hasRecords {
      organisations = try office.makeDemo(rows: 100)
      try DemoDocuments(documents: office.documents).make(for: organisations[0].id, deals: 5)
    } else {
      organisations = [
        try office.database.write {
          try $0.organisations.add(named: "One", timeZone: "UTC", at: ExportOffice.now)
        }
      ]
    }
    _ = try KeyFile(path: office.folder + "/keys", now: 1, randomness: .system)
    backups = try TemporaryFolder()
  }

  /// - Returns: the file.
  @discardableResult
  func backup(_ name: String = "copy.sqlite", withKeys: Bool = false) throws -> String {
    try Application.backup(
      to: backups.file(name), withKeys: withKeys, keeping: nil, environment: environment,
      progress: { _, _ in }
    ).file
  }

  func drill() throws -> String { try Application.drill(environment: environment) }

  func restore(_ file: String) throws -> [String] {
    try Restoring(.backup(file), isDryRun: false, environment: environment).run { _, _ in }
  }

  /// What a command answers that must fail.
  func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "it did not fail"
    } catch { return words(for: error) }
  }

  func state(_ kind: OperationState.Kind) throws -> OperationState? {
    try OperationState.read(kind, in: data)
  }

  /// Of the database that is there now.
  func names() throws -> [String] {
    try Database(data).read { try $0.organisations.all() }.map(\.name)
  }

  /// What was mailed to the operator.
  func mails() throws -> [String] {
    let folder = data.path + "/mail/new"
    return try ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map {
      try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
    }
  }

  /// All files below a folder, sorted, but for the database's log.
  static func files(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
      var isFolder: ObjCBool = false
      _ = unsafe FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
      return !isFolder.boolValue
    }.sorted()
  }
}

/// Turns one bit of a file.
func flip(_ path: String, at offset: Int) throws {
  var bytes = try Data(contentsOf: URL(filePath: path))
  bytes[offset] ^= 1
  try bytes.write(to: URL(filePath: path))
}
