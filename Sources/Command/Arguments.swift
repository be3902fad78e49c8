import Handover

/// Wrong usage: exit status 64 (EX_USAGE of sysexits.h).
struct UsageError: Error {
  let message: String

  init(_ message: String) {
    self.message = message
  }
}

/// The words after a command, sorted into options, flags and operands.
struct Arguments {
  private let command: Subcommand
  private let choices: [OptionChoice]
  private var options: [String: String] = [:]
  private var flags: Set<String> = []
  private var operands: [String] = []

  init(_ words: [String], of command: Subcommand) throws {
    self.command = command
    choices = command.options.map(OptionChoice.init)
    var rest = words[...]
    var areOptions = true
    while let word = rest.popFirst() {
      if areOptions, word == "--" {
        areOptions = false
      } else if areOptions, word.hasPrefix("-"), word != "-" {
        try take(option: word, &rest)
      } else {
        operands.append(word)
      }
    }
    for choice in choices {
      let given = choice.options.map(\.name).filter { options[$0] != nil || flags.contains($0) }
      if given.isEmpty, choice.isRequired { throw usage("\(choice.options[0].name) is missing") }
      if given.count > 1 { throw usage("\(given.joined(separator: " and ")) exclude each other") }
    }
    let required = command.operands.filter { !$0.hasPrefix("[") }
    if operands.count < required.count { throw usage("\(required[operands.count]) is missing") }
    if operands.count > command.operands.count, command.operands.last?.hasSuffix("…") != true {
      throw usage("'\(operands[command.operands.count])' is one word too many")
    }
  }

  /// The operand at that place; nil where an optional one is missing.
  subscript(operand index: Int) -> String? {
    operands.indices.contains(index) ? operands[index] : nil
  }

  subscript(option: String) -> String? { options[option] }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  func required(_ option: String) throws -> String {
    guard let value = options[option] else { throw usage("\(option) is missing") }
    return value
  }

  func operand(_ index: Int) throws -> String {
    guard let operand = self[operand: index] else { throw usage("\(command.operands[index]) is missing") }
    return operand
  }

  /// The operand at that place and all behind it.
  func operands(from index: Int) -> [String] { Array(operands.dropFirst(index)) }

  func deal() throws -> DealID {
    let text = try required("--deal")
    guard let id = DealID(text) else {
      throw usage("--deal is '\(text)', but must be the id of a deal, such as D-12")
    }
    return id
  }

  func organisation() throws -> OrganisationID {
    let text = try required("--organisation")
    guard let id = Int64(text), id > 0 else {
      throw usage("--organisation is '\(text)', but must be a number that handover organisation list shows")
    }
    return OrganisationID(rawValue: id)
  }

  /// Nil where it isn't there.
  func contact() throws -> ContactID? {
    guard let text = self["--contact"] else { return nil }
    guard let id = ContactID(text) else {
      throw usage("--contact is '\(text)', but must be the id of a contact, such as C-7")
    }
    return id
  }

  /// CSV files, where it isn't there.
  func format() throws -> ArchiveFormat {
    guard let text = self["--format"] else { return .csv }
    guard let format = ArchiveFormat(rawValue: text) else {
      throw usage("--format is '\(text)', but must be csv, xlsx or both")
    }
    return format
  }

  func number(_ option: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let text = options[option] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw usage(
        "\(option) is '\(text)', but must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func role() throws -> Role? {
    guard let text = options["--role"] else { return nil }
    guard let role = Role(rawValue: text) else {
      throw usage("--role is '\(text)', but must be owner, admin or user")
    }
    return role
  }

  func usage(_ problem: String) -> UsageError {
    UsageError("\(problem); usage: \(command.synopsis)")
  }

  private mutating func take(option word: String, _ rest: inout ArraySlice<String>) throws {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let option = choices.lazy.flatMap(\.options).first { $0.name == parts[0] }
    if let option, option.placeholder.isEmpty {
      guard parts.count == 1 else { throw usage("\(parts[0]) takes no value") }
      flags.insert(word)
    } else if option != nil {
      guard options[parts[0]] == nil else { throw usage("\(parts[0]) appears twice") }
      guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
        throw usage("\(parts[0]) needs a value")
      }
      options[parts[0]] = value
    } else {
      throw usage("there is no option '\(parts[0])'")
    }
  }
}
