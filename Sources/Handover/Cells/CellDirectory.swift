import Foundation
import SQLite
import Secrets
import System

// What the cells know of each other
//
// `directory.sqlite`, in the folder in which the cells of a machine lie, says which cells there are, in which one an address
// signs in, and where an organisation is. All of it can be made again from the cells' databases, and each cell does so at its
// start: so it is no more than an index, which no backup has.
//
// Where there are several hosts, etcd decides, and the file is the copy of it that is read: so whoever has an address signs
// in and works while etcd is away. Only what etcd has said goes into the copy.
//
// An address is taken here first, and then in the cell's database. Whoever is killed between the two leaves an address that
// is taken and signs nobody in: the cell's next look lets it go (`settle`).

/// The directory, as one of the cells uses it.
final class CellDirectory: Sendable {
  let cell: CellID
  /// The folder of the cells.
  let folder: String
  /// Nil where all cells are on this machine.
  let hosts: Hosts?
  /// How often the cell has been taken over, from 1 on: each time its copy elsewhere is begun anew, in a place of its own, so
  /// that a former host that still runs writes into none that is read.
  let epoch: Int
  /// Nil where nobody can take the cell over from a store: then no host has to hear that it may serve it.
  let lease: Lease?
  private let path: String
  private let turn: TurnLock
  private let readers: ReaderPool
  private let hmac: HMAC
  /// When etcd was last asked by any process of the host; nil where it is not asked.
  let asked: AskedTime?
  private let started = timeSinceBoot()

  /// What there is where the cells are on several hosts.
  struct Hosts: Sendable {
    let etcd: Etcd
    /// Where the others ask for the cells of this one: an address and a port.
    let own: String
    /// What all of them reach; nil where nothing is kept there.
    let store: CellStore?
  }

  /// Opens it, or makes it, and enters the cell.
  ///
  /// - Parameter noted: the epoch of what is in the cell's folder; nil where nothing was put down there.
  /// - Throws: `HandoverError` where another cell has its name or its number, or the cell is another host's, or its folder is
  ///   not what that host is to serve; `DirectoryAway` where etcd has never been read here; `StoreAway` where neither etcd nor
  ///   the store says that the host may serve it.
  init(
    _ cell: CellID, in folder: String, _ randomness: Randomness, hosts: Hosts? = nil, noted: Int? = nil
  ) throws {
    self.cell = cell
    self.folder = folder
    self.hosts = hosts
    let path = folder + "/directory.sqlite"
    self.path = path
    let turn = try inWords { () throws(SystemError) in
      try TurnLock(path: folder + "/directory.lock", label: "handover, cell \(cell.name)")
    }
    self.turn = turn
    readers = ReaderPool(path: path)
    asked = try hosts.map { _ in try AskedTime(path: folder + "/directory.asked") }
    let (key, epoch): ([UInt8]?, Int?)
    let begun = timeSinceBoot()
    do {
      // Each cell of the host asks etcd at its start, which may not answer.
      (key, epoch) = try turn.whileHeld(waiting: hosts == nil ? Self.patience : .minutes(1)) {
        let connection = try Connection(path: path, mode: .writer, autocheckpoint: Self.checkpointAfter)
        _ = try DirectoryTable.migrator.migrate(connection)
        return try connection.transaction(.immediate) {
          let table = connection.directory
          if let hosts {
            let epoch = try Self.enter(
              cell, hosts, table, key: table.key() ?? randomness.bytes(32), noted: noted)
            return (try table.key(), epoch)
          }
          try table.keep(key: randomness.bytes(32))
          try Self.enter(cell, in: folder, table)
          return (try table.key(), nil)
        }
      }
    } catch let error as SQLiteError where error.isCorrupt || error.isForeignFile {
      throw HandoverError(
        "the directory of the cells, \(path), is damaged, or is none: stop all cells, remove it and what begins with its name, "
          + "and start them: each enters what is in it", needsOperator: true)
    }
    hmac = HMAC(key: key ?? [])
    self.epoch = epoch ?? noted ?? Place.firstEpoch
    lease = hosts?.store.map { _ in Lease(asked: begun) }
    if epoch == nil {
      asked?.forget()
      try requireNoLaterEpoch()
    }
  }

  /// How often the copy is brought up to what etcd says.
  static let interval = Duration.seconds(2)

  /// How long anybody waits for another cell that writes, which takes a moment.
  private static let patience = Duration.seconds(5)

  /// In pages of 16 KiB, of the log; under the lock, as every write.
  private static let checkpointAfter = 32

