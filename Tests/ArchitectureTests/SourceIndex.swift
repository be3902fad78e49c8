import Foundation
import TestSupport

/// What the compiler wrote down of the product's sources when it built this test: where each symbol is declared, and
/// every place that refers to one. Members and extensions are seen as well as types, whatever they are called.
struct SourceIndex {
  struct Place: Hashable, CustomStringConvertible {
    /// Below Sources.
    let file: String
    let line: Int

    var description: String { "\(file):\(line)" }
  }

  struct Reference {
    /// The symbol's USR, its name for the compiler.
    let symbol: String
    let name: String
    let place: Place
  }

  private(set) var declarations: [String: Place] = [:]
  private(set) var references: [Reference] = []

  /// Reads the lines that index.py prints.
  init(lines: String) {
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 5, let number = Int(parts[4]) else { continue }
      let place = Place(file: parts[3], line: number)
      if parts[0] == "declares" {
        declarations[parts[1]] = place
      } else {
        references.append(Reference(symbol: parts[1], name: parts[2], place: place))
      }
    }
  }

  /// Reads the index that the build has left beside the running test.
  static func ofThisBuild() throws -> SourceIndex {
    let target = try output("swift", ["-print-target-info"])
    guard let resources = target.firstMatch(of: /"runtimeResourcePath"\s*:\s*"([^"]+)"/) else {
      throw HarnessError("swift does not say where its libraries are")
    }
    let test = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    let store = test.deletingLastPathComponent().appending(path: "index/store").path
    return SourceIndex(
      lines: try output(
        "/usr/bin/python3",
        [
          "\(root)/Tests/ArchitectureTests/index.py", "\(resources.1)/../libIndexStore.so", store,
          "\(root)/Sources",
        ]))
  }

  private static func output(_ program: String, _ arguments: [String]) throws -> String {
    let result = try Tool.run(program, arguments)
    guard result.succeeded else { throw HarnessError("\(program): \(result.error)") }
    return result.output
  }
}
