import Foundation
import SQLite
import System

// The move of an organisation to another cell of the machine
//
// Its records are copied first, in pieces, while everybody works. Then nobody writes in its cell for a moment, in which all
// else is copied, and taken away there: the commit of that decides. Sessions, links and addresses lead on from then on.
//
// A command that is killed before leaves a copy that is removed, and after it a directory that is brought up to date: by
// the servers of both cells, as soon as nobody holds `move.lock`.

/// What the move has come to.
package enum MoveProgress: Sendable {
  /// So many exports, imports and documents are being worked on, for which it waits.
  case waiting(jobs: Int)
  /// So many of the records are copied.
  case copied(rows: Int, of: Int)
}

/// What was moved.
package struct MoveReport: Sendable {
  package let from: String
  package let to: String
  package let rows: Int
  package let files: Int
  /// For how long nobody in the former cell could write.
  package let held: Duration
  /// Whether a server answers in the new cell.
  package let isServed: Bool
}

/// Moves organisations, and ends what a killed move has left.
struct Mover: Sendable {
  let directory: CellDirectory
  /// The cell of this process, and its database.
  let cell: CellID
  let database: Database
  let clock: Clock
  let log: Log
  /// nginx's, where nginx runs as somebody else.
  let group: gid_t?
  /// What all hosts reach; nil where there is none.
  var store: CellStore? = nil

  /// How long it waits for what is being worked on.
  private static let patience = Duration.minutes(10)

  private func lock() throws -> FileLock { try FileLock(path: directory.folder + "/move.lock") }

  private func folder(of name: String) -> DataFolder {
    DataFolder(cell: name, in: directory.folder)
  }

  /// - Throws: `HandoverError` where there is no database of this program's schema.
  private func database(of name: String) throws -> Database {
    if name == cell.name { return database }
    let folder = folder(of: name)
    if let problem = try Database(folder, for: .reading).unknownVersion() {
      throw HandoverError("the database of the cell \(name) is another program's: \(problem)")
    }
    return try database.beside(folder, label: "handover organisation move")
  }

  func move(_ id: OrganisationID, to target: String, progress: (MoveProgress) -> Void) throws -> MoveReport {
    let begun = try lock()
    guard begun.tryLock() else {
      throw HandoverError("another organisation is being moved: try again when that is done")
    }
    return try withExtendedLifetime(begun) {
      let source = try directory.cell(of: id)
      let cells = try directory.cellsHere().map(\.name)
      for name in [source, target] where !cells.contains(name) {
        guard try directory.cells().contains(where: { $0.name == name }) else {
          throw HandoverError("there is no cell '\(name)'; handover cell list shows all")
        }
        throw HandoverError(
          "the cell \(name) is on another host: an organisation is moved between cells of one host")
      }
      for name in cells {
        do { try settleHeld(name, database(of: name)) } catch {
          if name == source || name == target { throw error }
          log.warning("move.unsettled", ["cell": name, "error": "\(words(for: error))"])
        }
      }
      let place = try directory.cell(of: id)
      guard place != target else {
        throw HandoverError("organisation \(id.rawValue) is in the cell \(target) already")
      }
      return try move(id, from: (place, database(of: place)), to: (target, database(of: target)), progress)
    }
  }

  private typealias Place = (name: String, database: Database)

  private func move(
    _ id: OrganisationID, from source: Place, to target: Place, _ progress: (MoveProgress) -> Void
  ) throws -> MoveReport {
    try source.database.read { _ = try $0.organisations.require(id) }
    let expected = try source.database.read { try $0.counts.cached(of: id).organisation.rows }
    try requireSpace(for: expected, in: target)
    try source.database.write { try $0.moves.set(id, .leaving, cell: target.name, at: clock.now()) }
    var hasLeft = false
    defer {
      // What can't be done here is done by the next who looks. The row decides: a commit that failed may be on the disk.
      if !hasLeft, (try? source.database.write { try $0.moves.remove(id, in: .leaving) }) == true {
        try? discard(id, at: target.database)
      }
    }
    // It may have been here before.
    try discard(id, at: target.database)
    try target.database.write(reading: source.database) { connection in
      try connection.moves.set(id, .arriving, cell: source.name, at: clock.now())
      try connection.movedRows(of: id, at: clock.now()).begin()
    }
    try waitForJobs(of: id, in: source.database, progress)
    while true {
      let (edition, version) = try source.database.read { connection in
        let edition = try connection.editions.current(of: id)
        return (edition, try connection.editions.version(of: edition))
      }
      let (copy, records) = try copyRecords(of: id, edition, from: source, to: target) {
        progress(.copied(rows: $0, of: max($0, expected)))
      }
      // Most of them, so that they take no time later. They are looked for by nobody yet, and kept for a while.
      let held = try source.database.read { try contents(of: id, in: $0) }
      _ = try bring(held, from: folder(of: source.name), to: folder(of: target.name))
      let store = store?.part(of: target.name)
      // Nobody's turn to write waits for that.
      if let store { try documents(of: folder(of: target.name)).put(held, into: store) }
      try target.database.requireReplicated()
      guard
        let rest = try copyRest(
          of: id, edition, version, into: copy, having: store.map { _ in held }, from: source, to: target)
      else {
        // Somebody has changed the records meanwhile or added a document, or an import has.
        try target.database.removeEdition(copy, of: id)
        try waitForJobs(of: id, in: source.database, progress)
        continue
      }
      hasLeft = true
      try source.database.replicate()
      try finish(id, from: source, to: target)
      let isServed = (try? folder(of: target.name).claim()) == nil
      return MoveReport(
        from: source.name, to: target.name, rows: records + rest.rows, files: rest.files, held: rest.held,
        isServed: isServed)
    }
  }

