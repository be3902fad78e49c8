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

extension CellDirectory {
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

  /// The same while the server runs: lets go of addresses that nobody signs in with any more.
  func tidyDirectory() {
    do { try settleDirectory() } catch {
      log.error("directory.disagrees", ["error": "\(words(for: error))"])
    }
  }

  /// The cells of the machine, one of which the settings name.
  ///
  /// - Throws: `HandoverError` where they name none.
  package func cells() throws -> [CellState] {
    guard let directory else {
      throw HandoverError("HANDOVER_CELL is not set: this machine has no cells")
    }
    let (cells, counts) = try directory.read { (try $0.cells(), try $0.counts()) }
    return cells.map { cell in
      let data = DataFolder(cell: cell.name, in: directory.folder)
      let (organisations, addresses) = counts[cell.name] ?? (0, 0)
      return CellState(
        name: cell.name, number: cell.number, folder: data.path, organisations: organisations,
        addresses: addresses,
        isServed: (try? data.claim()) == nil)
    }
  }
}

/// One cell of a machine, for the operator.
package struct CellState: Sendable {
  package let name: String
  package let number: Int64
  package let folder: String
  package let organisations: Int
  /// That somebody signs in with.
  package let addresses: Int
  /// Whether a server runs.
  package let isServed: Bool
}
