import Foundation
import Secrets
import System
import TestSupport
import ZIP

/// The files of an archive, to be changed and packed again as Handover packs them, so that only what is in them can tell.
struct ForgedArchive: Sendable {
  typealias File = (name: String, bytes: [UInt8])

  var files: [File]
  /// The ZIP as it was.
  let original: [UInt8]

  init(_ zip: URL) throws {
    try self.init(Array(try Data(contentsOf: zip)))
  }

  private init(_ zip: [UInt8]) throws {
    original = zip
    files = try withTemporaryFolder { folder in
      let file = folder.appending(path: "whole.zip")
      try Data(zip).write(to: file)
      let reader = try ArchiveReader(path: file.path)
      return try reader.entries.map { entry in
        var bytes: [UInt8] = []
        try reader.read(entry) { block in for place in block.indices { bytes.append(block[place]) } }
        return (entry.name, bytes)
      }
    }
  }

  subscript(name: String) -> [UInt8] {
    get { files.first { $0.name == name }?.bytes ?? [] }
    set {
      if let index = files.firstIndex(where: { $0.name == name }) { files[index].bytes = newValue }
    }
  }

  func text(_ name: String) -> String { String(decoding: self[name], as: UTF8.self) }

  /// Replaces the first occurrence of a text.
  mutating func replace(_ old: String, with new: String, in name: String) throws {
    let (content, old) = (self[name], Array(old.utf8))
    guard let place = content.indices.first(where: { content[$0...].starts(with: old) }) else {
      throw HarnessError("\(name) has no '\(String(decoding: old, as: UTF8.self))'")
    }
    self[name].replaceSubrange(place..<(place + old.count), with: Array(new.utf8))
  }

  mutating func remove(_ name: String) { files.removeAll { $0.name == name } }

  mutating func changePackage(_ change: (inout [String: Any]) -> Void) throws {
    let json = try JSONSerialization.jsonObject(with: Data(self["datapackage.json"]))
    guard var package = json as? [String: Any] else { throw HarnessError("datapackage.json is no object") }
    change(&package)
    self["datapackage.json"] = Array(
      try JSONSerialization.data(
        withJSONObject: package, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]))
  }

  mutating func changeResource(_ file: String, _ change: (inout [String: Any]) -> Void) throws {
    try changePackage { package in
      guard var resources = package["resources"] as? [[String: Any]],
        let index = resources.firstIndex(where: { $0["path"] as? String == file })
      else { return }
      change(&resources[index])
      package["resources"] = resources
    }
  }

  mutating func changeWorkbook(_ change: (inout [String: Any]) -> Void) throws {
    try changePackage { package in
      guard var workbook = package["workbook"] as? [String: Any] else { return }
      change(&workbook)
      package["workbook"] = workbook
    }
  }

  /// Changes the parts of Handover.xlsx, which is a ZIP itself, and packs it as Handover does.
  mutating func changeParts(_ change: (inout ForgedArchive) throws -> Void) throws {
    var parts = try ForgedArchive(self[Self.workbook])
    try change(&parts)
    self[Self.workbook] = try parts.packed()
  }

  private static let workbook = "Handover.xlsx"

  /// Makes datapackage.json say what the files measure: only a look into them can tell then.
  mutating func renewPackage() throws {
    let (_, checksums) = try packedWithChecksums()
    for file in files {
      func renew(_ described: inout [String: Any]) {
        described["bytes"] = file.bytes.count
        described["crc32"] = hex(
          [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: (checksums[file.name] ?? 0) >> $0) })
        described["sha256"] = hex(SHA256.hash(file.bytes))
      }
      try changeResource(file.name, renew)
      if file.name == Self.workbook { try changeWorkbook(renew) }
    }
  }

  /// Makes the manifest list the files as they are.
  mutating func renewManifest() {
    let lines = files.filter { $0.name != "manifest-sha256.txt" }
      .map { "\(hex(SHA256.hash($0.bytes)))  \($0.name)\n" }
    self["manifest-sha256.txt"] = Array(lines.joined().utf8)
  }

  /// Makes the head anew, as somebody does who changes an entered ZIP and knows Documentation/ExportFormat.md. What is in
  /// the manifest before datapackage.json has to be listed already.
  mutating func renewHead() throws {
    let json = try JSONSerialization.jsonObject(with: Data(self["datapackage.json"])) as? [String: Any]
    guard let package = json, let ledger = package["ledger"] as? [String: Any],
      let scope = package["scope"] as? [String: Any], let old = ledger["head"] as? String
    else { throw HarnessError("the archive is not entered") }
    let zeros = String(repeating: "0", count: 64)
    func covered(_ file: String) -> String {
      hex(SHA256.hash(Array(text(file).replacing(old, with: zeros, maxReplacements: 1).utf8)))
    }
    let lines = text("manifest-sha256.txt").components(separatedBy: "\n")
      .prefix { !$0.hasSuffix("  datapackage.json") }
    let words = ["type", "user_id", "contact_id"].compactMap { scope[$0] as? String }
    func said(_ member: String) -> String { "\(ledger[member] ?? "")" }
    let entry = """
      Handover ledger, version 1
      organisation: \(said("organisation"))
      number: \(said("number"))
      export: \(said("export"))
      scope: \(words.joined(separator: " "))
      snapshot: \(package["snapshot"] ?? "")
      rows: \(package["rows"] ?? "")
      contents: \(hex(SHA256.hash(Array(lines.map { $0 + "\n" }.joined().utf8))))
      description: \(covered("datapackage.json"))
      readme: \(covered("README.txt"))
      previous: \(said("previous"))
      previous seal: \(said("previous_seal"))

      """
    let head = hex(SHA256.hash(Array(entry.utf8)))
    for file in ["datapackage.json", "README.txt"] { try replace(old, with: head, in: file) }
    renewManifest()
  }

  func packed() throws -> [UInt8] { try packedWithChecksums().zip }

  private func packedWithChecksums() throws -> (zip: [UInt8], checksums: [String: UInt32]) {
    try withTemporaryFolder { folder in
      let target = folder.appending(path: "packed.zip")
      try Data().write(to: target)
      let handle = try FileHandle(forUpdating: target)
      defer { try? handle.close() }
      let compressors = try Compressors(threads: 1)
      defer { compressors.stop() }
      let writer = try ArchiveWriter(
        descriptor: handle.fileDescriptor, compressors: compressors, modified: .seconds(1_777_714_200))
      for file in files {
        try writer.begin(file.name, isStored: file.name == Self.workbook)
        try writer.write(file.bytes.span)
        try writer.endEntry()
      }
      let entries = try writer.finish().entries
      let checksums = Dictionary(entries.map { ($0.name, $0.crc32) }) { $1 }
      return (Array(try Data(contentsOf: target)), checksums)
    }
  }
}

private func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = try TemporaryFolder()
  return try withExtendedLifetime(folder) { try body(URL(filePath: folder.path)) }
}
