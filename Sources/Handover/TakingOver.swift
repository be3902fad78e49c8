import FastCGI
import Foundation
import HTTP
import System

// A cell that another host has, taken over by this one
//
// 1. etcd is told that the cell is this host's, with its next epoch (`CellDirectory.takeOver`). The former host's server ends as
//    soon as it hears of it.
// 2. The claim of the epoch goes into the store, for a former host that can't reach etcd, and nobody serves the cell until
//    the former host's lease is over, whatever became of it (`Lease`).
// 3. What the former host has left in the store is put in place, with its documents, and the epoch is put down in the folder:
//    from then on the cell is served here.
//
// Each step can be made again, and a start that finds the second or the third missing makes them, or refuses.
//
// A host that stands by for a cell (HANDOVER_STAND_BY) has its database nearly ready: Litestream keeps a copy up to what
// arrives in the store. Its server answers by handing on to the host that has the cell.

/// What a take-over needs to know.
private struct TakeOver {
  let cell: CellID
  let configuration: Configuration
  let environment: [String: String]
  let hosts: CellDirectory.Hosts
  let litestream: Litestream

  var data: DataFolder { configuration.data }

  /// Nil where there are no other hosts.
  init?(_ environment: [String: String]) throws {
    // What root alone may read, before it is another user.
    litestream = Litestream(environment)
    (configuration, self.environment) = try Configuration.ofThisProcess(environment)
    guard let cell = configuration.cell, let place = configuration.directory else { return nil }
    self.cell = cell
    hosts = CellDirectory.Hosts(place, of: cell, self.environment)
  }

  /// Whether the database comes from the store, and not from who has put it into the folder.
  private var bringsDatabase: Bool { hosts.store != nil && configuration.replica != nil }

  /// The first step.
  ///
  /// - Parameter former: from which host alone; nil: from whichever has it.
  /// - Returns: the host that had the cell, and the epoch that begins.
  /// - Throws: `HandoverError` where it can't be made, or where it is seen that the next ones could not.
  func begin(from former: String? = nil) throws -> (host: String, epoch: Int) {
    _ = try hosts.store?.latestEpoch()
    if !bringsDatabase { try requireDatabase() }
    return try CellDirectory.takeOver(cell, hosts, from: former, noted: data.notedEpoch)
  }

  private func requireDatabase() throws {
    let database = try Database(data, for: .reading)
    guard try database.read({ try $0.installation.cell() }) == cell.description else {
      throw HandoverError("\(data.path) does not hold the database of the cell \(cell)")
    }
  }

  /// The second step and the third.
  ///
  /// - Parameters:
  ///   - wait: returns after a time, or throws where nobody waits any longer.
  ///   - report: gets lines for the operator.
  func finish(_ epoch: Int, wait: (Duration) throws -> Void, report: (String) -> Void) throws {
    if let store = hosts.store {
      if try store.latestEpoch() != epoch { try store.claim(epoch) }
      report("the cell \(cell.name) is claimed, with the epoch \(epoch)")
      try wait(Lease.wait)
      if configuration.replica != nil { try bringDatabase(before: epoch, report) }
    }
    // Of a former epoch of this host's: Litestream would copy what came after that, and the part of the store is empty.
    configuration.replica?.end()
    if unsafe access(data.replicaState, F_OK) == 0 {
      try FileManager.default.removeItem(atPath: data.replicaState)
    }
    try data.note(replicaOf: cell, epoch: epoch)
    try? FileManager.default.removeItem(atPath: data.standBy)
  }

  /// Of the last epoch that has left something: one that was broken off has not.
  private func bringDatabase(before epoch: Int, _ report: (String) -> Void) throws {
    for former in stride(from: epoch - 1, through: 1, by: -1) {
      do {
        let restoring = try Restoring(
          .formerReplica(epoch: former), isDryRun: false, configuration, environment, litestream)
        for line in restoring.lines + (try restoring.run { _, _ in }) { report(line) }
        return
      } catch is NothingElsewhere { continue }
    }
    try requireDatabase()
    report("the store has nothing of the cell: it goes on with the database that is in \(data.path)")
  }
}

