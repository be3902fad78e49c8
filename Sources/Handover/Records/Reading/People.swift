import CSV
import SQLite

/// The names and addresses of an organisation's users as cells of CSV: encoded once, copied into every row.
struct People: Sendable {
  /// In order.
  private var ids: [Int64] = []
  /// Where the name and the address of each user end in `cells`, after one another.
  private var ends: [Int] = []
  private var cells: [UInt8] = []
  /// The marks of name and address of each user, after one another.
  private var marks: [Int64] = []

  init(of organisation: OrganisationID, _ connection: Connection) throws {
    try connection.each(
      "SELECT id, name, email FROM user WHERE organisation_id = ? ORDER BY id", organisation
    ) { row in
      let name: String? = try row["name"]
      let email: String? = try row["email"]
      ids.append(try row["id"])
      for text in [name, email] {
        cells += Encoder.cell(text: (text ?? "").utf8.span)
        ends.append(cells.count)
        marks.append(Mark.text((text ?? "").utf8.span))
      }
    }
  }

  /// The cell of the user's name; empty where there is none.
  @_lifetime(borrow self)
  func name(of id: Int64) -> Span<UInt8> { cell(0, of: id) }

  /// The cell of the user's e-mail address; empty where there is none.
  @_lifetime(borrow self)
  func email(of id: Int64) -> Span<UInt8> { cell(1, of: id) }

  func nameMark(of id: Int64) -> Int64 { mark(0, of: id) }
  func emailMark(of id: Int64) -> Int64 { mark(1, of: id) }

  private func mark(_ which: Int, of id: Int64) -> Int64 {
    ids.place(ofAscending: id).map { marks[2 * $0 + which] } ?? 0
  }

  @_lifetime(borrow self)
  private func cell(_ which: Int, of id: Int64) -> Span<UInt8> {
    guard let index = ids.place(ofAscending: id) else { return Span() }
    let end = 2 * index + which
    return cells.span.extracting((end == 0 ? 0 : ends[end - 1])..<ends[end])
  }
}

extension [Int64] {
  /// The place of an id among ids in ascending order. Mostly they count from 1 without a gap, so that one
  /// look is enough.
  func place(ofAscending id: Int64) -> Int? {
    if id > 0, id <= count, self[Int(id) - 1] == id { return Int(id) - 1 }
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == id ? low : nil
  }
}
