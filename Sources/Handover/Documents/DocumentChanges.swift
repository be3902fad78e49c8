import SQLite
import Secrets
import System

// What people can do with documents. Each verb looks the document or the deal up through the user's
// organisation and, in the same transaction, checks that it is in the user's scope.

extension Documents {
  enum AddOutcome: Sendable, Equatable {
    /// The documents, in the order of the files; of those of which the deal has the same name and content
    /// already, the ones that are there.
    case done([Added])
    /// The organisation has no such deal, or no such document, or the user has none.
    case notFound
    /// There is no file; to replace a document, there must be one.
    case empty
    /// The organisation's documents would take more than its quota, in bytes.
    case full(quota: Int, stored: Int)
  }

  /// What became of a file.
  struct Added: Sendable, Equatable {
    let id: DocumentID
    let name: String
    /// Whether it was there before, so that nothing had to be done.
    let wasThere: Bool
  }

  enum ChangeOutcome: Sendable, Equatable {
    case done
    /// It was so before.
    case asBefore
    case notFound
    /// What it held is not kept any longer.
    case gone
    /// The same name with the same content is in the deal already.
    case present(DocumentID)
  }

  /// Makes documents of a deal of the files that came in.
  func add(_ upload: DocumentUpload, to deal: DealID, by user: User, from address: String) throws
    -> AddOutcome
  {
    try add(upload, to: deal, of: user.organisation, by: user.actor(from: address)) { connection in
      guard let user = try connection.users.active(user) else { return false }
      return try connection.documents.reaches(deal, user)
    }
  }

  /// The same for the operator.
  func add(_ upload: DocumentUpload, to deal: DealID, of organisation: OrganisationID) throws -> AddOutcome {
    try add(upload, to: deal, of: organisation, by: .operator) { connection in
      try connection.documents.hasDeal(deal, of: organisation)
    }
  }

  /// Puts the one file that came in in the place of what a document holds, which is kept for `Document.kept`.
  /// The document keeps its name, but for another ending.
  func replace(_ id: DocumentID, by upload: DocumentUpload, by user: User, from address: String) throws
    -> AddOutcome
  {
    guard upload.files.count == 1, let file = upload.files.first else { return .empty }
    let outcome = try writeStored(upload, of: user.organisation) { connection -> AddOutcome? in
      guard let user = try connection.users.active(user),
        let document = try connection.documents.find(id, for: user), document.removedAt == nil
      else { return .notFound }
      if document.sha256 == file.sha256 {
        return .done([Added(id: id, name: document.name, wasThere: true)])
      }
      return try lackOfQuota(for: [file], of: user.organisation, in: connection)
    } _: { connection in
      let now = clock.now()
      guard let user = try connection.users.active(user),
        let document = try connection.documents.find(id, for: user)
      else { return .notFound }
      try keep(file, of: user.organisation, at: now, in: connection)
      let name = DocumentName.replacing(document.name, by: file.name)
      try connection.documents.replace(document, by: name, bytes: file.bytes, file.sha256, at: now)
      try connection.syncs.want(id, of: user.organisation, at: now)
      try record(
        .documentReplaced, document, by: user.actor(from: address), Wording.size(file.bytes), at: now,
        in: connection)
      return .done([Added(id: id, name: name, wasThere: false)])
    }
    if case .done = outcome { changed.raise() }
    return outcome
  }

