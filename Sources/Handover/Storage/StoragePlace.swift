import SQLite
import Secrets
import System

/// A place of the operator's that an organisation's documents are copied to: by rclone's own settings, and a path below
/// which the folder of all folders lies.
struct StoragePlace: Sendable, Equatable {
  let provider: StorageProvider
  /// By rclone's names, passwords as they were given.
  private(set) var settings: [String: String]
  /// A bucket, or a folder; may be empty but for S3.
  private(set) var path = ""

  /// - Parameters:
  ///   - type: `s3`, `sftp` or `webdav`.
  ///   - words: `host=files.example`, as they were typed: they are no secrets.
  ///   - secrets: `pass=…`, from elsewhere.
  /// - Throws: `HandoverError` that says what to do.
  init(_ type: String, _ words: [String], secrets: [String]) throws {
    guard let provider = StorageProvider(rawValue: type), !provider.isAccount else {
      throw HandoverError("'\(type)' is no place that can be linked: write s3, sftp or webdav")
    }
    self.provider = provider
    settings = [:]
    for word in words { try take(word, isSecret: false) }
    for secret in secrets where !secret.isEmpty { try take(secret, isSecret: true) }
    path = try Self.path(settings.removeValue(forKey: "path") ?? "", of: provider)
    for name in Self.required[provider] ?? [] where settings[name] == nil {
      throw HandoverError(
        "\(provider.name) needs \(name)=…\(Self.isSecret(name) ? " on standard input" : "")")
    }
    if provider == .s3, path.isEmpty { throw HandoverError("S3 needs path=BUCKET or path=BUCKET/FOLDER") }
  }