extension Application {
  /// Says that the cell which the settings name is this host's. Its database comes from the store, where there is one, else it
  /// must be in the folder.
  ///
  /// - Parameter report: gets lines for the operator.
  /// - Returns: the host that had it; and whether a server that stands by here does the rest.
  /// - Throws: `HandoverError` where a server runs on the folder, where another cell is in it or none, and where the cell is
  ///   this host's already; `DirectoryAway`; `StoreAway`.
  package static func takeOver(
    _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment,
    report: (String) -> Void
  ) throws -> (host: String, isLeft: Bool) {
    guard let takeOver = try TakeOver(environment) else {
      throw HandoverError("HANDOVER_CELL and HANDOVER_DIRECTORY are not both set: there are no other hosts")
    }
    guard takeOver.cell.name == name else {
      throw HandoverError("HANDOVER_CELL names the cell \(takeOver.cell.name), and not \(name)")
    }
    if takeOver.data.isStoodBy { return (try takeOver.begin().host, true) }
    try takeOver.configuration.makeDataFolder()
    // Given back for the restore, which claims the folder itself. Until the epoch is put down no server starts.
    let (host, epoch) = try withExtendedLifetime(takeOver.data.claim()) { try takeOver.begin() }
    try takeOver.finish(epoch, wait: { Wakeup().wait(atMost: $0) }, report: report)
    return (host, false)
  }

  /// Where another host has the cell, and this one is to stand by: does so until it is this one's, and ready to be served.
  ///
  /// - Returns: false where the process was told to end.
  /// - Throws: `HandoverError`.
  package static func standBy(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Bool {
    guard let takeOver = try TakeOver(environment), takeOver.configuration.standBy != nil else { return true }
    ThisProcess.blockTermination()
    ThisProcess.ignoreStraySignals()
    // Where etcd is away the start says what is to be done.
    guard let place = try? CellDirectory.place(of: takeOver.cell, takeOver.hosts) else { return true }
    if place.host == takeOver.hosts.own, place.epoch == takeOver.data.notedEpoch ?? 1 { return true }
    return try takeOver.standBy()
  }
}

// MARK: Standing by

extension TakeOver {
  /// - Returns: false where the process was told to end.
  func standBy() throws -> Bool {
    guard bringsDatabase else {
      throw HandoverError(
        "HANDOVER_STAND_BY is set, but HANDOVER_STORE and HANDOVER_REPLICATION are not both: a copy to stand by with comes "
          + "from there", needsOperator: true)
    }
    try configuration.makeDataFolder()
    try makeFolder(data.standBy, mode: 0o700, group: nil)
    // What is here is no part of the store any more, and nobody copies it there.
    _ = unsafe unlink(data.replicaVariables)
    configuration.replica?.end()
    let lock = try FileLock(path: data.standByLock)
    guard lock.tryLock() else { throw HandoverError("another process stands by in \(data.path)") }
    let log = Log(level: configuration.logLevel, form: LogForm(of: environment))
    try log.start()
    defer { log.stop() }
    return try withExtendedLifetime(lock) { try standBy(log) }
  }

  private func standBy(_ log: Log) throws -> Bool {
    let holder = Locked("")
    let server = try server(holder)
    try server.start(threads: 2)
    defer { server.stop() }
    let manager = configuration.manager
    let report = Watch(
      "stand-by-report", every: .seconds(5),
      look: { [cell] in
        manager.notify(
          "WATCHDOG=1", "STATUS=Standing by for the cell \(cell.name) of \(holder.withLock { $0 })")
        return nil
      }, tell: { _ in })
    try report.start()
    defer { report.stop() }
    manager.notify("READY=1")

    var follower: Follower?
    defer { follower?.stop() }
    var (wasAway, goneSince) = (false, ContinuousClock.Instant?.none)
    while !ThisProcess.isToEnd(within: .milliseconds(500)) {
      do {
        guard var place = try CellDirectory.place(of: cell, hosts) else {
          throw DirectoryAway(reason: "it knows no cell \(cell.name)")
        }
        if wasAway { log.info("directory.followed") }
        wasAway = false
        holder.withLock { $0 = place.host }
        if place.host != hosts.own {
          if follower?.epoch != place.epoch {
            follower?.stop()
            follower = try Follower(place.epoch, self, log)
            log.info(
              "stand-by.follows", ["cell": cell.name, "host": place.host, "epoch": "\(place.epoch)"])
          }
          guard try isToTakeOver(from: place.host, &goneSince, log) else { continue }
          // Another one that stands by may have been quicker.
          place = (hosts.own, try begin(from: place.host).epoch)
        }
        log.warning("stand-by.takes-over", ["cell": cell.name, "epoch": "\(place.epoch)"])
        // Goes on while the former host's lease ends, and has nearly all then.
        try finish(
          place.epoch,
          wait: { time in
            if ThisProcess.isToEnd(within: time) { throw Cancelled() }
            follower?.stop()
          }, report: { log.info("stand-by.brought", ["what": $0]) })
        return true
      } catch is Cancelled { return false } catch let away as DirectoryAway {
        if !wasAway { log.error("directory.away", ["error": "\(away)"]) }
        wasAway = true
      } catch {
        log.error("stand-by.failed", ["error": words(for: error), "advice": "tried again in some seconds"])
        if ThisProcess.isToEnd(within: .seconds(5)) { return false }
      }
    }
    return false
  }

