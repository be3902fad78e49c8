import Foundation
import TestSupport

let root = Repository.path

/// The Swift files below a folder, with the folder's name in front.
func swiftFiles(_ folder: String) throws -> [String] {
  guard let files = FileManager.default.enumerator(atPath: "\(root)/\(folder)") else { return [] }
  return files.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
    .sorted()
}

/// A Swift text taken apart: code without comments and literals, and the literals.
struct SwiftText {
  private(set) var code = ""
  private(set) var literals: [String] = []

  init(_ text: String) {
    var rest = text[...]
    while let first = rest.first {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if rest.hasPrefix("/*") {
        rest = rest.range(of: "*/").map { rest[$0.upperBound...] } ?? ""
      } else if rest.hasPrefix("\"\"\"") {
        rest = rest.dropFirst(3)
        let end = rest.range(of: "\"\"\"") ?? rest.endIndex..<rest.endIndex
        literals.append(rest[..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines))
        rest = rest[end.upperBound...]
      } else if first == "\"" {
        rest = takeLiteral(rest.dropFirst())
      } else {
        code.append(first)
        rest = rest.dropFirst()
      }
    }
  }

  init(file: String) throws {
    self.init(try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8))
  }

  private mutating func takeLiteral(_ text: Substring) -> Substring {
    var rest = text
    while let first = rest.first, first != "\"", first != "\n" {
      rest = rest.dropFirst(first == "\\" ? 2 : 1)
    }
    literals.append(String(text[..<rest.startIndex]))
    return rest.dropFirst()
  }

  /// The modules that it imports.
  var imports: [String] {
    // The expression is slow, and few lines have the word.
    code.split(separator: "\n").lazy.filter { $0.contains("import ") }.compactMap { line in
      line.firstMatch(of: /^(?:@[a-zA-Z_]+ |package )*import (?:struct |func |class |enum )?([A-Za-z0-9]+)/)
        .map { String($0.1) }
    }
  }
}