  private mutating func take(_ text: String, isSecret: Bool) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let isName =
      !name.isEmpty && name.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F }
    guard parts.count == 2, isName, name != "type" else {
      throw HandoverError(
        isSecret
          ? "a line of standard input is no setting: write it as pass=…"
          : "'\(text)' is no setting: write it as rclone names it, as in host=files.example")
    }
    guard isSecret || !Self.isSecret(name) else {
      throw HandoverError(
        "\(name) is a secret, which lists of processes would show: give it on standard input, as a line \(name)=…"
      )
    }
    guard settings[name] == nil else { throw HandoverError("\(name) is given twice") }
    settings[name] = String(parts[1])
  }

  /// Whether nobody else may read the setting.
  private static func isSecret(_ name: String) -> Bool {
    ["pass", "secret_access_key", "session_token", "key_pem", "bearer_token", "sse_customer_key"].contains(
      name)
      || name.hasSuffix("_pass")
  }

  private static let required: [StorageProvider: [String]] = [
    .s3: ["provider", "access_key_id", "secret_access_key"], .sftp: ["host", "user"], .webdav: ["url"],
  ]

  /// Only SFTP has folders above its own.
  private static func path(_ text: String, of provider: StorageProvider) throws -> String {
    let parts = text.split(separator: "/")
    guard !parts.contains(".."), !parts.contains(".") else {
      throw HandoverError("path=\(text) leads elsewhere")
    }
    return (provider == .sftp && text.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}

extension StoragePlace {
  /// What people know it by: `broker@files.example/handover`.
  var name: String {
    switch provider {
    case .sftp:
      "\(settings["user"] ?? "")@\(settings["host"] ?? "")\(settings["port"].map { ":\($0)" } ?? "")"
        + (path.isEmpty ? "" : path.hasPrefix("/") ? path : "/\(path)")
    case .webdav: [settings["url"] ?? "", path].filter { !$0.isEmpty }.joined(separator: "/")
    default: "\(path) (\(settings["endpoint"] ?? settings["region"] ?? settings["provider"] ?? ""))"
    }
  }

  /// The settings as rclone takes them: some passwords obscured.
  ///
  /// - Throws: see `Rclone.run`.
  func settings(for rclone: Rclone) throws -> [String: String] {
    var settings = settings
    for name in ["pass", "key_file_pass"] {
      if let secret = settings[name] { settings[name] = try rclone.obscured(secret) }
    }
    return settings
  }

  /// The folder of all folders of an organisation.
  func root(of organisation: Organisation) -> String {
    let root = LinkedStorage.root(of: organisation.name)
    return path.isEmpty ? root : path == "/" ? "/\(root)" : "\(path)/\(root)"
  }
}

extension LinkedStorage {
  /// Links a place of the operator's, once it is seen to work: a folder is made there, a small file written, read and
  /// removed. The same place again goes on where it stopped.
  ///
  /// - Throws: `HandoverError`.
  func link(_ place: StoragePlace, to id: OrganisationID, with rclone: Rclone) throws -> StorageLink {
    let (organisation, former) = try database.read { connection in
      let organisation = try connection.organisations.require(id)
      return (organisation, try requireFree(place, of: id, in: connection))
    }
    let settings: [String: String]
    let root = former.flatMap { $0.root.isEmpty ? nil : $0.root } ?? place.root(of: organisation)
    do {
      settings = try place.settings(for: rclone)
      try check(settings.merging(["type": place.provider.rawValue]) { $1 }, at: root, with: rclone)
    } catch let failure as RcloneFailure {
      throw Self.broken(
        place, failure.text.isEmpty ? StorageProblem(failure, at: place.provider).reason : failure.text)
    } catch let problem as StorageProblem { throw Self.broken(place, problem.reason) }
    let link = try database.write { connection in
      let now = clock.now()
      let former = try requireFree(place, of: id, in: connection)
      let link = try connection.storageLinks.link(
        former?.id ?? StorageLinkID(rawValue: hex(randomness.bytes(16))), place.provider,
        accountID: place.name,
        account: place.name, of: id, by: nil, at: now)
      try connection.storageLinks.setRoot(link, root, nil)
      guard let found = try connection.storageLinks.find(link) else {
        throw HandoverError("nothing was linked")
      }
      try connection.syncs.wantAll(of: id, at: now)
      try record(.storageLinked, found, by: .operator, former == nil ? "" : "again", at: now, in: connection)
      try outbox.tellOwner(of: id, at: now, in: connection) {
        StorageLinked(to: $0, link: found, isBack: former != nil, by: "The operator", from: "")
      }
      try secrets.write(.settings(settings), of: link)
      return found
    }
    documents.changed.raise()
    return link
  }

  private static func broken(_ place: StoragePlace, _ reason: String) -> HandoverError {
    HandoverError("\(place.name) doesn't work, and nothing was linked: \(reason)")
  }

  /// - Returns: the organisation's link of this place, of before.
  private func requireFree(
    _ place: StoragePlace, of id: OrganisationID, in connection: Connection
  ) throws -> StorageLink? {
    let former = try connection.storageLinks.find(place.provider, place.name, of: id)
    if let current = try connection.storageLinks.current(of: id), current.id != former?.id {
      throw HandoverError(
        "organisation \(id.rawValue) has linked \(current.name); unlink it first with handover storage unlink "
          + "--organisation \(id.rawValue)")
    }
    return former
  }

  private func check(_ settings: [String: String], at root: String, with rclone: Rclone) throws {
    let folder = "\(Rclone.remote):\(root)/.handover-\(hex(randomness.bytes(8)))"
    let words = Array(hex(randomness.bytes(16)).utf8)
    func run(_ arguments: String..., input: [UInt8] = []) throws -> [UInt8] {
      try rclone.run(
        arguments + ["--low-level-retries", "1"], on: settings, input: input, deadline: .minutes(2),
        isStopping: { false })
    }
    _ = try run("mkdir", folder)
    _ = try run("rcat", "\(folder)/check", input: words)
    let read = try run("cat", "\(folder)/check")
    _ = try run("deletefile", "\(folder)/check")
    // S3 has no folders.
    _ = try? run("rmdir", folder)
    guard read == words else {
      throw StorageProblem(.refused, "What was written there was not what was read.")
    }
  }

  /// Ends an organisation's link, whoever has made it.
  ///
  /// - Throws: `HandoverError` where nothing is linked.
  func unlink(of id: OrganisationID) throws -> StorageLink {
    let link = try database.write { connection in
      _ = try connection.organisations.require(id)
      guard let link = try connection.storageLinks.current(of: id) else {
        throw HandoverError("organisation \(id.rawValue) has linked no storage")
      }
      try unlink(link, by: .operator, named: "The operator", at: clock.now(), in: connection)
      return link
    }
    documents.changed.raise()
    revoke(link)
    return link
  }
}
