import Foundation
import SQLite
import System
import TestSupport
import Testing

@testable import Handover

/// A server's imports without the server, with an engine that tells what it was asked for: it changes the name of the
/// organisation's only marked row.
final class ImportsFixture: Sendable {
  let server: ExportFixture
  let imports: Imports
  let engine: Engine

  var office: ExportFixture.Office { server.office }
  var database: Handover.Database { server.database }

  init(beside former: ImportsFixture? = nil) throws {
    server = try ExportFixture(beside: former?.server)
    let engine = former?.engine ?? Engine()
    self.engine = engine
    let folder = URL(filePath: server.exports.folder.path).deletingLastPathComponent().path + "/imports"
    imports = Imports(
      exports: server.exports,
      documents: Documents(
        database: server.database, clock: server.exports.clock, randomness: server.exports.randomness,
        log: server.exports.log, folder: DocumentFolder(path: folder + "-documents", group: nil), quota: 0),
      folder: ImportsFolder(path: folder), engine: engine.made)
    try database.write {
      try $0.execute("CREATE TABLE IF NOT EXISTS changed (import TEXT NOT NULL, is_back INTEGER NOT NULL)")
    }
  }

  /// What the tests want of an engine.
  final class Engine: Sendable {
    struct State: Sendable {
      var compared = 0
      var applied = 0
      /// Thrown by the next comparisons or changes.
      var errors: [any Error] = []
      /// How often the records are found changed.
      var outdated = 0
      /// Called in the middle of the work.
      var meanwhile: @Sendable (ImportWork) throws -> Void = { _ in }
    }

    let state = Locked(State())

    var made: ImportEngine {
      ImportEngine(
        open: { path, _, _ in
          // What is in the files is of no account here.
          let isFile = path.hasSuffix(".csv")
          return try ExportFiles(
            at: isFile ? URL(filePath: path).deletingLastPathComponent().path : path)
        },
        compare: { [state] _, _, _, work in
          try Self.begin(state, work)
          state.withLock { $0.compared += 1 }
          try Data("difference".utf8).write(to: URL(filePath: work.difference))
          return LetterTests.report
        },
        documents: { _ in [] },
        apply: { [state, database] _, work, isBack, finishing in
          try Self.begin(state, work)
          let isOutdated = state.withLock { state in
            state.applied += 1
            state.outdated -= 1
            return state.outdated >= 0
          }
          if isOutdated { return false }
          try database.withLock { $0 }?.write { connection in
            try connection.run("INSERT INTO changed VALUES (?, ?)", work.difference, isBack)
            try finishing(connection)
          }
          return true
        })
    }

    let database = Locked<Handover.Database?>(nil)

    private static func begin(_ state: Locked<State>, _ work: ImportWork) throws {
      try state.withLock { $0.meanwhile }(work)
      if let error = state.withLock({ $0.errors.isEmpty ? nil : $0.errors.removeFirst() }) { throw error }
    }
  }
}

// What tests do

extension ImportsFixture {
  /// Puts a file into the folder of an import.
  func upload(_ names: [String] = ["Deals.csv"], by user: User? = nil) throws -> ImportUpload {
    let outcome = try imports.upload(100, by: user ?? office.owner)
    guard case .done(let upload) = outcome else { throw Unexpected("\(outcome)") }
    for name in names {
      let path = try #require(upload.path(for: name))
      try Data("deal_id,deal_name\r\nD-1,Loan\r\n".utf8).write(to: URL(filePath: path))
    }
    return upload
  }

  /// An import whose files have come in.
  func add(by user: User? = nil) throws -> ImportID {
    let outcome = try imports.add(try upload(by: user), by: user ?? office.owner, from: "203.0.113.7")
    guard case .done(let id) = outcome else { throw Unexpected("\(outcome)") }
    return id
  }

  func find(_ id: ImportID) throws -> Import {
    let found = try database.read { connection in
      try connection.imports.find(id, of: office.organisation.id)
        ?? connection.imports.find(id, of: server.other.organisation.id)
    }
    return try #require(found)
  }

  func status(_ id: ImportID) throws -> Import.Status { try find(id).status }

  /// Does what is due, as a worker does.
  @discardableResult
  func work() throws -> Bool {
    engine.database.withLock { $0 = database }
    guard let job = try imports.takeNext() else { return false }
    let run = JobRun(job)
    do { _ = try imports.make(run) } catch { try imports.fail(job, JobFailure(error)) }
    return true
  }

  /// An import that waits for Confirm.
  func ready() throws -> ImportID {
    let id = try add()
    try #require(try imports.compare(id, ImportChoice(), by: office.owner, from: "") == .done)
    try #require(try work())
    try #require(try status(id) == .ready)
    return id
  }

  /// Confirms it, and completes the export of how it was before.
  func confirm(_ id: ImportID) throws {
    try #require(try imports.confirm(id, by: office.owner, from: "203.0.113.7") == .done)
    if let job = try server.exports.takeNext() { try server.complete(job) }
  }

  /// One that was applied.
  func completed() throws -> ImportID {
    let id = try ready()
    try confirm(id)
    try #require(try work())
    try #require(try status(id) == .completed)
    return id
  }

  /// How often something was changed, and taken back.
  func changes() throws -> (on: Int, back: Int) {
    try database.read {
      (
        try $0.value("SELECT count(*) FROM changed WHERE NOT is_back") ?? 0,
        try $0.value("SELECT count(*) FROM changed WHERE is_back") ?? 0
      )
    }
  }

  var folders: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: imports.folder.path)) ?? []).sorted()
  }

  func files(of id: ImportID) -> [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: imports.folder.folder(of: id))) ?? []).sorted()
  }
}
