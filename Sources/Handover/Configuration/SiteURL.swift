import HTTP

/// Where people reach the site: scheme and host, the only source of hosts in links.
struct SiteURL: Sendable, Equatable {
  /// `https://export.example.com`, without a slash at the end.
  let origin: String
  let isSecure: Bool
  let host: Host
  /// The port that browsers use: the one written, else the scheme's.
  let port: Int

  /// Nil for a URL with a path, a user, or another scheme.
  init?(_ text: String) {
    let text = text.hasSuffix("/") ? String(text.dropLast()) : text
    let rest: Substring
    if text.hasPrefix("https://") {
      isSecure = true
      rest = text.dropFirst(8)
    } else if text.hasPrefix("http://") {
      isSecure = false
      rest = text.dropFirst(7)
    } else {
      return nil
    }
    guard let host = Host(String(rest)) else { return nil }
    origin = text.lowercased()
    self.host = host
    port = host.port ?? (isSecure ? 443 : 80)
  }
}
