import Foundation
import Handover

/// What the package holds beside the program, made from what `--help` prints: so they agree.
let manual = Subcommand(
  words: ["manual"], operands: ["FORM"], options: ["[--date DATE]"],
  summary: "Prints the settings, the manual or the completions for a shell, as the package installs them.",
  details: """
    FORM is one of \(ManualForm.allCases.map(\.rawValue).joined(separator: ", ")).
    DATE, such as 2026-05-02, stands on the pages of the manual; today by default.
    """,
  isHidden: true,
  run: { arguments in
    let name = try arguments.operand(0)
    guard let form = ManualForm(rawValue: name) else {
      let all = ManualForm.allCases.map(\.rawValue).joined(separator: ", ")
      throw arguments.usage("FORM is '\(name)', but must be one of \(all)")
    }
    let date = try arguments["--date"].map { text in
      guard let date = try? Date(text, strategy: .iso8601.year().month().day()) else {
        throw arguments.usage("--date is '\(text)', but must be a day such as 2026-05-02")
      }
      return date
    }
    print(form.text(date: inWords(date ?? .now)))
  })

/// The files that `handover manual` prints.
private enum ManualForm: String, CaseIterable {
  case settings = "handover.conf"
  case commands = "handover.1"
  case variables = "handover.conf.5"
  case bash, zsh, fish

  func text(date: String) -> String {
    switch self {
    case .settings: settingsFile
    case .commands: commandsPage(date: date)
    case .variables: settingsPage(date: date)
    case .bash: bashCompletion
    case .zsh: zshCompletion
    case .fish: fishCompletion
    }
  }
}

/// As mdoc(7) wants it.
private func inWords(_ date: Date) -> String {
  date.formatted(
    Date.FormatStyle(locale: Locale(identifier: "en_US"), timeZone: .gmt).month(.wide).day().year())
}

/// The text in lines of at most that many characters, as far as its words allow.
func wrapped(_ text: some StringProtocol, at limit: Int) -> [String] {
  var lines: [String] = []
  for word in text.split(whereSeparator: \.isWhitespace) {
    if let last = lines.last, last.count + 1 + word.count <= limit {
      lines[lines.count - 1] = "\(last) \(word)"
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
