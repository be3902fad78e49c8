import Secrets

/// The signed address of a completed export's file: valid for the export's lifetime, for the signed-in owner, or for the
/// signed-in user in whose hands it is.
///
/// The signature covers all that the link stands for. The server never parses a link to find out what it
/// means: it writes the one link of that export again, and compares.
struct DownloadLink: Sendable {
  /// Path and query.
  let target: String

  /// - Parameter path: of the export's download.
  init(_ id: ExportID, of organisation: OrganisationID, at path: String, expires: UnixTime, key: SigningKey) {
    let signed = """
      handover export download
      version 1
      key \(key.id)
      organisation \(organisation.rawValue)
      export \(id.rawValue)
      expires \(expires.rawValue)
      """
    target = "\(path)?expires=\(expires.rawValue)&signature=\(key.sign(signed))"
  }

  /// The recipient's link. The hand is in the signed text: one that has ended never opens anything again.
  init(
    _ id: ExportID, of organisation: OrganisationID, for hand: Hand, at path: String, expires: UnixTime,
    key: SigningKey
  ) {
    let signed = """
      handover export hand-over
      version 1
      key \(key.id)
      organisation \(organisation.rawValue)
      export \(id.rawValue)
      recipient \(hand.user.id)
      hand \(hand.id.rawValue)
      expires \(expires.rawValue)
      """
    target = "\(path)?for=\(hand.user.id)&expires=\(expires.rawValue)&signature=\(key.sign(signed))"
  }

  /// Whether the raw target of a request is this link to the last byte, compared in constant time.
  func matches(_ rawTarget: String) -> Bool { constantTimeEquals(rawTarget, target) }
}

/// Where downloads are. The path is the route's.
struct DownloadAddress: Sendable {
  /// Scheme and host, without a slash at the end.
  let origin: String
  let path: @Sendable (ExportID) -> String
}

/// Writes the links of exports with the keys as they are now.
struct DownloadLinks {
  /// Nil while the file of keys is away or damaged: there are no links then, and there will be again.
  fileprivate let keys: KeyRing?
  fileprivate let address: DownloadAddress

  /// Whether there are no links now, since the keys are away.
  var areAway: Bool { keys == nil }

  /// Whether the key that signed it still exists.
  func has(_ export: Export) -> Bool {
    export.archive.map { keys?.has($0.keyID) == true } ?? false
  }

  /// Nil where the export was never completed, or the key that signed it is gone or away.
  func link(of export: Export) -> DownloadLink? {
    guard let archive = export.archive, let key = keys?.key(archive.keyID) else { return nil }
    return DownloadLink(
      export.id, of: export.organisation, at: address.path(export.id), expires: archive.signedUntil, key: key)
  }

  /// The link of the user in whose hands it is, or was.
  func link(of export: Export, for hand: Hand) -> DownloadLink? {
    guard let archive = export.archive, let key = keys?.key(archive.keyID), hand.export == export.id else {
      return nil
    }
    return DownloadLink(
      export.id, of: export.organisation, for: hand, at: address.path(export.id),
      expires: archive.signedUntil,
      key: key)
  }
}

extension Exports {
  /// Reads the file of keys once, for all links of a page.
  func linksNow() -> DownloadLinks { DownloadLinks(keys: try? keys.current(), address: downloads) }

  /// The whole address, for mails.
  ///
  /// - Throws: `SecretsError` while the keys are away.
  func address(of export: Export) throws -> String? {
    try links().link(of: export).map { downloads.origin + $0.target }
  }

  /// - Throws: `SecretsError` while the keys are away.
  func links() throws -> DownloadLinks {
    DownloadLinks(keys: try keys.current(), address: downloads)
  }
}
