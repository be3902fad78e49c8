/// One command: its words, its help, and what it does.
struct Subcommand: Sendable {
  /// As typed: `organisation add`.
  let words: [String]
  /// The operands in their order; one in brackets is optional.
  var operands: [String] = []
  /// Options that take a value: the name, and its placeholder in the help.
  var options: [String: String] = [:]
  /// Options without a value.
  var flags: [String] = []
  let summary: String
  /// More for `--help`.
  var details = ""
  let run: @Sendable (Arguments) throws -> Void

  var name: String { words.joined(separator: " ") }

  var synopsis: String {
    var parts = ["handover", name]
    parts += options.sorted { $0.key < $1.key }.map { "[\($0.key) \($0.value)]" }
    parts += flags.map { "[\($0)]" }
    parts += operands
    return parts.joined(separator: " ")
  }

  var help: String {
    "usage: \(synopsis)\n\n\(summary)\(details.isEmpty ? "" : "\n\n" + details)"
  }
}

/// Every command, in the order of the help.
let subcommands: [Subcommand] = [
  serve, demo, addOrganisation, changeOrganisation, listOrganisations, addUser, changeUser, importRecords,
  export, verify, rotateKeys, backup,
]