  /// Removes a document, which can be put back for `Document.kept`. What was copied to a storage stays there.
  func remove(_ id: DocumentID, by user: User, from address: String) throws -> ChangeOutcome {
    try change(id, by: user) { document, user, now, connection in
      if document.removedAt != nil { return .asBefore }
      try connection.documents.remove(document, by: user.id, at: now)
      try connection.syncs.cancel(id, of: document.organisation, at: now)
      try record(.documentRemoved, document, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
  }

  /// Puts back a document that was removed, or what it held before it was replaced; then what it holds now is
  /// kept in turn.
  ///
  /// - Parameter expected: the hexadecimal SHA-256 of what the document held when the button was shown, so
  ///   that it can be pressed late and twice; nil for whatever it holds.
  func restore(_ id: DocumentID, holding expected: String? = nil, by user: User, from address: String) throws
    -> ChangeOutcome
  {
    try change(id, by: user) { document, user, now, connection in
      if let expected, !hex(document.sha256).isSame(as: expected) { return .asBefore }
      guard document.removedAt != nil || document.former != nil else { return .asBefore }
      guard document.canRestore(at: now) else { return .gone }
      if document.removedAt != nil {
        return try putBack(document, by: user.actor(from: address), at: now, in: connection)
      }
      guard let former = document.former,
        try connection.documents.isKept(former.sha256, of: document.organisation)
      else { return .gone }
      try connection.documents.replace(
        document, by: former.name, bytes: former.bytes, former.sha256, at: now)
      try connection.syncs.want(id, of: document.organisation, at: now)
      try record(
        .documentRestored, document, by: user.actor(from: address), Wording.size(former.bytes), at: now,
        in: connection)
      return .done
    }
  }

  /// Has a failed copy to the linked storage tried again.
  func retry(_ id: DocumentID, by user: User) throws -> ChangeOutcome {
    try change(id, by: user) { document, _, now, connection in
      try connection.syncs.retry(id, of: document.organisation, at: now) ? .done : .asBefore
    }
  }

  private func change(
    _ id: DocumentID, by user: User,
    _ body: (Document, User, UnixTime, Connection) throws -> ChangeOutcome
  ) throws -> ChangeOutcome {
    let outcome = try database.write { connection -> ChangeOutcome in
      guard let user = try connection.users.active(user),
        let document = try connection.documents.find(id, for: user)
      else { return .notFound }
      return try body(document, user, clock.now(), connection)
    }
    if outcome == .done { changed.raise() }
    return outcome
  }

  private func add(
    _ upload: DocumentUpload, to deal: DealID, of organisation: OrganisationID, by actor: Actor,
    where mayAdd: (Connection) throws -> Bool
  ) throws -> AddOutcome {
    if upload.files.isEmpty { return .empty }
    let outcome = try writeStored(upload, of: organisation) { connection in
      guard try mayAdd(connection) else { return .notFound }
      return try lackOfQuota(for: upload.files, of: organisation, in: connection)
    } _: { connection in
      let now = clock.now()
      return .done(
        try upload.files.map { file in
          try add(file, to: deal, of: organisation, by: actor, at: now, in: connection)
        })
    }
    if case .done(let added) = outcome {
      changed.raise()
      log.info("documents.added", ["deal": "\(deal)", "count": "\(added.count)"])
    }
    return outcome
  }

  /// A transaction that makes documents of what came in. Before it all of that is put into the store, unless it is refused
  /// anyway.
  ///
  /// - Parameter refuse: an outcome other than that it is done by the body.
  private func writeStored(
    _ upload: DocumentUpload, of organisation: OrganisationID,
    unless refuse: (Connection) throws -> AddOutcome?, _ body: (Connection) throws -> AddOutcome
  ) throws -> AddOutcome {
    if elsewhere != nil {
      if let refusal = try database.read(refuse) { return refusal }
      for file in upload.files { try putElsewhere(file, of: organisation) }
    }
    return try database.write { connection in try refuse(connection) ?? body(connection) }
  }

  private func add(
    _ file: ReceivedFile, to deal: DealID, of organisation: OrganisationID, by actor: Actor,
    at now: UnixTime, in connection: Connection
  ) throws -> Added {
    // What is there may be damaged, and what has come in is not.
    try keep(file, of: organisation, at: now, in: connection)
    if let there = try connection.documents.find(file.name, file.sha256, in: deal, of: organisation, at: now)
    {
      let wasThere = there.removedAt == nil
      if !wasThere { _ = try putBack(there, by: actor, at: now, in: connection) }
      return Added(id: there.id, name: there.name, wasThere: wasThere)
    }
    let id = try connection.documents.add(
      file.name, bytes: file.bytes, file.sha256, to: deal, of: organisation, by: actor.user, at: now)
    try connection.syncs.want(id, of: organisation, at: now)
    if let document = try connection.documents.find(id, of: organisation) {
      try record(.documentAdded, document, by: actor, Wording.size(file.bytes), at: now, in: connection)
    }
    return Added(id: id, name: file.name, wasThere: false)
  }

  /// Gives a file its name in the folder, and notes it. Within the transaction, so that the sweeper, which
  /// removes within one, can't take it for left over; and before the commit, so that no row is without its
  /// file.
  private func keep(
    _ file: ReceivedFile, of organisation: OrganisationID, at now: UnixTime, in connection: Connection
  ) throws {
    _ = try reach()
    try file.publish(in: folder, of: organisation)
    try connection.documents.keep(file.sha256, bytes: file.bytes, of: organisation, at: now)
  }

  private func putBack(
    _ document: Document, by actor: Actor, at now: UnixTime, in connection: Connection
  ) throws -> ChangeOutcome {
    let twin = try connection.documents.find(
      document.name, document.sha256, in: document.deal, of: document.organisation, at: now)
    if let twin, twin.removedAt == nil { return .present(twin.id) }
    guard try connection.documents.isKept(document.sha256, of: document.organisation) else { return .gone }
    try connection.documents.restore(document)
    try connection.syncs.want(document.id, of: document.organisation, at: now)
    try record(.documentRestored, document, by: actor, at: now, in: connection)
    return .done
  }

  private func lackOfQuota(
    for files: [ReceivedFile], of organisation: OrganisationID, in connection: Connection
  ) throws -> AddOutcome? {
    if quota == 0 { return nil }
    var new: [[UInt8]: Int] = [:]
    for file in files where try !connection.documents.isKept(file.sha256, of: organisation) {
      new[file.sha256] = file.bytes
    }
    let stored = try connection.documents.storedBytes(of: organisation)
    let sum = new.values.reduce(stored) { $0.adding(saturating: $1) }
    // What is there already takes no more room.
    return new.isEmpty || sum <= quota ? nil : .full(quota: quota, stored: stored)
  }
}
