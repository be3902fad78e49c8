import Foundation
import System

// The wiring of documents.

extension Application {
  /// Adds a file to the documents of a deal, from the command line.
  ///
  /// - Returns: the document, and whether the deal had it already.
  /// - Throws: `HandoverError` where the deal is not there, or the file can't be taken.
  package func addDocument(
    _ path: String, to deal: DealID, of organisation: OrganisationID
  ) throws -> (id: DocumentID, name: String, wasThere: Bool) {
    try database.read { connection in
      _ = try connection.organisations.require(organisation)
      guard try connection.documents.hasDeal(deal, of: organisation) else {
        throw HandoverError("organisation \(organisation.rawValue) has no deal \(deal)")
      }
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw HandoverError("can't read \(path): \(SystemError.reason(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw HandoverError("\(path) is not a file") }
    let tooLarge = HandoverError(
      "\(path) is larger than \(Wording.size(Document.largest)), which is the most")
    if status.st_size > Document.largest { throw tooLarge }
    let documents = documents()
    let upload: DocumentUpload
    switch try documents.receive(Int(status.st_size), of: organisation) {
    case .done(let begun): upload = begun
    case .notFound: throw HandoverError("organisation \(organisation.rawValue) has no deal \(deal)")
    case .noSpace: throw HandoverError("there is no room for \(path) in \(documents.folder.path)")
    case .away(let reason): throw HandoverError("documents can't be reached: \(reason)")
    }
    switch try take(path, into: upload) {
    case .done, .tooMany: break
    case .tooLarge: throw tooLarge
    case .wrongName:
      throw HandoverError(
        "\(path) has a name that shows nothing, or one of more than \(TextLimit.fileName.bytes) bytes")
    }
    switch try documents.add(upload, to: deal, of: organisation) {
    case .done(let added):
      guard let first = added.first else { throw HandoverError("\(path) was not added") }
      return (first.id, first.name, first.wasThere)
    case .notFound, .empty: throw HandoverError("organisation \(organisation.rawValue) has no deal \(deal)")
    case .full(let quota, let stored):
      throw HandoverError(
        "\(path) is too much: of the \(Wording.size(quota)) that the organisation's documents may take, "
          + "\(Wording.size(stored)) are taken (\(Variable.documentsGiB.name))")
    }
  }

  private func take(_ path: String, into upload: DocumentUpload) throws -> DocumentUpload.TakeOutcome {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw HandoverError("can't read \(path): \(SystemError.reason(errno))") }
    defer { close(descriptor) }
    var offset = 0
    return try upload.take(path) {
      do {
        let piece = try FileDescriptor(rawValue: descriptor).bytes(1 << 20, at: offset)
        offset += piece.count
        return piece.isEmpty ? nil : piece
      } catch { throw HandoverError("can't read \(path): \(error)") }
    }
  }

  /// Gives the main organisation of a fresh demo some documents.
  func makeDemoDocuments() throws {
    let found = try database.read { connection in
      try connection.organisations.all().first.map {
        ($0.id, try connection.counts.cached(of: $0.id).organisation.deals)
      }
    }
    guard let (organisation, deals) = found else { return }
    try DemoDocuments(documents: documents()).make(for: organisation, deals: deals)
  }

  func documents(_ guardian: DataGuard? = nil) -> Documents {
    Documents(
      database: database, clock: clock, randomness: randomness, log: log,
      folder: DocumentFolder(path: configuration.data.documents, group: configuration.readers),
      quota: configuration.documentsGiB << 30, guardian: guardian, elsewhere: directory?.hosts?.store)
  }

  /// Keeps the store that all hosts reach as the documents are: every hour, and while it is away each minute.
  func storeWatch(_ documents: Documents) -> Watch? {
    guard documents.elsewhere != nil else { return nil }
    let started = ContinuousClock.now
    let state = Locked((clock: ClockWatch(clock.now(), .zero), settled: ContinuousClock.Instant?.none))
    return Watch(
      "store-watch", every: .minutes(1),
      look: { [clock, directory] in
        let (isTrusted, settled) = state.withLock {
          ($0.clock.trusts(clock.now(), .now - started), $0.settled)
        }
        if let settled, .now - settled < Retention.interval { return nil }
        do {
          // It may have been away at the start. And who has lost the cell removes nothing there.
          try directory?.claimEpoch()
          try directory?.requireLease(isWatched: true)
          try documents.settleElsewhere(isClockTrusted: isTrusted)
        } catch is DocumentsAway {
          // The sweeper says so.
          return nil
        } catch { return words(for: error) }
        state.withLock { $0.settled = .now }
        return nil
      },
      tell: { [log] failure in
        guard let failure else { return log.info("store.well") }
        log.error(
          "store.away",
          ["error": failure, "advice": "documents are added when it is back; everything else goes on"])
      })
  }
}
