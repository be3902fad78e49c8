import Foundation
import System

// The wiring of cells

/// A database is that of one cell, and stays it: under another name its organisations would get ids that others have.
///
/// - Throws: `HandoverError` where the settings and the database say different things.
func requireCell(_ cell: CellID?, in database: Database) throws {
  guard let known = try database.read({ try $0.installation.cell() }), known != cell?.description else {
    return
  }
  throw HandoverError(
    "the database is that of the cell \(known), and HANDOVER_CELL "
      + (cell.map { "is '\($0)'" } ?? "is not set") + ": a cell keeps its name and its number",
    needsOperator: true)
}

/// Makes the database that of the cell, once the others know it.
func become(_ cell: CellID, _ database: Database) throws {
  if try database.read({ try $0.installation.cell() }) != nil { return }
  try database.write { try $0.installation.become(cell: cell.description) }
}

extension Configuration {
  /// The cell's part of the store that all hosts reach; nil where there is none.
  ///
  /// - Parameter environment: the server's.
  func store(_ environment: [String: String]) -> CellStore? {
    cell.flatMap { directory?.store(of: $0, environment) }
  }
}

extension DirectoryPlace {
  /// That of a cell.
  fileprivate func store(of cell: CellID, _ environment: [String: String]) -> CellStore? {
    store.map { CellStore($0, of: cell.name, from: host, environment) }
  }
}

extension CellDirectory.Hosts {
  init(_ place: DirectoryPlace, of cell: CellID, _ environment: [String: String]) {
    self.init(
      etcd: Etcd(place.addresses, as: place.identity, Curl(environment)), own: place.host,
      store: place.store(of: cell, environment))
  }
}

extension DataFolder {
  /// Puts down which part of the store the copy elsewhere of the cell goes into, for Litestream's unit and for the drill.
  func note(replicaOf cell: CellID, epoch: Int) throws {
    let variables = Self.variables(of: cell, epoch: epoch)
    if SettingsFile(path: replicaVariables)?.values == variables { return }
    var file = try DurableFile(at: replicaVariables + ".part")
    try file.write(Array(variables.map { "\($0.key)=\($0.value)\n" }.sorted().joined().utf8))
    try file.publish(as: replicaVariables)
  }

  /// The epoch of what is in the folder; nil where none was put down.
  var notedEpoch: Int? { SettingsFile(path: replicaVariables)?.values["EPOCH"].flatMap { Int($0) } }

  static func variables(of cell: CellID, epoch: Int) -> [String: String] {
    ["CELL": cell.name, "EPOCH": CellStore.name(ofEpoch: epoch)]
  }

  /// Those for a command, on whichever host it runs: what etcd says, or else what was put down.
  func replicaVariables(
    of configuration: Configuration, _ environment: [String: String]
  ) throws -> [String: String] {
    guard let cell = configuration.cell else { return [:] }
    let known = SettingsFile(path: replicaVariables)?.values
    do {
      let epoch = try configuration.directory.flatMap {
        try CellDirectory.place(of: cell, CellDirectory.Hosts($0, of: cell, environment))?.epoch
      }
      return epoch.map { Self.variables(of: cell, epoch: $0) } ?? known ?? Self.variables(of: cell, epoch: 1)
    } catch let away as DirectoryAway {
      guard let known else { throw away }
      return known
    }
  }
}

extension CellDirectory {
  func permission(isWatched: Bool) -> WritePermission {
    WritePermission(
      require: { try self.requireLease(isWatched: isWatched) }, confirm: { try self.confirmLease() })
  }

  /// Tells the other cells what is in this one, whose database it is. Nobody takes an address meanwhile, which they do in
  /// a transaction that writes: one that is not committed yet would be let go.
  ///
  /// - Throws: `HandoverError` where another one says that it has the same.
  func settle(by database: Database) throws {
    try database.write { connection in
      try settle(
        addresses: connection.users.signingIn(), organisations: connection.organisations.all().map(\.id))
    }
  }
}

extension Application {
  func settleDirectory() throws { try directory?.settle(by: database) }

