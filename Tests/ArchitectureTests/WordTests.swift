import Foundation
import Testing

/// What people read has one word for one thing. The words, and what is not said, stand in Contributing's table.
@Suite("The product's words") struct WordTests {
  @Test(
    "Nothing that people read has a word that Contributing rules out, or a straight apostrophe on a page or in a mail"
  )
  func said() throws {
    let rule = try WordRule()
    let texts = try Text.all()
    for kind in Text.Kind.allCases {
      #expect(texts.count { $0.kind == kind } > kind.least, "\(kind) was not seen")
    }
    for text in texts { #expect(rule.problems(in: text) == [], "\(text.file)") }
  }

  @Test("Each word that is ruled out is seen in a template, an error page, a script, Swift and a document")
  func canFail() throws {
    let rule = try WordRule()
    #expect(rule.words.count > 30)
    for (word, _) in rule.words {
      for text in [
        Text(file: "a", template: "{{! A comment. }}\n<p class=\"x\">So <b>\(word)</b> {{x}}.</p>"),
        Text(file: "a", template: "<a href=\"/\" aria-label=\"So \(word) now\">X</a>"),
        Text(file: "a", html: "<p>So \(word) now.</p>"), Text(file: "a", script: "say(\"So \(word) now.\");"),
        Text(file: "a", swift: "let text = \"So \(word) \\(name) now.\""),
        Text(file: "a", document: "## So\n\nSo \(word) now.\n"),
      ] {
        #expect(rule.problems(in: text).contains(word), "\(word) in \(text.kind)")
      }
    }
    #expect(
      rule.problems(in: Text(file: "a", template: "It isn't so...")) == ["straight apostrophe", "three dots"])
  }

  @Test("What is no text is not taken for one: names of fields, addresses, comments, code, longer words")
  func quiet() throws {
    let rule = try WordRule()
    for text in [
      Text(
        file: "a",
        template:
          "{{! A mail, please. }}<a href=\"mailto:{{email}}\" id=\"email\">{{email}}</a> e-mail mailbox"),
      Text(file: "a", script: "// Please mail.\nquery(\"[name=email]\"); text(`e-mail`);"),
      Text(file: "a", swift: "// A mail.\nlet a = \"mail\"; let b = \"To \\(user.email ?? \"\") by e-mail\""),
      Text(file: "a", document: "`mail` and [x](mail.md)\n\n    mail now\n\n```\nplease\n```\n| a | b |"),
    ] {
      #expect(rule.problems(in: text) == [], "\(text.said)")
    }
  }
}

/// The words of Contributing's table that are not said, and what is said for them.
private struct WordRule {
  let words: [(word: String, instead: String)]
  /// What finds each of them.
  private let expressions: [NSRegularExpression]

