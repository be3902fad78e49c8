import Foundation
import TestSupport

/// The commands of Documentation/Scale.md, for a machine that is set up by nothing else.
enum Scale {
  /// Runs those that stand below a heading, in their order, until one fails.
  ///
  /// - Parameter change: what the reader is told to write otherwise.
  static func follow(
    _ heading: String, on machine: BootedMachine, writing change: (String) -> String = { $0 }
  ) throws {
    let text = try String(contentsOf: Repository.appending("Documentation/Scale.md"), encoding: .utf8)
    let sections = text.replacing("\n### ", with: "\n## ").components(separatedBy: "\n## ")
    guard let section = sections.first(where: { $0.hasPrefix("\(heading)\n") }) else {
      throw HarnessError("Scale.md has no '\(heading)'")
    }
    let commands = section.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
    guard !commands.isEmpty else { throw HarnessError("Scale.md says nothing to do below '\(heading)'") }
    do { try machine.must("set -e\n" + change(commands.joined(separator: "\n"))) } catch {
      let journal = try machine.run("journalctl --no-pager -n 30 -o cat").output
      throw HarnessError("\(error)\n\(journal)")
    }
  }
}
