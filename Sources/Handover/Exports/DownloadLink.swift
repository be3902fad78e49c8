import Secrets

/// The signed address of a completed export's file: good for its 24 hours, for the owner who is signed in.
///
/// The signature covers all that the link stands for. Nothing of a link is ever parsed to find out what it
/// means: the server writes the one link that it would have written for that export, and compares.
struct DownloadLink: Sendable {
  /// Path and query.
  let target: String

  init(_ id: ExportID, of organisation: OrganisationID, expires: UnixTime, key: SigningKey) {
    let signed = """
      handover export download
      version 1
      key \(key.id)
      organisation \(organisation.rawValue)
      export \(id.rawValue)
      expires \(expires.rawValue)
      """
    target = "/exports/\(id.rawValue)/download?expires=\(expires.rawValue)&signature=\(key.sign(signed))"
  }

  /// Whether the raw target of a request is this link to the last byte, compared in constant time.
  func matches(_ rawTarget: String) -> Bool { constantTimeEquals(rawTarget, target) }
}

/// Writes the links of exports with the keys as they are now.
struct DownloadLinks {
  fileprivate let keys: KeyRing

  /// The path and query of the export's link, or nil where it has none: it was never completed, or the key that
  /// signed it is gone.
  func target(of export: Export) -> String? { link(of: export)?.target }

  /// Whether the key that signed it is there.
  func has(_ export: Export) -> Bool {
    export.archive.map { keys.has($0.keyID) } ?? false
  }

  func link(of export: Export) -> DownloadLink? {
    guard let archive = export.archive, let key = keys.key(archive.keyID) else { return nil }
    return DownloadLink(export.id, of: export.organisation, expires: archive.expiresAt, key: key)
  }
}

extension Exports {
  /// Looks at the file of keys once: for all links of a page.
  func links() throws -> DownloadLinks { DownloadLinks(keys: try keys.current()) }

  /// The whole address, for mails.
  func address(of export: Export) throws -> String? {
    try link(of: export).map { origin + $0.target }
  }

  func link(of export: Export) throws -> DownloadLink? {
    try links().link(of: export)
  }
}
