import HTTP

/// How exports work.
enum HelpPage {
  static func show(_ visit: Visit) throws -> Response {
    try visit.settingsPage("pages/help", at: .help, [:])
  }
}
