/// One command: its words, its help, and what it does.
struct Subcommand: Sendable {
  /// As typed: `organisation add`.
  let words: [String]
  /// The operands in their order; one in brackets is optional, and the last may be several: `FILE…`.
  var operands: [String] = []
  /// The options as the help shows them, in its order: one that must be there, `--organisation ID`; in brackets one that
  /// may be, `[--user EMAIL]`, or several that exclude each other, `[--enable | --disable]`.
  var options: [String] = []
  let summary: String
  /// More for `--help`.
  var details = ""
  /// Only the package uses it: no list names it.
  var isHidden = false
  let run: @Sendable (Arguments) throws -> Void

  var name: String { words.joined(separator: " ") }

  var synopsis: String {
    var parts = ["handover", name]
    parts += options + operands
    return parts.joined(separator: " ")
  }

  var help: String {
    "usage: \(synopsis)\n\n\(summary)\(details.isEmpty ? "" : "\n\n" + details)"
  }
}

/// What may be typed in one place of a command: one option, or one of several.
struct OptionChoice {
  struct Option {
    let name: String
    /// What stands for its value in the help; empty where it takes none.
    let placeholder: String
  }

  let options: [Option]
  let isRequired: Bool

  /// - Parameter text: as in `Subcommand.options`.
  init(_ text: String) {
    isRequired = !text.hasPrefix("[")
    options = text.trimmingPrefix("[").replacing("]", with: "").split(separator: " | ").map { option in
      let words = option.split(separator: " ", maxSplits: 1)
      return Option(name: String(words[0]), placeholder: words.count > 1 ? String(words[1]) : "")
    }
  }
}

/// Every command, in the order of the help.
let subcommands: [Subcommand] = [
  serve, demo, addOrganisation, changeOrganisation, listOrganisations, moveOrganisation, addUser, changeUser,
  listCells, takeOverCell,
  importRecords,
  addDocuments, linkStorage, unlinkStorage, listStorages,
  export, verify, ledger, rotateKeys, backup, restore, drill, check, doctor, setup, mail, manual,
]

/// Those that people use.
let listedSubcommands = subcommands.filter { !$0.isHidden }