  private func requireSpace(for rows: Int, in target: Place) throws {
    if let shortage = DiskSpace.shortage(of: rows * Self.bytesPerRow, at: folder(of: target.name).path) {
      throw HandoverError(
        "there is no room in the cell \(target.name): about \(Wording.size(shortage.needed)) are needed, and "
          + "\(Wording.size(shortage.free)) are free")
    }
  }

  /// Of the database, with its indexes, and its log.
  private static let bytesPerRow = 2_000

  /// Nothing new begins meanwhile.
  private func waitForJobs(
    of id: OrganisationID, in database: Database, _ progress: (MoveProgress) -> Void
  ) throws {
    let end = ContinuousClock.now + Self.patience
    var told: Int?
    while true {
      let running = try database.read { try $0.moves.running(of: id) }
      if running == 0 { return }
      if told != running { progress(.waiting(jobs: running)) }
      told = running
      guard ContinuousClock.now < end else {
        throw HandoverError(
          "organisation \(id.rawValue) was not moved: after \(Wording.duration(Self.patience)) there is still an export, "
            + "an import or a document that is being worked on")
      }
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  private func copyRecords(
    of id: OrganisationID, _ former: EditionID, from source: Place, to target: Place,
    _ progress: (Int) -> Void
  ) throws -> (EditionID, records: Int) {
    let edition = try target.database.write { try $0.editions.add(of: id) }
    var meter = PieceMeter()
    var sum = 0
    for (table, key) in MovedRowsTable.records {
      var last: Int64? = Int64.min
      while let after = last {
        let piece = try meter.measure(.milliseconds(100)) { limit in
          try target.database.write(reading: source.database) { connection in
            try connection.movedRows(of: id, at: clock.now()).copyRecords(
              of: table, by: key, from: former, into: edition, after: after, limit: limit)
          }
        }
        last = piece?.last
        sum += piece?.rows ?? 0
        progress(sum)
      }
    }
    return (edition, sum)
  }

  /// The one transaction: nobody writes in the former cell until all else is in the new one.
  ///
  /// - Parameter stored: what is in the new cell's part of the store; nil where there is none.
  /// - Returns: nil where the records are not those that were copied, a document is not in the store, or something runs.
  private func copyRest(
    of id: OrganisationID, _ former: EditionID, _ version: Int, into edition: EditionID,
    having stored: [DocumentTable.Content]?, from source: Place, to target: Place
  ) throws -> (rows: Int, files: Int, held: Duration)? {
    try source.database.writeUnchecked { connection -> (rows: Int, files: Int, held: Duration)? in
      let begun = ContinuousClock.now
      guard try connection.editions.current(of: id) == former,
        try connection.editions.version(of: former) == version, try connection.moves.running(of: id) == 0,
        try stored.map({ try Set($0).isSuperset(of: contents(of: id, in: connection)) }) ?? true
      else { return nil }
      let now = clock.now()
      let marks = try connection.users.signingIn(to: id).map(directory.mark)
      try connection.moves.set(id, .left, cell: target.name, at: now)
      try connection.moves.forward(id, addresses: marks)
      try connection.movedRows(of: id, at: now).remove()
      // The other connection sees what was committed before: all of it.
      let (rows, files) = try target.database.write(reading: source.database) { connection in
        let moved = connection.movedRows(of: id, at: now)
        let rows = try moved.copy(records: edition, from: former)
        // Nobody sweeps meanwhile, which needs a turn to write.
        return (rows, try linkFiles(of: moved, from: folder(of: source.name), to: folder(of: target.name)))
      }
      // No copy elsewhere may lack it in both cells.
      try target.database.requireReplicated()
      return (rows, files, ContinuousClock.now - begun)
    }
  }

  /// Gives the new cell the files, too; in the former one the sweepers remove what no row needs.
  private func linkFiles(
    of moved: MovedRowsTable, from source: DataFolder, to target: DataFolder
  ) throws -> Int {
    try bring(contents(of: moved.organisation, in: moved.connection), from: source, to: target)
      + (moved.ids(of: "export").reduce(0) { sum, id in
        try sum + FileLinks.link("\(source.exports)/\(id).zip", to: "\(target.exports)/\(id).zip")
      })
      + (moved.ids(of: "import").reduce(0) { sum, id in
        try sum + FileLinks.link("\(source.imports)/\(id)", to: "\(target.imports)/\(id)", but: "lock")
      })
      + (moved.ids(of: "storage_link").reduce(0) { sum, id in
        try sum + FileLinks.link("\(source.storage)/\(id)", to: "\(target.storage)/\(id)")
      })
  }

  /// What its documents hold.
  private func contents(
    of id: OrganisationID, in connection: Connection
  ) throws -> [DocumentTable.Content] {
    try connection.documents.contents().filter { $0.organisation == id }
  }

  private func documents(of folder: DataFolder) -> DocumentFolder {
    DocumentFolder(path: folder.documents, group: group)
  }

  /// - Returns: how many of them it has; what is missing here is missing there.
  private func bring(
    _ contents: [DocumentTable.Content], from source: DataFolder, to target: DataFolder
  ) throws -> Int {
    let missing = try ContentCopy(source: documents(of: source), target: documents(of: target)).bring(
      contents)
    return contents.count - missing.count
  }

  /// Says to everybody where it is.
  private func finish(_ id: OrganisationID, from source: Place, to target: Place) throws {
    let addresses = try target.database.read { try $0.users.signingIn(to: id) }
    try directory.turn(id, signingIn: addresses, to: target.name)
    let now = clock.now()
    try target.database.write { try $0.moves.set(id, .arrived, cell: source.name, at: now) }
    try source.database.write { try $0.moves.set(id, .gone, cell: target.name, at: now) }
    log.info(
      "organisation.moved", ["organisation": "\(id.rawValue)", "from": source.name, "to": target.name])
  }

  /// Ends what a killed move has left in this cell, unless one is under way.
  func settle() throws {
    if try database.read({ try $0.moves.open() }).isEmpty { return }
    let lock = try lock()
    guard lock.tryLock() else { return }
    try withExtendedLifetime(lock) { try settleHeld(cell.name, database) }
  }

  private func settleHeld(_ name: String, _ database: Database) throws {
    for move in try database.read({ try $0.moves.open() }) {
      let here = (name: name, database: database)
      switch move.state {
      case .leaving: _ = try database.write { try $0.moves.remove(move.organisation, in: .leaving) }
      case .left:
        let there = (name: move.cell, database: try self.database(of: move.cell))
        let other = try there.database.read { try $0.moves.find(move.organisation) }
        switch other?.state {
        case .arriving? where other?.cell == name: try finish(move.organisation, from: here, to: there)
        // It was there, and may have gone on from there.
        case .arrived?, .leaving?, .left?, .gone?:
          try database.write {
            try $0.moves.set(move.organisation, .gone, cell: move.cell, at: move.since)
          }
        case .arriving?, nil: throw Self.lack(of: move.organisation, in: move.cell, since: name)
        }
      case .arriving:
        let there = (name: move.cell, database: try self.database(of: move.cell))
        let (other, isThere) = try there.database.read { connection in
          try (
            connection.moves.find(move.organisation), connection.organisations.find(move.organisation) != nil
          )
        }
        if let other, other.cell == name, [.left, .gone].contains(other.state) {
          try finish(move.organisation, from: there, to: here)
        } else if isThere {
          try discard(move.organisation, at: database)
        } else {
          throw Self.lack(of: move.organisation, in: move.cell, since: name)
        }
      case .arrived, .gone: break
      }
    }
  }

  private static func lack(of id: OrganisationID, in cell: String, since other: String) -> HandoverError {
    HandoverError(
      "organisation \(id.rawValue) is on its way between the cells \(other) and \(cell), and the database of \(cell) does "
        + "not know it: was an older one put back there?", needsOperator: true)
  }

  /// Removes the records of those that have gone long ago.
  func removeRemains() throws {
    try database.write { try $0.moves.forgetWays(at: clock.now()) }
    for id in try database.read({ try $0.moves.overdue(at: clock.now()) }) { try discard(id, at: database) }
  }

  /// Removes what a cell has of an organisation that is not, or no longer, in it.
  private func discard(_ id: OrganisationID, at database: Database) throws {
    let now = clock.now()
    let isThere = try database.writeUnchecked { connection in
      guard let move = try connection.moves.find(id), move.state != .arrived, move.state != .leaving else {
        return false
      }
      guard try connection.organisations.find(id) != nil else { return true }
      try connection.movedRows(of: id, at: now).remove(all: true)
      try connection.editions.change(of: id, to: connection.editions.add(of: id))
      return true
    }
    guard isThere else { return }
    let seen = try database.read { connection in
      try connection.organisations.find(id) == nil ? nil : connection.editions.current(of: id)
    }
    for edition in try database.read({ try $0.movedRows(of: id, at: now).editions() }) where edition != seen {
      try database.removeEdition(edition, of: id)
    }
    try database.writeUnchecked { connection in
      try connection.movedRows(of: id, at: now).removeOrganisation()
      _ = try connection.moves.remove(id, in: .arriving)
    }
  }
}

/// Files that two folders have, without being there twice.
private enum FileLinks {
  /// Gives a file, or each in a folder, a second name in another folder; copies it where that is another disk. What is
  /// there already stays.
  ///
  /// - Parameter left: a name in the folder itself that is not taken along.
  /// - Returns: how many files there are; none where nothing is there.
  static func link(_ source: String, to target: String, but left: String? = nil) throws -> Int {
    var status = stat()
    guard unsafe lstat(source, &status) == 0 else { return 0 }
    let folder = DurableFile.folder(of: target)
    if unsafe access(folder, F_OK) != 0 { try makeFolder(like: DurableFile.folder(of: source), folder) }
    if status.st_mode & S_IFMT == S_IFDIR {
      if unsafe access(target, F_OK) != 0 { try makeFolder(like: source, target) }
      return try FileManager.default.contentsOfDirectory(atPath: source).filter { $0 != left }
        .reduce(0) { sum, name in try sum + link("\(source)/\(name)", to: "\(target)/\(name)") }
    }
    if unsafe Glibc.link(source, target) != 0, errno != EEXIST {
      guard errno == EXDEV else { throw SystemError("link", target) }
      try copy(source, status, to: target)
    }
    try syncFolder(folder)
    return 1
  }

  private static func copy(_ source: String, _ status: stat, to target: String) throws {
    try DurableFile.removeLeftover(target + ".part")
    var file = try DurableFile(at: target + ".part", permissions: status.st_mode & 0o777)
    try file.setGroup(status.st_gid, permissions: status.st_mode & 0o777)
    try readBlocks(of: source) { try FileDescriptor(rawValue: file.descriptor).write($0) }
    try file.publish(as: target)
  }

  private static func makeFolder(like model: String, _ path: String) throws {
    var status = stat()
    guard unsafe stat(model, &status) == 0 else { throw SystemError("read", model) }
    try Handover.makeFolder(path, mode: status.st_mode & 0o777, group: status.st_gid)
  }
}

extension Application {
  /// Nil where the machine has no cells, and for who only reads.
  var mover: Mover? {
    guard let directory else { return nil }
    return Mover(
      directory: directory, cell: directory.cell, database: database, clock: clock, log: log,
      group: configuration.readers, store: directory.hosts?.store)
  }

  /// Moves an organisation into another cell of the machine, while servers run.
  ///
  /// - Throws: `HandoverError` where it can't be moved: it is where it was then.
  package func move(
    _ id: OrganisationID, to cell: String, progress: (MoveProgress) -> Void
  ) throws -> MoveReport {
    guard let mover else { throw HandoverError("HANDOVER_CELL is not set: this machine has no cells") }
    return try mover.move(id, to: cell, progress: progress)
  }

  /// The sweeper's part.
  func sweepMoves() {
    do { try mover?.settle() } catch { log.error("move.unsettled", ["error": "\(words(for: error))"]) }
  }

  func removeRemainsOfMoves() {
    do { try mover?.removeRemains() } catch {
      log.error("move.remains", ["error": "\(words(for: error))"])
    }
  }
}
