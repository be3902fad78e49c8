import Foundation
import Testing

/// The arrows of Documentation/Architecture.md: between targets by their imports, between the rooms of Handover by
/// the types that they name.
@Suite("The arrows of the architecture") struct ArrowTests {
  /// What each target may import of ours.
  static let targets: [String: Set<String>] = [
    "System": ["CSystem"],
    "SQLite": ["CSQLite", "System"],
    "HTTP": [],
    "FastCGI": ["CFastCGI", "HTTP", "System"],
    "Mustache": [],
    "CSV": [],
    "ZIP": ["CCRC32", "CZlib", "System"],
    "Secrets": ["CCrypt", "CSHA256", "System"],
    "Mail": ["System"],
    "Handover": ["System", "SQLite", "HTTP", "FastCGI", "Mustache", "CSV", "ZIP", "Secrets", "Mail"],
    "Command": ["Handover", "Secrets", "System"],
  ]

  /// Hot paths and kits of bytes that must do without Foundation.
  static let withoutFoundation: Set<String> = ["System", "SQLite", "Mustache", "CSV", "ZIP"]

  /// The rooms of Handover from the lowest up: one names types of those before it only.
  static let rooms = [
    "Store", "Wording", "Configuration", "Activity", "Letters", "Accounts", "Records", "Exports", "Pages",
  ]

  @Test("A target imports only what it may", arguments: targets.keys.sorted())
  func importsAreAllowed(target: String) throws {
    let own = Set(Self.targets.keys).union(Self.targets.values.flatMap { $0 })
    let allowed = try #require(Self.targets[target])
    for file in try swiftFiles("Sources/\(target)") {
      for module in try imports(of: file) {
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

  @Test("A room names no type of a room above it")
  func roomArrows() throws {
    var owner: [String: String] = [:]
    for room in Self.rooms {
      for file in try swiftFiles("Sources/Handover/\(room)") {
        for type in try declaredTypes(in: file) { owner[type] = room }
      }
    }
    #expect(owner.count > 40, "the declarations were not read")
    for (place, room) in Self.rooms.enumerated() {
      let above = Set(Self.rooms[(place + 1)...])
      for file in try swiftFiles("Sources/Handover/\(room)") {
        for word in try words(in: file) {
          guard let home = owner[word], above.contains(home) else { continue }
          Issue.record("\(file) of \(room) names \(word) of \(home)")
        }
      }
    }
  }

  @Test("Nobody starts a program by Foundation, whose Process leaves descriptors open and can crash for it")
  func processes() throws {
    for file in try swiftFiles("Sources") + swiftFiles("Tests") {
      #expect(try !words(in: file).contains("Process"), "\(file)")
    }
  }

  @Test("The test itself sees a forbidden import and a forbidden name")
  func canFail() {
    let code = code("import CSQLite // import HTTP\nlet a = \"Site\" /* Gate */\nfunc f(_ s: Visit) {}")
    #expect(importedModules(code) == ["CSQLite"])
    #expect(identifiers(code).contains("Visit"))
    #expect(!identifiers(code).contains("Site") && !identifiers(code).contains("Gate"))
  }
}

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path

private func swiftFiles(_ folder: String) throws -> [String] {
  guard let files = FileManager.default.enumerator(atPath: "\(root)/\(folder)") else { return [] }
  return files.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
    .sorted()
}

private func imports(of file: String) throws -> [String] {
  importedModules(code(try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8)))
}

private func words(in file: String) throws -> Set<String> {
  Set(identifiers(code(try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8))))
}

/// Types that are declared at the top level of a file; those inside another type don't count, since their names are
/// said with it.
private func declaredTypes(in file: String) throws -> [String] {
  let pattern =
    /^(?:package |final |indirect |@[A-Za-z]+(?:\([^)]*\))? )*(?:struct|enum|class|protocol|typealias) ([A-Z][A-Za-z0-9]*)/
  let code = code(try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8))
  return code.split(separator: "\n").compactMap { line in
    line.firstMatch(of: pattern).map { String($0.1) }
  }
}

private func importedModules(_ code: String) -> [String] {
  code.split(separator: "\n").compactMap { line in
    line.firstMatch(of: /^(?:@[a-zA-Z_]+ |package )*import (?:struct |func |class |enum )?([A-Za-z0-9]+)/)
      .map { String($0.1) }
  }
}

private func identifiers(_ code: String) -> [String] {
  // What follows a point is a member: not a type of a room, but of the type before the point.
  code.matches(of: /\.?\b[A-Z][A-Za-z0-9]*/).map { String($0.0) }.filter { !$0.hasPrefix(".") }
}

/// The text without comments and string literals.
private func code(_ text: String) -> String {
  var result = ""
  var rest = text[...]
  while let first = rest.first {
    if rest.hasPrefix("//") {
      rest = rest.drop { $0 != "\n" }
    } else if rest.hasPrefix("/*") {
      rest = rest.range(of: "*/").map { rest[$0.upperBound...] } ?? ""
    } else if rest.hasPrefix("\"\"\"") {
      rest = rest.dropFirst(3)
      rest = rest.range(of: "\"\"\"").map { rest[$0.upperBound...] } ?? ""
    } else if first == "\"" {
      rest = afterLiteral(rest.dropFirst())
    } else {
      result.append(first)
      rest = rest.dropFirst()
    }
  }
  return result
}

private func afterLiteral(_ text: Substring) -> Substring {
  var rest = text
  while let first = rest.first, first != "\"", first != "\n" {
    rest = rest.dropFirst(first == "\\" ? 2 : 1)
  }
  return rest.dropFirst()
}