  private static func enter(_ cell: CellID, in folder: String, _ table: DirectoryTable) throws {
    if try table.followed() != nil {
      throw HandoverError(
        "HANDOVER_DIRECTORY is not set, but \(folder)/directory.sqlite is the copy of a directory of several hosts: "
          + "set it as on the other hosts", needsOperator: true)
    }
    for other in try table.cells()
    where other != cell && (other.name == cell.name || other.number == cell.number) {
      // One that was removed makes room.
      if other.name != cell.name, unsafe access("\(folder)/\(other.name)", F_OK) != 0 {
        try table.remove(other)
        continue
      }
      throw Self.refusal(of: cell, for: other)
    }
    if try !table.cells().contains(cell) { try table.put(cell) }
  }

  private static func refusal(of cell: CellID, for other: CellID) -> HandoverError {
    HandoverError(
      "HANDOVER_CELL is '\(cell)', but the cell \(other.name) has the number \(other.number): each cell has a name and a "
        + "number of its own, and keeps them", needsOperator: true)
  }

  func cells() throws -> [CellID] { try read { try $0.cells() } }

  /// All, each with the other host that has it; nil where this one has.
  func places() throws -> [DirectoryTable.Place] {
    try read { try $0.places() }.map { ($0.cell, isHere($0.host) ? nil : $0.host) }
  }

  /// Those of this host.
  func cellsHere() throws -> [CellID] { try places().filter { $0.host == nil }.map(\.cell) }

  private func isHere(_ host: String?) -> Bool { host.map { hosts?.own.isSame(as: $0) == true } ?? true }

  /// A cell that answers instead of this one.
  struct Other {
    let name: String
    /// Where it is asked for; nil where it is on this host.
    let host: String?
  }

  /// The cell of the name; nil where it is this one, or there is none.
  func other(_ name: String) throws -> Other? {
    if name.isSame(as: cell.name) { return nil }
    guard let place = try read({ try $0.place(of: name) }) else { return nil }
    return Other(name: name, host: isHere(place.host) ? nil : place.host)
  }

  /// The cell of somebody who signs in: where nobody signs in with the address, one of them all the same, always the
  /// same one, so that nothing tells the two apart.
  func cell(signingIn email: String) throws -> String {
    let mark = mark(of: email)
    return try read { table in
      if let name = try table.cell(of: .address(mark: mark)) { return name }
      let cells = try table.cells()
      let place = mark.prefix(6).reduce(0) { $0 << 8 | Int($1) }
      return cells.isEmpty ? cell.name : cells[place % cells.count].name
    }
  }

  /// Takes an address for this cell before its database says that somebody signs in with it.
  ///
  /// - Returns: false where another cell has it.
  /// - Throws: `DatabaseBusy` or `DirectoryAway`; then nothing may be changed.
  func take(_ email: String) throws -> Bool {
    try take([.address(mark: mark(of: email))]).isEmpty
  }

  /// Says that a new organisation is in this cell.
  func take(_ organisation: OrganisationID) throws { try require([organisation]) }

  private func require(_ organisations: [OrganisationID]) throws {
    for (entry, name) in try take(organisations.map { .organisation($0) }) {
      guard case .organisation(let organisation) = entry else { continue }
      throw HandoverError(
        "organisation \(organisation.rawValue) is in the cell \(cell.name) and in the cell \(name): one of the two is a "
          + "copy, and must not be served", needsOperator: true)
    }
  }

  /// Brings the directory up to what the cell's database says.
  ///
  /// - Throws: `HandoverError` where another cell says that it has an organisation or an address of this one: both would
  ///   answer for it; `DirectoryAway` where there is something that etcd does not know.
  func settle(addresses: [String], organisations: [OrganisationID]) throws {
    let emails = Dictionary(addresses.map { (mark(of: $0), $0) }) { first, _ in first }
    let (unknown, new, lost) = try read { table in
      let known = try Set(table.marks(of: cell))
      return (
        try organisations.filter { try table.cell(of: .organisation($0)) != cell.name },
        emails.keys.filter { !known.contains($0) }, known.filter { emails[$0] == nil }
      )
    }
    try require(unknown)
    for (entry, name) in try take(new.map { .address(mark: $0) }) {
      guard case .address(let mark) = entry, let email = emails[mark] else { continue }
      throw HandoverError(
        "\(email) signs in to the cell \(cell.name) and to the cell \(name): disable one of the two "
          + "(handover user change --disable), for which no server has to run", needsOperator: true)
    }
    try release(lost.map { .address(mark: $0) })
  }

