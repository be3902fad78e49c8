import Foundation
import Testing

/// The arrows of Documentation/Architecture.md: between targets by their imports, between the rooms of Handover by all
/// that the compiler saw one say of another.
@Suite("The arrows of the architecture") struct ArrowTests {
  /// What each target may import of ours.
  static let targets: [String: Set<String>] = [
    "System": ["CSystem"],
    "SQLite": ["CSQLite", "System"],
    "HTTP": ["System"],
    "FastCGI": ["CFastCGI", "HTTP", "System"],
    "Mustache": [],
    "CSV": ["CUTF8"],
    "ZIP": ["CCRC32", "CZlib", "System"],
    "XLSX": [],
    "Secrets": ["CCrypt", "CSHA256", "System"],
    "Mail": ["System"],
    "Handover": ["System", "SQLite", "HTTP", "FastCGI", "Mustache", "CSV", "ZIP", "XLSX", "Secrets", "Mail"],
    "Command": ["Handover", "Secrets", "System"],
  ]

  /// Hot paths and kits of bytes that must do without Foundation.
  static let withoutFoundation: Set<String> = ["System", "SQLite", "Mustache", "CSV", "ZIP", "XLSX"]

  /// The rooms of Handover from the lowest up: one names types and calls verbs of those before it only.
  static let rooms = [
    "Store", "Wording", "Cells", "Configuration", "Metrics", "Activity", "Outbox", "Accounts", "Records",
    "Verification", "Jobs", "Documents", "Storage", "Exports", "Imports", "Backups", "Pages", "Doctor",
  ]

  @Test("A target imports only what it may", arguments: targets.keys.sorted())
  func importsAreAllowed(target: String) throws {
    let own = Set(Self.targets.keys).union(Self.targets.values.flatMap { $0 })
    let allowed = try #require(Self.targets[target])
    for file in try swiftFiles("Sources/\(target)") {
      for module in try SwiftText(file: file).imports {
        if own.contains(module) {
          #expect(allowed.contains(module), "\(file) imports \(module)")
        } else if module.hasPrefix("Foundation") {
          #expect(!Self.withoutFoundation.contains(target), "\(file) imports \(module)")
        }
      }
    }
  }

  @Test("Every target is in the table")
  func tableIsComplete() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: root + "/Sources")
    let swift = try folders.filter { try !swiftFiles("Sources/\($0)").isEmpty }
    #expect(Set(swift) == Set(Self.targets.keys))
  }

  @Test("Every folder of Handover is a room")
  func roomsAreComplete() throws {
    let entries = try FileManager.default.contentsOfDirectory(atPath: root + "/Sources/Handover")
    #expect(Set(entries.filter { !$0.hasSuffix(".swift") }) == Set(Self.rooms))
  }

  @Test("A room names no type, verb or value of a room above it")
  func roomArrows() throws {
    let index = try SourceIndex.ofThisBuild()
    let indexed = Set(index.declarations.values.map(\.file))
    for room in Self.rooms {
      for file in try swiftFiles("Sources/Handover/\(room)") {
        #expect(indexed.contains(String(file.dropFirst("Sources/".count))), "the index lacks \(file)")
      }
    }
    for arrow in upwardArrows(index) { Issue.record("\(arrow)") }
  }

  @Test("A verb on a foreign type is an arrow, too: the test above sees more than types")
  func canFail() {
    let lines = """
      declares\ts:table\tExportTable\tHandover/Exports/ExportTable.swift\t3
      declares\ts:verb\topen(of:)\tHandover/Exports/ExportTable.swift\t9
      refers\ts:verb\topen(of:)\tHandover/Accounts/Members.swift\t5
      refers\ts:verb\topen(of:)\tHandover/Pages/ExportList.swift\t6
      """
    #expect(
      upwardArrows(SourceIndex(lines: lines)) == [
        "Handover/Accounts/Members.swift:5 says open(of:) of Handover/Exports/ExportTable.swift:9"
      ])
    let text = SwiftText("import CSQLite // import HTTP\nlet a = \"SELECT 1\" /* import ZIP */")
    #expect(text.imports == ["CSQLite"] && text.literals == ["SELECT 1"])
  }

  @Test("Nobody starts a program by Foundation, whose Process leaves descriptors open and can crash for it")
  func processes() throws {
    for file in try swiftFiles("Sources") + swiftFiles("Tests") {
      #expect(try SwiftText(file: file).code.firstMatch(of: /\bProcess\b/) == nil, "\(file)")
    }
  }

  private func upwardArrows(_ index: SourceIndex) -> [String] {
    index.references.compactMap { reference in
      guard let declaration = index.declarations[reference.symbol],
        let from = height(of: reference.place.file),
        let to = height(of: declaration.file), to > from
      else { return nil }
      return "\(reference.place) says \(reference.name) of \(declaration)"
    }
  }

  /// How high the room of a file lies; nil for a file of no room.
  private func height(of file: String) -> Int? {
    let parts = file.split(separator: "/")
    guard parts.count > 2, parts[0] == "Handover" else { return nil }
    return Self.rooms.firstIndex(of: String(parts[1]))
  }
}
