import SQLite
import Secrets

// What an owner can do with an import. Each verb looks it up through the owner's organisation and, in the same
// transaction, checks that the user still owns it and that the state allows the change.

extension Imports {
  enum ChangeOutcome: Sendable, Equatable {
    case done
    /// The organisation has no such import.
    case notFound
    /// The user no longer owns the organisation.
    case notOwner
    /// The import's state does not allow it.
    case refused(Import.Status)
    /// Another import of the organisation waits for its turn or runs.
    case busy(ImportID)
    /// The files have been removed: they are kept for `Import.lifetime`.
    case filesGone
  }

  enum UploadOutcome: Sendable {
    /// Give it the files, and then to `add`.
    case done(ImportUpload)
    case notOwner
    /// This many wait for Confirm; one of them has to be confirmed or cancelled first.
    case tooMany(Int)
    /// There is no room for that on the server's disk.
    case noSpace
  }

  enum AddOutcome: Sendable, Equatable {
    case done(ImportID)
    case notOwner
    case tooMany(Int)
    /// There is no file, or none with anything in it.
    case empty
  }

  /// How many imports of an organisation may wait for Confirm, each with its files on the disk.
  static let mostWaiting = 5

  /// Begins to take files in.
  ///
  /// - Parameter size: of all of them in bytes, about.
  func upload(_ size: Int, by user: User) throws -> UploadOutcome {
    let refusal = try database.read { connection -> UploadOutcome? in
      guard try connection.users.owns(user) else { return .notOwner }
      return try connection.imports.waiting(of: user.organisation) < Self.mostWaiting
        ? nil : .tooMany(Self.mostWaiting)
    }
    if let refusal { return refusal }
    // The files, their difference, and what the server needs beside them.
    if DiskSpace.shortage(of: size.adding(saturating: size), at: folder.path) != nil { return .noSpace }
    return .done(try folder.upload(ImportID(rawValue: hex(exports.randomness.bytes(16)))))
  }

  /// Makes an import of the files that came in.
  func add(
    _ upload: ImportUpload, _ choice: ImportChoice = ImportChoice(), by user: User, from address: String
  ) throws -> AddOutcome {
    let size = upload.size
    guard upload.count > 0, size > 0 else { return .empty }
    let outcome = try database.write { connection -> AddOutcome in
      let now = clock.now()
      guard try connection.users.owns(user) else { return .notOwner }
      guard try connection.imports.waiting(of: user.organisation) < Self.mostWaiting else {
        return .tooMany(Self.mostWaiting)
      }
      try connection.imports.add(
        upload.id, of: user.organisation, files: upload.names, size: size, choice, by: user.id, at: now)
      guard let found = try connection.imports.find(upload.id, of: user.organisation) else {
        return .notOwner
      }
      try record(
        .importAdded, found, by: user.actor(from: address), Wording.size(size), at: now, in: connection)
      return .done(upload.id)
    }
    if case .done = outcome {
      upload.keep()
      log.info("import.added", ["id": upload.id.rawValue, "bytes": "\(size)"])
    }
    return outcome
  }

  /// Has the files compared with the records, or compared again by another choice.
  func compare(
    _ id: ImportID, _ choice: ImportChoice, by user: User, from address: String
  ) throws -> ChangeOutcome {
    try change(id, by: user, in: [.uploaded, .ready, .failed], needsFiles: true) { found, now, connection in
      try connection.imports.queueComparison(id, choice, at: now)
      return .done
    }
  }

  /// Has it applied, once there is an export of how it was before.
  func confirm(_ id: ImportID, by user: User, from address: String) throws -> ChangeOutcome {
    try change(id, by: user, in: [.ready], needsFiles: true) { found, now, connection in
      try apply(found, by: user, from: address, at: now, in: connection)
      try record(
        .importConfirmed, found, by: user.actor(from: address), found.report?.counts ?? "", at: now,
        in: connection)
      return .done
    }
  }

  /// Tries a failed one again, with all its tries.
  func retry(_ id: ImportID, by user: User, from address: String) throws -> ChangeOutcome {
    try change(id, by: user, in: [.failed], needsFiles: true) { found, now, connection in
      switch found.step {
      case .compare: try connection.imports.queueComparison(id, found.choice, at: now)
      case .apply: try apply(found, by: user, from: address, at: now, in: connection)
      case .undo: return .refused(found.status)
      }
      try record(.importRetried, found, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
  }

  /// Takes back what the newest import has changed.
  func undo(_ id: ImportID, by user: User, from address: String) throws -> ChangeOutcome {
    try change(id, by: user, in: [.completed]) { found, now, connection in
      guard found.canUndo, folder.hasDifference(id) else { return .refused(found.status) }
      try connection.imports.queueUndo(id, at: now)
      try record(.importUndoRequested, found, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
  }

  /// Stops one that waits or runs, and removes its files. A run ends within two seconds, and the records are as they
  /// were; where it was being undone, they are as the import has made them.
  func cancel(_ id: ImportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try database.write { connection -> ChangeOutcome in
      let now = clock.now()
      guard try connection.users.owns(user) else { return .notOwner }
      guard let found = try connection.imports.find(id, of: user.organisation) else { return .notFound }
      guard found.endedAt == nil || found.status == .failed else { return .refused(found.status) }
      try connection.imports.cancel(id, because: nil, at: now)
      try record(.importCancelled, found, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    if outcome == .done {
      runs.cancel(id.rawValue)
      exports.queued.raise()
      // Its files go now, or with the end of the run.
      removeLeftovers(of: id)
    }
    return outcome
  }

  /// Cancels what the former owner has brought and not seen to its end. Called in the transaction that gives the
  /// organisation another owner, or none; runs stop and files are removed right after the commit.
  func ownerChanged(of organisation: OrganisationID, by actor: Actor, in connection: Connection) throws {
    let now = clock.now()
    for found in try connection.imports.open(of: organisation) where found.requestedBy != nil {
      try connection.imports.cancel(found.id, because: "The owner changed.", at: now)
      try record(.importCancelled, found, by: actor, "the owner changed", at: now, in: connection)
    }
    exports.ended.raise()
  }

  private func change(
    _ id: ImportID, by user: User, in states: Set<Import.Status>, needsFiles: Bool = false,
    _ body: (Import, UnixTime, Connection) throws -> ChangeOutcome
  ) throws -> ChangeOutcome {
    let outcome = try database.write { connection -> ChangeOutcome in
      let now = clock.now()
      guard try connection.users.owns(user) else { return .notOwner }
      guard let found = try connection.imports.find(id, of: user.organisation) else { return .notFound }
      guard states.contains(found.status) else { return .refused(found.status) }
      if let running = try connection.imports.running(of: user.organisation) { return .busy(running) }
      if needsFiles, !found.hasFiles(at: now) || !folder.hasFiles(id) { return .filesGone }
      return try body(found, now, connection)
    }
    if outcome == .done { exports.queued.raise() }
    return outcome
  }

  /// Asks for the export of how it is now, unless the one of an earlier try is still there, and queues the import
  /// behind it.
  private func apply(
    _ found: Import, by user: User, from address: String, at now: UnixTime, in connection: Connection
  ) throws {
    let former = try found.before.flatMap { try connection.exports.find($0, of: found.organisation) }
    let before =
      former?.isAvailable(at: now) == true || former?.status.isOpen == true
      ? former?.id
      : nil
    try connection.imports.confirm(
      found.id,
      after: before
        ?? exports.requestAsItIs(
          for: "How it was before the import of \(found.files)", by: user, from: address, in: connection),
      at: now)
  }
}