  /// Where the organisation is.
  ///
  /// - Throws: `HandoverError` where there is none.
  func cell(of organisation: OrganisationID) throws -> String {
    guard let name = try read({ try $0.cell(of: .organisation(organisation)) }) else {
      throw HandoverError("there is no organisation \(organisation.rawValue) in any cell")
    }
    return name
  }

  /// Says that an organisation is in another cell now, and who signs in there.
  func turn(_ organisation: OrganisationID, signingIn addresses: [String], to cell: String) throws {
    let entries = [.organisation(organisation)] + addresses.map { DirectoryEntry.address(mark: mark(of: $0)) }
    guard let hosts else {
      return try write { table in for entry in entries { try table.turn(entry, to: cell) } }
    }
    try hosts.etcd.turn(entries.map(\.key), to: cell)
    _ = try catchUp(with: hosts.etcd)
  }

  /// Takes entries for this cell.
  ///
  /// - Returns: those that other cells have.
  private func take(_ entries: [DirectoryEntry]) throws -> [DirectoryEntry: String] {
    if entries.isEmpty { return [:] }
    guard let hosts else {
      return try write { table in
        var others: [DirectoryEntry: String] = [:]
        for entry in entries {
          let name = try table.take(entry, for: cell.name)
          if name != cell.name { others[entry] = name }
        }
        return others
      }
    }
    let others = try hosts.etcd.take(entries.map { ($0.key, cell.name) })
    _ = try catchUp(with: hosts.etcd)
    return Dictionary(entries.compactMap { entry in others[entry.key].map { (entry, $0) } }) { $1 }
  }

  /// Lets go of what this cell has.
  private func release(_ entries: [DirectoryEntry]) throws {
    if entries.isEmpty { return }
    guard let hosts else {
      return try write { table in for entry in entries { try table.release(entry, of: cell.name) } }
    }
    try hosts.etcd.release(entries.map(\.key), of: cell.name)
    _ = try catchUp(with: hosts.etcd)
  }

  /// What the directory knows an address by. ASCII case makes no difference, as in the databases.
  func mark(of email: String) -> [UInt8] {
    hmac.code(of: email.utf8.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 })
  }

  func read<Result>(_ body: (DirectoryTable) throws -> Result) throws -> Result {
    let connection = try readers.take()
    defer { readers.putBack(connection) }
    return try connection.transaction(.deferred) { try body(connection.directory) }
  }

  /// A connection of its own each time: it is rare, and holds no place meanwhile.
  private func write<Result>(_ body: (DirectoryTable) throws -> Result) throws -> Result {
    do {
      return try turn.whileHeld(waiting: Self.patience) {
        let connection = try Connection(path: path, mode: .writer, autocheckpoint: Self.checkpointAfter)
        return try connection.transaction(.immediate) { try body(connection.directory) }
      }
    } catch let refused as TurnRefused {
      throw DatabaseBusy(refused)
    }
  }
}

// MARK: Several hosts

extension CellDirectory {
  /// Brings the copy up to what etcd says, and the lease with it.
  ///
  /// - Returns: whether it had to be begun anew, so that etcd may have lost what is in the cells.
  /// - Throws: `DirectoryAway`, `DatabaseBusy`; `HandoverError` where etcd has lost all that it knew, or is another site's.
  @discardableResult
  func follow() throws -> Bool {
    guard let hosts, let asked else { return false }
    let time = timeSinceBoot()
    let now = try hosts.etcd.moment()
    let isAnew = try read({ try $0.followed() }) == now ? false : catchUp(with: hosts.etcd)
    // Who reads the time first, and then the copy, reads one that is at least as new.
    asked.note(time)
    try renew()
    return isAnew
  }

  private func catchUp(with etcd: Etcd) throws -> Bool {
    try write { table in
      let key = try table.key()
      let isAnew = try Self.follow(etcd, table)
      guard try table.key() == key else {
        throw HandoverError(
          "etcd has lost all that it knew, or is that of another site: start all cells anew, and each enters what is in it",
          needsOperator: true)
      }
      return isAnew
    }
  }

  private static func follow(_ etcd: Etcd, _ table: DirectoryTable) throws -> Bool {
    let followed = try table.followed()
    var (values, moment) = try etcd.changes(since: followed?.revision ?? 0)
    let isAnew = followed.map { $0.cluster != moment.cluster || $0.revision > moment.revision } ?? true
    if isAnew {
      if followed != nil { (values, moment) = try etcd.changes(since: 0) }
      try table.clear()
    }
    let known = values.map { (DirectoryKey($0.key), $0.text) }
    for (key, text) in known {
      switch key {
      case .secret: try Base64URL.decode(text).map { try table.keep(key: $0) }
      case .cell(let name): if let place = Place(of: name, text) { try table.put(place.cell, on: place.host) }
      default: break
      }
    }
    let cells = try Set(table.cells().map(\.name))
    for case (.entry(let entry)?, let cell) in known {
      if cell.isEmpty {
        try table.release(entry)
      } else if cells.contains(cell) {
        try table.turn(entry, to: cell)
      }
    }
    try table.follow(to: moment)
    return isAnew
  }

