import Foundation
import SQLite
import System

// An import is a difference. Files are read and compared with the records of one moment while nobody's writes wait
// (`compare`); what differs is written into a file of its own (`Difference`). Then it is applied (`apply`): all of it
// becomes visible in one transaction, together with what that transaction does besides.
//
// Compared. Whatever people bring is a stream of records in the terms of an export (`ImportSource`, `ImportFiles`). The
// people first (`ImportUsers`, `ImportPeople`), then contacts, deals, links, notes, tasks, so that everything a record
// names is known before it. Each cell is checked by its column's format and compared with the stored one where both lie
// (`RecordComparer`); only the users are held in memory. Problems are gathered up to the end of the file in which the
// first one is, twenty at most, since the consequences in other files would only confuse.
//
// Applied. A small difference is one transaction (`DifferenceApplier.applyInPlace`). A large one would keep everybody
// from writing for seconds: so it makes another edition of the records in pieces that nobody sees, and the organisation
// takes that one in the last transaction (`applyBeside`). What a crash leaves of an edition is removed later.

/// Imports files: compares them, and applies the difference.
struct Importer: Sendable {
  let database: Database
  let clock: Clock
  /// A difference of up to so many rows is one transaction: some tenths of a second.
  var mostInPlace = 21_000

  /// Reports rows or bytes done, of how many; what it throws ends the import, and nothing is changed.
  typealias Progress = (_ done: Int, _ total: Int) throws -> Void

  /// Compares what is brought with an organisation's records.
  ///
  /// - Parameter path: of the difference file; one that is there is replaced.
  /// - Throws: `ImportRefusal` where the files are not right; `HandoverError` for an organisation that isn't there, and
  ///   where the system can't read; `SQLiteError`.
  func compare(
    _ source: any ImportSource, with organisation: OrganisationID, _ options: ImportOptions = ImportOptions(),
    differenceAt path: String, progress: @escaping Progress = { _, _ in }
  ) throws -> ImportReport {
    Self.remove(path)
    let now = clock.now()
    let files = ImportFiles(source, progress: progress)
    do {
      // Before the moment of the comparison, as it may take long.
      try files.readContents()
      return try database.read(beside: path) { connection in
        try connection.organisations.require(organisation)
        try Difference.create(in: connection)
        return try Comparison(of: organisation, with: files, options, in: connection, at: now).compareAll()
      }
    } catch {
      Self.remove(path)
      throw error
    }
  }

  /// Applies a difference, or takes it back.
  ///
  /// - Parameter finishing: what else the transaction does in which the change becomes visible.
  /// - Throws: `ImportOutdated`, with nothing changed; what `progress` and `finishing` throw; `SQLiteError`.
  func apply(
    differenceAt path: String, to organisation: OrganisationID, back: Bool = false,
    progress: @escaping Progress = { _, _ in }, finishing: (Connection) throws -> Void = { _ in }
  ) throws {
    try DifferenceApplier(
      database: database, path: path, organisation: organisation, isBack: back, now: clock.now(),
      progress: progress, mostInPlace: mostInPlace
    ).apply(finishing)
  }

  static func remove(_ path: String) {
    _ = unsafe unlink(path)
    removeBesides(path)
  }
}
