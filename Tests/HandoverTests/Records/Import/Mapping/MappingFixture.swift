import CSV
import Foundation
import TestSupport

@testable import Handover

/// Files of another CRM in a folder of their own, and a mapping.
struct MappingFixture {
  private let folder: TemporaryFolder
  let path: String

  static let templates = Repository.path + "/Templates"
  static let samples = Repository.path + "/Tests/HandoverTests/Records/Import/Mapping/Samples"
  static let expected = samples + "/expected"

  init(_ files: [String: String]) throws {
    folder = try TemporaryFolder()
    path = folder.path
    for (name, text) in files {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }
  }

  func source(by json: String, zone: String = "UTC") throws -> MappedSource {
    let mapping = try ImportMapping(Array(json.utf8), name: "test", file: "test.json")
    return try MappedSource(importSheets(at: path, as: mapping), by: mapping, zone: zone, zones: Zones())
  }

  /// What a mapping, or what it takes of the files, is refused for.
  func refusal(by json: String) throws -> [String] {
    do {
      let source = try source(by: json)
      let problems = ImportProblems()
      for table in Table.Name.ofAll {
        try source.eachRecord(of: table, problems, counting: uncounted) { _ in }
      }
      try problems.refuseIfAny()
      return []
    } catch let refusal as ImportRefusal {
      return refusal.problems.map(\.description)
    }
  }
}

extension ImportSource {
  /// The records of a table, each as its columns with a bar between.
  func rows(_ table: Table.Name) throws -> [String] {
    var rows: [String] = []
    let problems = ImportProblems()
    try eachRecord(of: table, problems, counting: uncounted) { record in
      rows.append((0..<record.count).map { String(copying: record[$0]) }.joined(separator: "|"))
    }
    try problems.refuseIfAny()
    return rows
  }

  /// The columns of a table, with a bar between.
  func columns(_ table: Table.Name) -> String? {
    headers[table]?.columns.map(\.title).joined(separator: "|")
  }
}