  /// Enters the cell in etcd, and reads what that says. Where it is away, a cell that was here before goes on with the copy.
  ///
  /// - Returns: its epoch; nil where etcd is away.
  private static func enter(
    _ cell: CellID, _ hosts: Hosts, _ table: DirectoryTable, key: [UInt8], noted: Int?
  ) throws -> Int? {
    let (place, number) = (DirectoryKey.cell(cell.name).text, DirectoryKey.number(cell.number).text)
    let own = [
      place: Place(cell: cell, host: hosts.own, epoch: noted ?? Place.firstEpoch).text, number: cell.name,
      DirectoryKey.secret.text: Base64URL.encode(key),
    ]
    do {
      while true {
        let known = try hosts.etcd.read(Array(own.keys))
        if let name = known[number]?.text, name != cell.name {
          throw CellID(name: name, number: cell.number).map { refusal(of: cell, for: $0) }
            ?? HandoverError("the number \(cell.number) is another cell's")
        }
        let before = known[place].flatMap { Place(of: cell.name, $0.text) }
        if let before {
          if before.cell != cell { throw refusal(of: cell, for: before.cell) }
          if before.host != hosts.own {
            throw HandoverError(
              "the cell \(cell.name) is that of the host \(before.host), and this one is \(hosts.own): two hosts must not serve "
                + "one cell; where the other one is gone for ever, or has given it away: handover cell take-over \(cell.name)",
              needsOperator: true)
          }
          if before.epoch != noted ?? Place.firstEpoch {
            throw HandoverError(
              "the folder of the cell \(cell.name) is not what this host is to serve: it is of the epoch "
                + "\(noted ?? Place.firstEpoch), and etcd has \(before.epoch); where a take-over was broken off, go on with it: "
                + "handover cell take-over \(cell.name)", needsOperator: true)
          }
        }
        let new = own.filter { known[$0.key] == nil }.map { (key: $0.key, text: $0.value) }
        if try new.isEmpty || hosts.etcd.give(new, unlessChangedSince: known) {
          _ = try follow(hosts.etcd, table)
          return before?.epoch ?? noted ?? Place.firstEpoch
        }
      }
    } catch let away as DirectoryAway {
      guard try table.followed() != nil, try table.place(of: cell.name)?.host == hosts.own else {
        throw away
      }
      return nil
    }
  }

  /// Says that a cell is this host's from now on. The former one's server ends as soon as it hears of it.
  ///
  /// - Parameters:
  ///   - former: from which host alone; nil: from whichever has it.
  ///   - noted: the epoch of what is in the cell's folder here: of a take-over that was broken off it is not yet that which
  ///     etcd has.
  /// - Returns: which host had it, and the epoch that begins.
  /// - Throws: `HandoverError` where it is this one's already, or etcd knows no such cell; `DirectoryAway`.
  static func takeOver(
    _ cell: CellID, _ hosts: Hosts, from former: String? = nil, noted: Int?
  ) throws -> (host: String, epoch: Int) {
    let key = DirectoryKey.cell(cell.name).text
    while true {
      let known = try hosts.etcd.read([key])
      guard let text = known[key]?.text, let before = Place(of: cell.name, text) else {
        throw HandoverError("etcd knows no cell \(cell.name): a new one is entered by its start")
      }
      if before.cell != cell { throw refusal(of: cell, for: before.cell) }
      if before.host == hosts.own {
        guard before.epoch == noted ?? Place.firstEpoch else { return (before.host, before.epoch) }
        throw HandoverError("the cell \(cell.name) is this host's already")
      }
      if let former, before.host != former {
        throw HandoverError("the cell \(cell.name) is that of the host \(before.host) meanwhile")
      }
      let own = Place(cell: cell, host: hosts.own, epoch: before.epoch + 1)
      if try hosts.etcd.give([(key, own.text)], unlessChangedSince: known) { return (before.host, own.epoch) }
    }
  }