  /// Whether the host that has the cell is gone, and this one takes it over by itself.
  private func isToTakeOver(
    from host: String, _ goneSince: inout ContinuousClock.Instant?, _ log: Log
  ) throws -> Bool {
    guard configuration.standBy == .automatic, try CellDirectory.isGone(host, hosts) else {
      goneSince = nil
      return false
    }
    guard let since = goneSince else {
      goneSince = .now
      log.warning("stand-by.host-gone", ["host": host])
      return false
    }
    if .now - since < Self.patience { return false }
    guard try !CellDirectory.isBehind(cell, hosts) else {
      throw HandoverError(
        "the host \(host) is gone, and the cell's copy elsewhere lacks what people were told that it is done: somebody has to "
          + "decide (handover cell take-over \(cell.name))")
    }
    return true
  }

  /// For how long a host is looked for after etcd has first missed it.
  private static let patience = Duration.seconds(3)

  /// Answers what comes for the cell: it is to be asked of who has it.
  private func server(_ holder: Locked<String>) throws -> Server {
    let listener =
      if let socket = configuration.manager.socket {
        // The one that was handed to this process stays for the server.
        try Listener(inherited: dup(socket))
      } else {
        try Listener(
          path: data.socket, mode: configuration.group == nil ? 0o600 : 0o660, group: configuration.group)
      }
    let router = try Router<Route>()
    return Server(listener: listener) { [cell, hosts] request in
      let host = holder.withLock { $0 }
      guard !request.isHandedOn, !host.isEmpty, host != hosts.own else {
        return .text(
          "The cell \(cell.name) is being taken over: try again in some seconds.\n", .serviceUnavailable
        )
        .with("Retry-After", "5")
      }
      let route: Route? =
        if let path = try? request.path, case .found(let route, _) = router.find(request.method, path) {
          route
        } else { nil }
      return CellDirectory.Other(name: cell.name, host: host).handingOn(to: route)
    }
  }
}

/// Keeps a copy of what an epoch of the cell has in the store, on a thread of its own.
private final class Follower: Sendable {
  let epoch: Int
  private let ended = Wakeup()
  private let thread = Locked<System.Thread?>(nil)

  init(_ epoch: Int, _ takeOver: TakeOver, _ log: Log) throws {
    self.epoch = epoch
    let folder = takeOver.data.standBy(epoch)
    let data = takeOver.data
    for name in try FileManager.default.contentsOfDirectory(atPath: data.standBy)
    where name != "lock" && name != "\(epoch)" {
      try FileManager.default.removeItem(atPath: "\(data.standBy)/\(name)")
    }
    try makeFolder(folder, mode: 0o700, group: nil)
    var litestream = takeOver.litestream
    litestream.variables = DataFolder.variables(of: takeOver.cell, epoch: epoch)
    let thread = try System.Thread(name: "stand-by") { [ended, litestream] in
      var said = ""
      while !ended.isStopped {
        do {
          try litestream.follow(data.database, in: DataFolder(path: folder).database) { ended.isStopped }
        } catch {
          let failure = words(for: error)
          if failure != said { log.error("stand-by.behind", ["error": failure]) }
          said = failure
        }
        ended.wait(atMost: .seconds(2))
      }
    }
    self.thread.withLock { $0 = thread }
  }

  func stop() {
    ended.stop()
    thread.withLock { $0.take()?.join() }
  }
}
