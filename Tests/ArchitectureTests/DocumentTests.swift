import Foundation
import Testing

/// Documents name files and tests; a file that moves takes its mention along.
@Suite("Paths in the documents") struct DocumentTests {
  static let documents: [String] =
    ["README.md"]
    + ((try? FileManager.default.contentsOfDirectory(atPath: root + "/Documentation")) ?? [])
    .filter { $0.hasSuffix(".md") }.map { "Documentation/" + $0 }.sorted()

  /// All files and folders of the checkout that documents speak of, from its top.
  private static let paths: Set<String> = {
    var paths: Set<String> = []
    for folder in ["Sources", "Tests", "Scripts", "Templates", "Public", "Documentation", "debian"] {
      let below =
        FileManager.default.enumerator(atPath: root + "/" + folder)?.compactMap { $0 as? String } ?? []
      paths.formUnion([folder] + below.map { folder + "/" + $0 })
    }
    return paths
  }()

  @Test("Every path and every test in brackets is there", arguments: documents)
  func paths(document: String) throws {
    let text = try String(contentsOfFile: root + "/" + document, encoding: .utf8)
    #expect(missing(in: text) == [], "\(document)")
  }

  @Test("Architecture's tables say what the arrows are")
  func tables() throws {
    let text = try String(contentsOfFile: root + "/Documentation/Architecture.md", encoding: .utf8)
    let targets = text.matches(of: /\| `Sources\/([A-Za-z]+)` \| [^|]* \| ?([^|]*?) ?\|/)
    #expect(targets.count == ArrowTests.targets.count)
    for target in targets where target.2 != "all of the above" {
      let known = Set(target.2.split(separator: ", ").map(String.init))
      #expect(known == ArrowTests.targets[String(target.1)], "\(target.1)")
    }
    let rooms = text.matches(of: /\n\| `([A-Z][a-z]+)` \| [^|]* \|(?=\n)/).map { String($0.1) }
    #expect(rooms.reversed() == ArrowTests.rooms)
  }

  @Test("Each promise names the tests that hold it, which are there, and a figure")
  func promises() throws {
    let text = try String(contentsOfFile: root + "/Documentation/Reliability.md", encoding: .utf8)
    let promises = Self.promises(in: text)
    #expect(promises.count > 15, "the table was not seen")
    for promise in promises {
      #expect(!promise.tests.isEmpty && !promise.figure.isEmpty, "\(promise.text)")
      #expect(try promise.tests.filter { try !Self.isTest($0) } == [], "\(promise.text)")
    }
  }

  @Test("A test that is not there is seen, and a promise without one")
  func promisesCanFail() throws {
    let table = """
      | Promise | Test | Figure |
      |---|---|---|
      | Nothing is lost | `DocumentTests.promises`, `DocumentTests.nothing` | 1 s |
      | All is well | |  |
      """
    let promises = Self.promises(in: table)
    #expect(promises.map(\.tests) == [["DocumentTests.promises", "DocumentTests.nothing"], []])
    #expect(promises.map(\.figure) == ["1 s", ""])
    #expect(try Self.isTest("DocumentTests.promises") && !Self.isTest("DocumentTests.nothing"))
    #expect(try !Self.isTest("NoTests.promises"))
  }

  /// The rows of a table of promises.
  private static func promises(in text: String) -> [(text: String, tests: [String], figure: String)] {
    text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 5, cells[1] != "Promise", !cells[1].hasPrefix("---") else { return nil }
      let tests = cells[2].matches(of: /`([A-Za-z0-9]+\.[A-Za-z0-9]+)`/).map { String($0.1) }
      return (cells[1], tests, cells[3])
    }
  }

  /// Whether a file of that name below Tests has that function. Some names are there twice.
  private static func isTest(_ name: String) throws -> Bool {
    let parts = name.split(separator: ".").map(String.init)
    return try paths.contains { path in
      guard path.hasPrefix("Tests/"), path.hasSuffix("/\(parts[0]).swift") else { return false }
      return try String(contentsOfFile: root + "/" + path, encoding: .utf8).contains("func \(parts[1])(")
    }
  }

  @Test("A path that is not there is seen, and a part of a path is read")
  func canFail() {
    #expect(missing(in: "`Sources/Nowhere.swift`, `Tests/`, `/etc/passwd`") == ["Sources/Nowhere.swift"])
    #expect(missing(in: "`ArchitectureTests/DocumentTests.swift` and `partials/….mustache`") == [])
    #expect(missing(in: "so [ArchitectureTests/DocumentTests, ArrowTests, NoTests]") == ["NoTests"])
    #expect(missing(in: "[LinkTests](https://example.com)") == [])
  }

  /// Paths in backquotes that have a slash, and the words of brackets that speak of tests, where no file or folder
  /// has that name or a path that ends so.
  private func missing(in text: String) -> [String] {
    let quoted = text.matches(of: /`([A-Za-z][A-Za-z0-9_.+-]*\/[A-Za-z0-9_.+\/-]*)`/).map { String($0.1) }
      // Folders of the data, not of the checkout; types of media.
      .filter { path in
        !["var/", "exports/", "assets/", "operation/", "imports/", "documents/", "storage/", "application/"]
          .contains(where: path.hasPrefix) && !path.contains("NAME") && !path.contains("TIME")
      }
    let tests = text.matches(of: /\[([^\]\[]*Tests[^\]\[]*)\](?!\()/)
      .flatMap { $0.1.split(separator: /[,;]\s*/) }.map { String($0) }
    return (quoted + tests).filter { !isThere($0.hasSuffix("/") ? String($0.dropLast()) : $0) }
  }

  private func isThere(_ name: String) -> Bool {
    Self.paths.contains { path in
      [name, name + ".swift"].contains { path == $0 || path.hasSuffix("/" + $0) }
    }
  }
}
