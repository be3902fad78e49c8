import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What the package is made from: `handover manual`.
  @Suite struct ManualTests {
    @Test("The manual has every command with what its help says, and every variable, in sound mdoc")
    func pages() throws {
      let folder = try TemporaryFolder()
      let commands = try form("handover.1")
      let settings = try form("handover.conf.5")
      for (name, text) in [("handover.1", commands), ("handover.conf.5", settings)] {
        try text.write(to: folder.appending(name), atomically: true, encoding: .utf8)
        let lint = try Tool.run("mandoc", ["-Tlint", folder.file(name)])
        // Of other pages this machine may know nothing.
        let found = lint.output.split(separator: "\n").filter { !$0.contains("referenced manual not found") }
        #expect(found == [])
      }
      let page = words(try Tool.run("mandoc", ["-Tutf8", "-Owidth=200", folder.file("handover.1")]).output)
      let conf = words(
        try Tool.run("mandoc", ["-Tutf8", "-Owidth=200", folder.file("handover.conf.5")]).output)
      let synopses = try synopses()
      #expect(synopses.count > 15)
      for synopsis in synopses {
        #expect(page.contains(words(synopsis)), "\(synopsis)")
        let name = commandName(synopsis)
        let help = try Tool.run(Checkout.handover, name + ["--help"]).output
        // The usage stands above.
        let said = help.split(separator: "\n", maxSplits: 1)[1]
        for sentence in said.split(separator: "\n\n") {
          #expect(page.contains(words(String(sentence))), "\(name): \(sentence)")
        }
      }
      for (name, standard) in try variables() {
        #expect(page.contains("\(name) (\(standard))") && conf.contains("\(name) (\(standard))"), "\(name)")
      }
    }

    @Test("The installed settings have every variable once, with its meaning and default, and can be read")
    func settings() throws {
      let text = try form("handover.conf")
      let variables = try variables()
      #expect(variables.count > 15)
      for (name, standard) in variables {
        #expect(text.matches(of: try Regex("(?m)^#?\(name)=")).count == 1, "\(name)")
        #expect(words(text.replacing("\n# ", with: " ")).contains("(default: \(standard))"), "\(name)")
      }
      let set = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(set == ["HANDOVER_DATA=/var/lib/handover", "HANDOVER_MAIL=maildir:/var/spool/handover"])
      #expect(text.split(separator: "\n").allSatisfy { $0.count < 100 })
    }

    @Test("bash completes commands, their verbs, options, values and files")
    func bash() throws {
      let folder = try TemporaryFolder()
      try form("bash").write(to: folder.appending("completion"), atomically: true, encoding: .utf8)
      let lint = try Tool.run("shellcheck", ["--shell=bash", folder.file("completion")])
      #expect(lint.succeeded, "\(lint.output)")
      try Data().write(to: folder.appending("export.zip"))
      func complete(_ words: String...) throws -> [String] {
        let script = """
          source completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _handover; printf '%s\\n' "${COMPREPLY[@]}"
          """
        let result = try Tool.run("bash", ["-c", script, "bash", "handover"] + words, folder: folder.url)
        return result.output.split(separator: "\n").map(String.init).sorted()
      }
      #expect(try complete("ver") == ["verify"])
      #expect(try complete("organisation", "") == ["--help", "add", "change", "list", "move"])
      #expect(try complete("user", "add", "--role", "") == ["admin", "owner", "user"])
      #expect(try complete("export", "--fo") == ["--format"])
      #expect(try complete("export", "--format", "") == ["both", "csv", "xlsx"])
      #expect(try complete("verify", "ex") == ["export.zip"])
      #expect(try complete("export", "--output", "ex") == ["export.zip"])
      #expect(try complete("export", "--organisation", "") == [])
      let first = try complete("")
      for synopsis in try synopses() { #expect(first.contains(commandName(synopsis)[0]), "\(synopsis)") }
      #expect(!first.contains("manual"))
    }

    @Test("zsh and fish complete the same")
    func otherShells() throws {
      let folder = try TemporaryFolder()
      try form("zsh").write(to: folder.appending("_handover"), atomically: true, encoding: .utf8)
      try form("fish").write(to: folder.appending("handover.fish"), atomically: true, encoding: .utf8)
      let zsh = try Tool.run("zsh", ["-n", folder.file("_handover")])
      #expect(zsh.succeeded && zsh.error == "", "\(zsh.error)")
      func complete(_ line: String) throws -> [String] {
        let script = "source handover.fish; complete -C '\(line)'"
        let result = try Tool.run(
          "fish", ["--no-config", "-c", script], environment: ["HOME": folder.path], folder: folder.url)
        #expect(result.error == "", "\(result.error)")
        return result.output.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }.sorted()
      }
      #expect(try complete("handover ver") == ["verify"])
      #expect(try complete("handover organisation ") == ["add", "change", "list", "move"])
      #expect(try complete("handover user add --role ") == ["admin", "owner", "user"])
      #expect(try complete("handover export --fo") == ["--format"])
    }

    @Test("A form that there isn't is wrong usage, and no list names the command")
    func unknown() throws {
      let result = try Tool.run(Checkout.handover, ["manual", "nothing"])
      #expect(result.status == 64 && result.error.contains("handover.conf.5"))
      #expect(try !Tool.run(Checkout.handover, ["--help"]).output.contains("handover manual"))
    }

    private func form(_ name: String) throws -> String {
      let result = try Tool.run(Checkout.handover, ["manual", name, "--date", "2026-05-02"])
      #expect(result.succeeded, "\(result.error)")
      return result.output
    }

    private func synopses() throws -> [String] {
      try Tool.run(Checkout.handover, ["--help"]).output.split(separator: "\n")
        .filter { $0.hasPrefix("  handover ") }.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// The small words behind the program's name.
    private func commandName(_ synopsis: String) -> [String] {
      synopsis.split(separator: " ").dropFirst()
        .prefix { $0.allSatisfy { $0.isLowercase || $0 == "-" } && !$0.hasPrefix("-") }.map(String.init)
    }

    private func variables() throws -> [(name: String, standard: String)] {
      try Tool.run(Checkout.handover, ["serve", "--help"]).output
        .matches(of: /(?m)^  ([A-Z_]+) \((.*)\)$/).map { (String($0.1), String($0.2)) }
    }

    /// Without the overstriking by which a terminal shows bold and underlined letters.
    private func words(_ text: String) -> String {
      text.replacing(/.\u{8}/, with: "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        .replacing("’", with: "'")
    }
  }
}