  /// The same where etcd may be away: then what it has not heard of waits, and the watch brings it.
  ///
  /// - Returns: whether it has heard all.
  func settleDirectoryAtStart() throws -> Bool {
    do { try settleDirectory() } catch let away as DirectoryAway {
      log.warning("directory.away", ["error": "\(away)"])
      return false
    }
    return true
  }

  /// Follows etcd, where that is the directory: one process of a host brings the copy of all up to date. Another thread tells
  /// etcd what it does not know, as whoever holds the lease waits for nobody who writes.
  func directoryWatches(isSettled: Bool) -> [Watch] {
    guard let directory, directory.hosts != nil else { return [] }
    let isSettled = Locked(isSettled)
    let isBehind = Locked<Bool?>(nil)
    let following = Watch(
      "directory-watch", every: CellDirectory.interval / 2,
      look: { [database] in
        if let refusal = refusalOfTakenCell {
          ThisProcess.terminate()
          return words(for: refusal)
        }
        do {
          if try directory.lookAtLease() { isSettled.withLock { $0 = false } }
          if directory.lease != nil, let replica = database.replica {
            let now = replica.failure != nil || replica.lag == nil
            if isBehind.withLock({ $0 }) != now {
              try directory.say(isBehind: now)
              isBehind.withLock { $0 = now }
            }
          }
          return nil
        } catch { return words(for: error) }
      },
      tell: { [log] failure in
        guard let failure else { return log.info("directory.followed") }
        log.error(
          "directory.away",
          ["error": failure, "advice": "sign-ins and work go on; who needs a new address has to wait"])
      })
    let settling = Watch(
      "directory-settling", every: CellDirectory.interval,
      look: { [database] in
        if isSettled.withLock({ $0 }) { return nil }
        do {
          try directory.settle(by: database)
          isSettled.withLock { $0 = true }
          return nil
        } catch { return words(for: error) }
      },
      tell: { [log] failure in
        if let failure { log.error("directory.unsettled", ["error": failure]) }
      })
    return [following, settling]
  }

  /// Leaves the claim of the cell's epoch in the store. While that is away etcd alone says who has the cell.
  func claimEpochAtStart() throws {
    do { try directory?.claimEpoch() } catch let away as StoreAway {
      log.warning("store.away", ["error": "\(away)"])
    }
  }

  /// The same while the server runs: lets go of addresses that nobody signs in with any more.
  func tidyDirectory() {
    do { try settleDirectory() } catch {
      log.error("directory.disagrees", ["error": "\(words(for: error))"])
    }
  }

  /// Why this host may serve its cell no longer; nil where it may.
  var refusalOfTakenCell: HandoverError? {
    guard let directory else { return nil }
    let host = try? directory.successor()
    if host == nil, directory.lease?.isLost != true { return nil }
    return HandoverError(
      "the cell \(directory.cell.name) has been taken over by \(host.map { "the host \($0)" } ?? "another host")",
      needsOperator: true)
  }

  /// The cells of the machine, one of which the settings name.
  ///
  /// - Throws: `HandoverError` where they name none.
  package func cells() throws -> [CellState] {
    guard let directory else {
      throw HandoverError("HANDOVER_CELL is not set: this machine has no cells")
    }
    let counts = try directory.read { try $0.counts() }
    return try directory.places().map { cell, host in
      let data = DataFolder(cell: cell.name, in: directory.folder)
      let (organisations, addresses) = counts[cell.name] ?? (0, 0)
      let place =
        host.map { CellState.Place.host($0) }
        ?? .here(folder: data.path, isServed: (try? data.claim()) == nil)
      return CellState(
        name: cell.name, number: cell.number, organisations: organisations, addresses: addresses, place: place
      )
    }
  }
}

/// One cell, for the operator.
package struct CellState: Sendable {
  package let name: String
  package let number: Int64
  package let organisations: Int
  /// That somebody signs in with.
  package let addresses: Int
  package let place: Place

  package enum Place: Sendable {
    /// - isServed: whether a server runs.
    case here(folder: String, isServed: Bool)
    /// Another host's, by where it is asked for.
    case host(String)
  }
}
