/// The text of handover.conf, which systemd reads as well (`EnvironmentFile=` of systemd.exec(5)). Setting a
/// variable keeps every other line as it is.
struct SettingsText: Sendable, Equatable {
  private var lines: [String]

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  var text: String { lines.joined(separator: "\n") }

  /// The variables that are set.
  var variables: [String: String] { file.values }

  /// Takes the line that sets the variable, else the one in which it stands as a comment, else a new one.
  mutating func set(_ name: String, to value: String) {
    let line = "\(name)=\(quotedSetting(value))"
    if let index = file.lines[name].map({ $0 - 1 }) ?? lines.firstIndex(where: { $0.hasPrefix("#\(name)=") })
    {
      lines[index] = line
    } else {
      if lines.last == "" { lines.removeLast() }
      lines += [line, ""]
    }
  }

  private var file: SettingsFile { SettingsFile(path: SettingsFile.installed, bytes: text.utf8) }
}
