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
      for words in [
        [noun, "--help"], [noun, "-h"], [noun, "help"], ["help", noun], [noun, "--help", "x"],
        [noun, "x", "-h"],
      ] {
        let help = try Tool.run(Checkout.handover, words)
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

    @Test("Help is given to whoever asks for it, in any of the ways in which people ask")
    func help() throws {
      let all = try Tool.run(Checkout.handover, ["--help"]).output
      #expect(try Tool.run(Checkout.handover, ["help"]).output == all)
      let ofImport = try Tool.run(Checkout.handover, ["import", "--help"]).output
      #expect(try Tool.run(Checkout.handover, ["help", "import"]).output == ofImport)
      #expect(try Tool.run(Checkout.handover, ["help", "nothing"]).status == 64)
      for command in ["export", "verify"] {
        let lines = try Tool.run(Checkout.handover, [command, "--help"]).output.split(separator: "\n")
        #expect(lines.dropFirst().allSatisfy { $0.count <= 120 }, "\(command)")
      }
    }

    @Test("What must be there stands without brackets, and is asked for by name")
    func required() throws {
      let help = try Tool.run(Checkout.handover, ["--help"]).output
      for synopsis in [
        "handover organisation add [--time-zone ZONE] NAME",
        "handover organisation change --organisation ID --time-zone ZONE",
        "handover user add --organisation ID --name NAME --email EMAIL --role owner|admin|user [--invite]",
        "handover user change --organisation ID [--role owner|admin|user] [--enable | --disable] [--no-two-step] EMAIL",
        "handover export --organisation ID [--user EMAIL | --contact C-7] [--format csv|xlsx|both] [--documents] --output FILE [--replace]",
        "handover demo [--rows N]",
      ] {
        #expect(help.contains("  \(synopsis)\n"), "\(synopsis)")
      }
      for (words, option) in [
        (["export", "--output", "x"], "--organisation"), (["export", "--organisation", "1"], "--output"),
        (["organisation", "change", "--organisation", "1"], "--time-zone"),
        (["user", "add", "--organisation", "1", "--name", "A", "--email", "a@b.example"], "--role"),
        (["import", "x"], "--organisation"),
      ] {
        let result = try Tool.run(Checkout.handover, words)
        #expect(result.status == 64 && result.error.hasPrefix("handover: \(option) is missing; usage: "))
      }
      let both = try Tool.run(
        Checkout.handover, ["user", "change", "a@b.example", "--organisation", "1", "--enable", "--disable"])
      #expect(both.status == 64 && both.error.contains("--enable and --disable exclude each other"))
      let value = try Tool.run(
        Checkout.handover, ["user", "change", "a@b.example", "--organisation", "1", "--enable=no"])
      #expect(value.status == 64 && value.error.contains("--enable takes no value"))
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
