import CSV
import SQLite

/// The names of deals, or of contacts, as cells of CSV, looked up by id.
///
/// Notes and tasks of one time are about the same records. So the last ones looked up are kept: in a place for each id, by
/// its last bits, where the next id with the same bits takes its room.
final class RecordNames {
  private static let places = 4_096

  private var statement: Statement
  /// Which record's cell is in a place; none has the id 0.
  private var ids = [Int64](repeating: 0, count: places)
  private var cells = [[UInt8]](repeating: [], count: places)

  init(of table: Table.Name, in snapshot: Snapshot) throws {
    statement = try snapshot.prepare(Selection.name(of: table))
  }

  /// Writes the cell of the record's name; an empty one where there is none.
  func write(_ id: Int64, to encoder: inout Encoder) throws {
    let place = Int(truncatingIfNeeded: id) & (Self.places - 1)
    if ids[place] != id { try fill(place, with: id) }
    let cell = cells[place]
    encoder.verbatim(cell.span)
  }

  private func fill(_ place: Int, with id: Int64) throws {
    statement.reset()
    try statement.bind(id, at: 2)
    if try statement.step(), case .text(let name) = statement.cell(at: 0) {
      cells[place] = Encoder.cell(text: name)
    } else {
      cells[place] = []
    }
    ids[place] = id
  }
}
