import Foundation
import Glibc
import Handover

/// `handover`: finds the subcommand, runs it, and turns what it throws into one line and an exit status.
@main
struct Command {
  static func main() {
    do {
      try run(commandLineWords())
    } catch let error as UsageError {
      fail(error.message, status: 64)
    } catch let error as Stopped {
      exit(error.status)
    } catch {
      fail("\(error)", status: 1)
    }
  }

  private static func run(_ words: [String]) throws {
    guard let first = words.first else { throw UsageError("name a command; handover --help lists them") }
    if first == "--help" || first == "-h" { return print(overview) }
    for subcommand in subcommands where words.starts(with: subcommand.words) {
      let rest = words.dropFirst(subcommand.words.count)
      if rest.contains("--help") || rest.contains("-h") { return print(subcommand.help) }
      return try subcommand.run(try Arguments(Array(rest), of: subcommand))
    }
    throw UsageError("there is no command '\(first)'; handover --help lists them")
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    writeLine("handover: \(message.replacing("\n", with: "; "))")
    exit(status)
  }

  private static var overview: String {
    """
    handover takes all of a CRM organisation's data out, complete, linked and proven.

    \(subcommands.map { "  \($0.synopsis)\n      \($0.summary)" }.joined(separator: "\n"))

    handover COMMAND --help says more. The environment is described in Documentation/Operations.md.
    """
  }
}

/// What ends a command with a status and nothing more to say.
struct Stopped: Error {
  let status: Int32
}