  init() throws {
    let document = try contents("Documentation/Contributing.md")
    let table = try #require(document.range(of: "## What people read")).upperBound
    let rows = document[table...].prefix(while: { _ in true }).components(separatedBy: "\n## ")[0]
    words = rows.split(separator: "\n").filter { $0.hasPrefix("| ") }.flatMap { row in
      let cells = row.split(separator: "|")
      return cells[1].matches(of: /`([^`]+)`/).map { (String($0.1), String(cells[0])) }
    }
    expressions = try words.map { word, _ in
      let isExact = word.contains(where: \.isUppercase)
      // A mail server is one.
      let pattern = "(?<![\\w-])\(NSRegularExpression.escapedPattern(for: word))(?![\\w-]| servers?\\b)"
      return try NSRegularExpression(pattern: pattern, options: isExact ? [] : .caseInsensitive)
    }
  }

  /// The words that a text must not have. One with a capital is looked for as it stands, any other in both cases.
  func problems(in text: Text) -> [String] {
    let range = NSRange(text.said.startIndex..., in: text.said)
    var problems = zip(words, expressions).filter { $1.firstMatch(in: text.said, range: range) != nil }
      .map(\.0.word)
    if text.typeset.contains(/\p{L}'\p{L}/) { problems.append("straight apostrophe") }
    if text.typeset.contains("...") { problems.append("three dots") }
    return problems
  }
}

/// What people read of a file.
private struct Text {
  enum Kind: CaseIterable {
    case template, html, script, swift, document

    /// There are more files of it than that.
    var least: Int {
      switch self {
      case .template: 40
      case .swift: 50
      case .html, .script, .document: 4
      }
    }
  }

  let file: String
  let kind: Kind
  let said: String
  /// What of it a page or a mail shows, and not a terminal or a document's source.
  let typeset: String

  static func all() throws -> [Text] {
    func read(_ folder: String, _ suffix: String, _ text: (String, String) -> Text) throws -> [Text] {
      let names =
        FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
      return try names.filter { $0.hasSuffix(suffix) }.sorted()
        .map { text("\(folder)/\($0)", try contents("\(folder)/\($0)")) }
    }
    return try read("Templates", ".mustache") { Text(file: $0, template: $1) }
      + read("Public/errors", ".html") { Text(file: $0, html: $1) }
      + read("Public/js", ".js") { Text(file: $0, script: $1) }
      + ["Handover", "Command", "Mail", "System", "Secrets"].flatMap {
        try read("Sources/\($0)", ".swift") { Text(file: $0, swift: $1) }
      }
      + DocumentTests.documents.map { Text(file: $0, document: try contents($0)) }
  }

  init(file: String, template: String) {
    self.init(
      file: file,
      html: template.replacing(/\{\{!.*?\}\}/.dotMatchesNewlines(), with: " ")
        .replacing(/\{\{\{?[\/#^>$<].*?\}\}/, with: "").replacing(/\{\{.*?\}\}\}?/, with: "X"),
      kind: .template)
  }

  /// The text between the tags, and of the attributes that people read or hear.
  init(file: String, html: String, kind: Kind = .html) {
    let attributes = html.matches(of: /(?:aria-label|title|placeholder|alt)="([^"]*)"/).map { String($0.1) }
    let between = html.replacing(/<style>.*?<\/style>/.dotMatchesNewlines(), with: " ").replacing(
      /<[^>]*>/, with: "")
    self.init(file: file, kind: kind, said: (attributes + [between]).joined(separator: "\n"))
  }

  /// Literals of more than one word.
  init(file: String, script: String) {
    let code = script.replacing(/(?m)^\s*\/\/.*$/, with: "")
    let literals = code.matches(of: /"([^"\n]*)"|`([^`]*)`/).map { String($0.1 ?? $0.2 ?? "") }
    let said = literals.map { $0.replacing(/\$\{.*?\}/, with: "X") }.filter {
      $0.contains(" ") && !$0.contains("[")
    }
    self.init(file: file, kind: .script, said: said.joined(separator: "\n"))
  }

  /// Literals of more than one word, without the values that stand in them and without options of commands; no SQL, and
  /// no records of the demo.
  init(file: String, swift: String) {
    let isData = Self.data.contains(where: file.contains)
    let said = (isData ? [] : SwiftText(swift).literals).map {
      $0.replacing(/\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*(\)|$)/, with: "X")
        .replacing(/--[a-z-]+(?: [A-Z]+)?/, with: "X")
    }.filter { $0.contains(" ") && !$0.hasPrefix("GET ") && !$0.hasPrefix("POST ") }
    // A sentence. What begins with a small letter is for an operator.
    let typeset =
      Self.shown.contains(where: file.contains) ? said.filter { $0.first?.isUppercase == true } : []
    self.init(
      file: file, kind: .swift, said: said.joined(separator: "\n"), typeset: typeset.joined(separator: "\n"))
  }

  private static let data = [
    "/Demo/", "/Schema.swift", "Table.swift", "/Reading/", "/Difference/", "CommonPasswords",
  ]
  /// Rooms whose sentences are shown on pages and in mails.
  private static let shown = ["Pages", "Accounts", "Exports/E", "Exports/S", "Activity", "Outbox", "Wording"]
    .map {
      "Sources/Handover/\($0)"
    }

  /// Without code and without the targets of links.
  init(file: String, document: String) {
    let said = document.replacing(/```.*?```/.dotMatchesNewlines(), with: " ")
      .replacing(/(?m)^ {4}.*$/, with: "").replacing(/`[^`]*`/, with: "X").replacing(/\]\([^)]*\)/, with: "]")
    self.init(file: file, kind: .document, said: said, typeset: "")
  }

  private init(file: String, kind: Kind, said: String, typeset: String? = nil) {
    self.file = file
    self.kind = kind
    self.said = said.replacing(/\s+/, with: " ")
    self.typeset = typeset ?? said
  }
}

private func contents(_ file: String) throws -> String {
  try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8)
}
