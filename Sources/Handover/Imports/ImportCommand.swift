import Glibc
import SQLite
import Secrets
import System

extension Imports {
  /// Runs an import of the operator's in this process, from the comparison to the end, beside a server or without one.
  /// Its row says so to everybody; a killed command leaves it processing with a lock that nobody holds.
  ///
  /// - Parameters:
  ///   - files: what is brought, as people read it.
  ///   - isDryRun: whether it only compares. Then there is no row, and nothing is left.
  ///   - open: opens what is brought.
  /// - Throws: `ImportRefusal` where the files are not right; `HandoverError` where another import of the organisation
  ///   runs; `JobFailure`. Nothing is changed then.
  func run(
    _ files: String, into organisation: OrganisationID, _ choice: ImportChoice, isDryRun: Bool = false,
    progress: ImportProgress = ImportProgress(), cancellation: Cancellation = Cancellation(),
    open: () throws -> any ImportSource
  ) throws -> ImportReport {
    try database.read { _ = try $0.organisations.require(organisation) }
    let id = ImportID(rawValue: hex(exports.randomness.bytes(16)))
    let lock = try folder.make(id)
    return try withExtendedLifetime(lock) {
      var isKept = false
      defer { if !isKept { folder.remove(id) } }
      let work = ImportWork(
        difference: folder.difference(of: id), progress: progress, cancellation: cancellation)
      if isDryRun { return try engine.compare(open(), organisation, choice, work) }
      let job = try begin(id, files, of: organisation, choice, lock)
      let report = try finish(job, work, open)
      isKept = true
      return report
    }
  }

  /// - Throws: `HandoverError` where another one runs.
  private func begin(
    _ id: ImportID, _ files: String, of organisation: OrganisationID, _ choice: ImportChoice, _ lock: FileLock
  ) throws -> ImportJob {
    // One that was killed is not in the way.
    try recover()
    let found = try database.write { connection in
      let now = clock.now()
      guard try connection.imports.running(of: organisation) == nil else {
        throw HandoverError(
          "another import of organisation \(organisation.rawValue) runs; wait until it has ended, and try again"
        )
      }
      try connection.imports.add(
        id, of: organisation, files: files, size: 0, choice, by: nil, as: .processing, at: now)
      return try connection.imports.find(id, of: organisation)
    }
    guard let found else { throw HandoverError("there is no organisation \(organisation.rawValue)") }
    return ImportJob(found: found, lock: lock)
  }

  private func finish(
    _ job: ImportJob, _ work: ImportWork, _ open: () throws -> any ImportSource
  ) throws -> ImportReport {
    do {
      for _ in 1...Self.comparisons {
        let report = try engine.compare(open(), job.found.organisation, job.found.choice, work)
        guard try database.write({ try $0.imports.proceed(job, report, at: clock.now()) }) else {
          throw Cancelled()
        }
        let imported = try storeDocuments(of: job.found, work, open)
        let isDone = try engine.apply(job.found.organisation, work, false) {
          try complete(job, adding: imported, in: $0)
        }
        if isDone { return report }
      }
      throw JobFailure("The records were changed again and again while they were compared.", isFinal: true)
    } catch let refusal as ImportRefusal {
      _ = try? refuse(job, refusal)
      throw refusal
    } catch is Cancelled {
      throw HandoverError("the import was cancelled; nothing was changed")
    } catch {
      _ = try? fail(job, JobFailure(error))
      throw error
    }
  }

  /// How often the records may be found changed since they were compared.
  private static let comparisons = 3
}
