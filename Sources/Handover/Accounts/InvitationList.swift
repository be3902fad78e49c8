/// People to be invited, as somebody pastes them: one a line, `Maria Rossi <maria@example.com>` or
/// `maria@example.com`. Also what mail programs and tables put there: several in a line with `;` or `,` between them,
/// and a comma or a tab between name and address.
struct InvitationList: Sendable {
  private(set) var people: [Person] = []
  private(set) var problems: [Problem] = []
  /// Where each address stands, in lower case.
  private var lines: [String: Int] = [:]

  struct Person: Sendable, Equatable {
    /// From 1.
    let line: Int
    /// Nil where only the address is given.
    let name: String?
    let email: String
  }

  /// What is wrong in a line, as a sentence for the person who typed.
  struct Problem: Sendable, Equatable {
    /// Nil where it is about all of them.
    let line: Int?
    let text: String
  }

  init(_ text: String) {
    let rows = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (place, row) in rows.enumerated() {
      for entry in entries(in: row) { add(entry, line: place + 1) }
    }
    if people.isEmpty, problems.isEmpty {
      problems = [Problem(line: nil, text: "Write at least one e-mail address, such as maria@example.com.")]
    } else if people.count > PasswordLink.mostInvitations {
      let most = PasswordLink.mostInvitations
      problems.insert(
        Problem(
          line: nil,
          text:
            "This list has \(people.count) people. At most \(most) can be invited at once, so send it in parts."
        ),
        at: 0)
    }
  }

  /// The people of a line: a `;` is between two of them, and so is a `,` once there is an address.
  private func entries(in row: Substring) -> [String] {
    var entries = [""]
    var isQuoted = false
    for character in row {
      let entry = entries[entries.count - 1]
      if character == "\"" { isQuoted.toggle() }
      let isEnd = character == ";" || (character == "," && entry.contains("@") && !isOpen(entry))
      if isEnd, !isQuoted { entries.append("") } else { entries[entries.count - 1].append(character) }
    }
    return entries.map(trimmed).filter { !$0.isEmpty }
  }

  private func isOpen(_ entry: String) -> Bool { entry.contains("<") && !entry.contains(">") }

  private mutating func add(_ entry: String, line: Int) {
    let blanks = entry.split { $0.isWhitespace || $0 == "," }.map(String.init)
    // Addresses alone, with blanks between them.
    if blanks.count > 1, blanks.allSatisfy({ $0.contains("@") && !$0.contains("<") }) {
      for email in blanks { add(nil, email, line) }
    } else if entry.last == ">", let open = entry.lastIndex(of: "<") {
      add(String(entry[..<open]), trimmed(String(entry[open...].dropFirst().dropLast())), line)
    } else if let place = blanks.lastIndex(where: { $0.contains("@") }) {
      let name = blanks.enumerated().filter { $0.offset != place }.map(\.element).joined(separator: " ")
      add(name, blanks[place].filter { $0 != "<" && $0 != ">" }, line)
    } else {
      complain(line, "\(quoted(entry)) has no e-mail address.")
    }
  }

  private mutating func add(_ name: String?, _ typed: String, _ line: Int) {
    let name = name.map(bare).flatMap { $0.isEmpty ? nil : $0 }
    guard let email = EmailAddress.valid(typed) else {
      return complain(line, "\(quoted(typed)) is not an e-mail address.")
    }
    if let problem = name.flatMap(Name.problem) { return complain(line, "\(quoted(email)): \(problem)") }
    if let first = lines.updateValue(line, forKey: email.lowercased()) {
      lines[email.lowercased()] = first
      return complain(
        line, "\(quoted(email)) is " + (first == line ? "twice in this line." : "in line \(first) already."))
    }
    people.append(Person(line: line, name: name, email: email))
  }

  private mutating func complain(_ line: Int, _ text: String) {
    problems.append(Problem(line: line, text: text))
  }

  private func quoted(_ text: String) -> String {
    "“\(Wording.isolated(text.count > 100 ? text.prefix(100) + "…" : text))”"
  }

  /// The name without blanks, commas and quotes around it.
  private func bare(_ name: String) -> String {
    var name = trimmed(name)[...]
    while name.last == "," || name.last?.isWhitespace == true { name.removeLast() }
    if name.count > 1, let quote = name.first, "\"'".contains(quote), name.last == quote {
      name = name.dropFirst().dropLast()
    }
    return trimmed(String(name))
  }
}