  /// Which host has the cell, and its epoch, as etcd says now; nil where it knows no such cell.
  static func place(of cell: CellID, _ hosts: Hosts) throws(DirectoryAway) -> (host: String, epoch: Int)? {
    let key = DirectoryKey.cell(cell.name).text
    return try hosts.etcd.read([key])[key].flatMap { Place(of: cell.name, $0.text) }.map {
      ($0.host, $0.epoch)
    }
  }

  /// Whether none of a host's servers has asked etcd for `hostTime`.
  static func isGone(_ host: String, _ hosts: Hosts) throws(DirectoryAway) -> Bool {
    let key = DirectoryKey.host(host).text
    return try hosts.etcd.read([key])[key] == nil
  }

  /// Says that this host's servers ask.
  func sayThatHostIsThere() throws(DirectoryAway) {
    guard let hosts else { return }
    // A lease's number is nobody else's: it is of the host's name.
    let number = SHA256.hash(Array(hosts.own.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    try hosts.etcd.keep(
      DirectoryKey.host(hosts.own).text, by: Int64(number >> 1) | 1, for: Self.hostTime)
  }

  /// In seconds.
  private static let hostTime = 10

  /// Whether the cell's copy elsewhere lacks what people were told that it is done, as its server has said last.
  static func isBehind(_ cell: CellID, _ hosts: Hosts) throws(DirectoryAway) -> Bool {
    let key = DirectoryKey.behind(cell.name).text
    return try hosts.etcd.read([key])[key]?.text.isEmpty == false
  }

  func say(isBehind: Bool) throws(DirectoryAway) {
    try hosts?.etcd.turn([DirectoryKey.behind(cell.name).text], to: isBehind ? "yes" : "")
  }

  /// The hosts that a copy names; none where there is no copy.
  static func hosts(in folder: String) -> [String] {
    (try? Connection(path: folder + "/directory.sqlite", mode: .reader).directory.hosts()) ?? []
  }

  /// For how long nothing is known of what etcd says.
  var lag: Duration { timeSinceBoot() - max(asked?.time ?? .zero, started) }

  /// The host that has taken this cell over; nil where nobody has.
  func successor() throws -> String? {
    let host = try read { try $0.place(of: cell.name)?.host }
    return isHere(host) ? nil : host
  }

  /// What etcd has of a cell.
  fileprivate struct Place {
    let cell: CellID
    let host: String
    let epoch: Int

    static let firstEpoch = 1

    init(cell: CellID, host: String, epoch: Int) {
      (self.cell, self.host, self.epoch) = (cell, host, epoch)
    }

    init?(of name: String, _ text: String) {
      let words = text.split(separator: " ")
      guard words.count == 3, let number = Int64(words[0]), let epoch = Int(words[2]),
        let cell = CellID(name: name, number: number)
      else { return nil }
      self.init(cell: cell, host: String(words[1]), epoch: epoch)
    }

    var text: String { "\(cell.number) \(host) \(epoch)" }
  }
}

/// The keys in etcd, below `Etcd.prefix`.
private enum DirectoryKey {
  case secret
  case cell(String)
  case number(Int64)
  case entry(DirectoryEntry)
  /// There as long as one of its servers asks etcd.
  case host(String)
  /// Has a text while the cell's copy elsewhere lacks what people were told that it is done.
  case behind(String)

  var text: String {
    switch self {
    case .secret: Etcd.prefix + "secret"
    case .cell(let name): Etcd.prefix + "cell/" + name
    case .number(let number): Etcd.prefix + "number/\(number)"
    case .host(let host): Etcd.prefix + "host/" + host
    case .behind(let cell): Etcd.prefix + "behind/" + cell
    case .entry(.address(let mark)): Etcd.prefix + "address/" + Base64URL.encode(mark)
    case .entry(.organisation(let id)): Etcd.prefix + "organisation/\(id.rawValue)"
    }
  }

  /// Nil for what the copy has no use for.
  init?(_ text: String) {
    guard text.hasPrefix(Etcd.prefix) else { return nil }
    let words = text.dropFirst(Etcd.prefix.count).split(separator: "/").map(String.init)
    switch (words.first, words.count) {
    case ("secret", 1): self = .secret
    case ("cell", 2): self = .cell(words[1])
    case ("address", 2):
      guard let mark = Base64URL.decode(words[1]), mark.count == 32 else { return nil }
      self = .entry(.address(mark: mark))
    case ("organisation", 2):
      guard let id = Int64(words[1]) else { return nil }
      self = .entry(.organisation(OrganisationID(rawValue: id)))
    default: return nil
    }
  }
}

extension DirectoryEntry {
  fileprivate var key: String { DirectoryKey.entry(self).text }
}
