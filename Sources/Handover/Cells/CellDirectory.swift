import Foundation
import SQLite
import Secrets
import System

// What the cells of a machine know of each other
//
// `directory.sqlite`, in the folder in which they lie, says which cells there are, in which one an address signs in, and
// where an organisation is. All of it can be made again from the cells' databases, and each cell does so at its start: so
// it is no more than an index, which no backup has.
//
// An address is taken here first, and then in the cell's database. Whoever is killed between the two leaves an address that
// is taken and signs nobody in: the cell's next look lets it go (`settle`).

/// The directory, as one of the cells uses it.
final class CellDirectory: Sendable {
  let cell: CellID
  /// The folder of the cells.
  let folder: String
  private let path: String
  private let turn: TurnLock
  private let readers: ReaderPool
  private let hmac: HMAC

  /// Opens it, or makes it, and enters the cell.
  ///
  /// - Throws: `HandoverError` where another cell has its name or its number.
  init(_ cell: CellID, in folder: String, _ randomness: Randomness) throws {
    self.cell = cell
    self.folder = folder
    let path = folder + "/directory.sqlite"
    self.path = path
    let turn = try inWords { () throws(SystemError) in
      try TurnLock(path: folder + "/directory.lock", label: "handover, cell \(cell.name)")
    }
    self.turn = turn
    readers = ReaderPool(path: path)
    let key: [UInt8]?
    do {
      key = try turn.whileHeld(waiting: Self.patience) {
        let connection = try Connection(path: path, mode: .writer, autocheckpoint: Self.checkpointAfter)
        _ = try DirectoryTable.migrator.migrate(connection)
        return try connection.transaction(.immediate) {
          try connection.directory.keep(key: randomness.bytes(32))
          try Self.enter(cell, in: folder, connection.directory)
          return try connection.directory.key()
        }
      }
    } catch let error as SQLiteError where error.isCorrupt || error.isForeignFile {
      throw HandoverError(
        "the directory of the cells, \(path), is damaged, or is none: stop all cells, remove it and what begins with its name, "
          + "and start them: each enters what is in it", needsOperator: true)
    }
    hmac = HMAC(key: key ?? [])
  }

  /// How long anybody waits for another cell that writes, which takes a moment.
  private static let patience = Duration.seconds(5)

  /// In pages of 16 KiB, of the log; under the lock, as every write.
  private static let checkpointAfter = 32

  private static func enter(_ cell: CellID, in folder: String, _ table: DirectoryTable) throws {
    for other in try table.cells()
    where other != cell && (other.name == cell.name || other.number == cell.number) {
      // One that was removed makes room.
      if other.name != cell.name, unsafe access("\(folder)/\(other.name)", F_OK) != 0 {
        try table.remove(other)
        continue
      }
      throw HandoverError(
        "HANDOVER_CELL is '\(cell)', but the cell \(other.name) has the number \(other.number): each cell has a name and a "
          + "number of its own, and keeps them", needsOperator: true)
    }
    if try !table.cells().contains(cell) { try table.add(cell) }
  }

  func cells() throws -> [CellID] { try read { try $0.cells() } }

  /// The cell of somebody who signs in: where nobody signs in with the address, one of them all the same, always the
  /// same one, so that nothing tells the two apart.
  func cell(signingIn email: String) throws -> String {
    let mark = mark(of: email)
    return try read { table in
      if let name = try table.cell(of: mark) { return name }
      let cells = try table.cells()
      let place = mark.prefix(6).reduce(0) { $0 << 8 | Int($1) }
      return cells.isEmpty ? cell.name : cells[place % cells.count].name
    }
  }

  /// Takes an address for this cell before its database says that somebody signs in with it.
  ///
  /// - Returns: false where another cell has it.
  /// - Throws: `DatabaseBusy`; then nothing may be changed.
  func take(_ email: String) throws -> Bool {
    let mark = mark(of: email)
    return try write { try $0.take(mark, for: cell) == cell.name }
  }

  /// Says that a new organisation is in this cell.
  func take(_ organisation: OrganisationID) throws {
    let name = try write { try $0.take(organisation, for: cell) }
    if name != cell.name { throw Self.refusal(of: organisation, in: cell.name, and: name ?? "another") }
  }

  /// Brings the directory up to what the cell's database says.
  ///
  /// - Throws: `HandoverError` where another cell says that it has an organisation or an address of this one: both would
  ///   answer for it.
  func settle(addresses: [String], organisations: [OrganisationID]) throws {
    let marks = Dictionary(addresses.map { (mark(of: $0), $0) }) { first, _ in first }
    let isSettled = try read { table in
      try Set(table.marks(of: cell)) == Set(marks.keys)
        && organisations.allSatisfy { try table.cell(of: $0) == cell.name }
    }
    if isSettled { return }
    try write { table in
      for organisation in organisations {
        let name = try table.take(organisation, for: cell)
        if name != cell.name { throw Self.refusal(of: organisation, in: cell.name, and: name ?? "another") }
      }
      for (mark, email) in marks {
        let name = try table.take(mark, for: cell)
        guard name == cell.name else {
          throw HandoverError(
            "\(email) signs in to the cell \(cell.name) and to the cell \(name ?? "another"): disable one of the two "
              + "(handover user change --disable), for which no server has to run", needsOperator: true)
        }
      }
      for mark in try table.marks(of: cell) where marks[mark] == nil { try table.release(mark, of: cell) }
    }
  }

  /// Where the organisation is.
  ///
  /// - Throws: `HandoverError` where there is none.
  func cell(of organisation: OrganisationID) throws -> String {
    guard let name = try read({ try $0.cell(of: organisation) }) else {
      throw HandoverError("there is no organisation \(organisation.rawValue) in any cell")
    }
    return name
  }

  /// Says that an organisation is in another cell now, and who signs in there.
  func turn(_ organisation: OrganisationID, signingIn addresses: [String], to cell: String) throws {
    try write { table in
      try table.turn(organisation, to: cell)
      for email in addresses { try table.turn(mark(of: email), to: cell) }
    }
  }

  private static func refusal(
    of organisation: OrganisationID, in one: String, and other: String
  ) -> HandoverError {
    HandoverError(
      "organisation \(organisation.rawValue) is in the cell \(one) and in the cell \(other): one of the two is a copy, and "
        + "must not be served", needsOperator: true)
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
