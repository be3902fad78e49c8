import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What the program says about itself.
  @Suite struct CommandTests {
    @Test("The version is that of the change log's last release, and in the help too")
    func version() throws {
      let log = try String(
        contentsOf: Repository.appending("Documentation/CHANGELOG.md"), encoding: .utf8)
      let released = try #require(log.firstMatch(of: /\n## \[([0-9]+\.[0-9]+\.[0-9]+)\]/)?.1)
      let version = try Tool.run(Checkout.handover, ["--version"])
      #expect(version.succeeded && version.output == "handover \(released)\n")
      #expect(try Tool.run(Checkout.handover, ["--help"]).output.hasPrefix("handover \(released) "))
    }

    @Test("A noun's help lists its commands", arguments: ["organisation", "user", "keys"])
    func nouns(noun: String) throws {
      let all = try Tool.run(Checkout.handover, ["--help"]).output
      let commands = all.split(separator: "\n").filter { $0.hasPrefix("  handover \(noun) ") }
      #expect(!commands.isEmpty)
      for word in ["--help", "-h"] {
        let help = try Tool.run(Checkout.handover, [noun, word])
        #expect(help.succeeded && help.error == "")
        #expect(help.output.split(separator: "\n").filter { $0.hasPrefix("  handover ") } == commands)
      }
      let alone = try Tool.run(Checkout.handover, [noun])
      #expect(alone.status == 64 && alone.error.contains("handover \(noun) --help"))
    }

    @Test(
      "What is no command is wrong usage", arguments: [["nothing"], ["nothing", "--help"], ["user", "x"]])
    func unknown(words: [String]) throws {
      let result = try Tool.run(Checkout.handover, words)
      #expect(result.status == 64 && result.output == "")
      #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test("The help of serve lists every environment variable with its default")
    func environment() throws {
      let help = try Tool.run(Checkout.handover, ["serve", "--help"]).output
      for line in ["HANDOVER_DATA (./var)", "HANDOVER_THREADS (cores)", "HANDOVER_LOG (info)", "PORT (8080)"]
      {
        #expect(help.contains("  \(line)\n"))
      }
    }
  }
}
