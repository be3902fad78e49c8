import Foundation
import Glibc
import Handover
import System

/// `handover`: finds the subcommand, runs it, and turns what it throws into one line and an exit status.
@main
struct Command {
  static func main() {
    let beganAsRoot = geteuid() == 0
    do {
      try run(commandLineWords())
    } catch let error as UsageError {
      fail(error.message, status: 64)
    } catch let error as HandoverError where error.needsOperator {
      // Who has started it by hand gets the status of every failure.
      let isService = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"] != nil
      fail("\(error)", status: isService ? Self.configurationError : 1)
    } catch {
      let text = words(for: error)
      // Root's commands do what the owner of the data folder may do.
      let isOthers = beganAsRoot && geteuid() != 0 && text.contains(reasonOfOthers)
      fail(text + (isOthers ? "; it was done as the user whom the data folder belongs to" : ""), status: 1)
    }
  }

  private static var reasonOfOthers: String { SystemError.reason(EACCES) }

  /// EX_CONFIG of sysexits.h: the unit starts nothing again that ended so.
  private static let configurationError: Int32 = 78

  private static func run(_ words: [String]) throws {
    guard let first = words.first else { throw UsageError("name a command; handover --help lists them") }
    if isHelp(first) || words == ["help"] { return print(overview) }
    // As people also ask: `help import`.
    if first == "help" { return try run(words.dropFirst() + ["--help"]) }
    if first == "--version" { return print("handover \(Application.version)") }
    for subcommand in subcommands where words.starts(with: subcommand.words) {
      let rest = words.dropFirst(subcommand.words.count)
      if rest.contains(where: isHelp) { return print(subcommand.help) }
      return try subcommand.run(try Arguments(Array(rest), of: subcommand))
    }
    let ofNoun = listedSubcommands.filter { $0.words[0] == first }
    guard !ofNoun.isEmpty else {
      throw UsageError("there is no command '\(first)'; handover --help lists them")
    }
    if words[1...].contains(where: isHelp) || words[1...] == ["help"] { return print(list(ofNoun)) }
    let verbs = ofNoun.map { $0.words[1] }.joined(separator: " or ")
    throw UsageError("handover \(first) takes a word more: \(verbs); handover \(first) --help says more")
  }

  private static func isHelp(_ word: String) -> Bool { word == "--help" || word == "-h" }

  private static func fail(_ message: String, status: Int32) -> Never {
    let message = message.replacing("\n", with: "; ")
    // A server's log may be read by programs.
    let isServer = (try? commandLineWords().first) == "serve"
    let stream = ProcessInfo.processInfo.environment[ThisProcess.journalVariable]
    // The level of a unit's line (sd-daemon(3)), so that journalctl -p err has it.
    let level = ThisProcess.hasJournal(stream) ? "<3>" : ""
    writeLine(isServer ? failureLine(message) : "\(level)handover: \(message)")
    exit(status)
  }

  private static var overview: String {
    """
    handover \(Application.version) takes all data of a CRM organisation out, complete, linked and proven.

    \(list(listedSubcommands))

    handover COMMAND --help says more; handover serve --help lists the environment variables.
    """
  }

  private static func list(_ subcommands: [Subcommand]) -> String {
    subcommands.map { "  \($0.synopsis)\n      \($0.summary)" }.joined(separator: "\n")
  }
}
