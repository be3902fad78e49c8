import SQLite

extension Exports {
  /// Refuses a run for which the disk has no room, before it fills the disk for everybody else.
  func checkSpace(for job: ExportJob) throws {
    guard let free = folder.freeBytes() else { return }
    let needed = try database.read { try $0.expectedSize(of: job.export) } + ExportSpace.reserve
    if free < needed { throw ExportProblem.noSpace("\(size(free)) free, about \(size(needed)) needed") }
  }

  /// Says how little is free where that is less than what everybody else on the server needs; nil where it is enough.
  func lackOfSpace() -> String? {
    guard let free = folder.freeBytes(), free < ExportSpace.reserve else { return nil }
    return "\(size(free)) free while it was written"
  }
}

private enum ExportSpace {
  /// For the database, and for what else the server writes meanwhile.
  static let reserve = 4_000_000
  /// Bytes of the ZIP a record: somewhat more than the records of real offices take.
  static let perRecord = 120
}

extension Connection {
  /// About how large an export's ZIP will be: half as much again as the last one of the same scope, or, where
  /// there was none, by the records of the organisation.
  fileprivate func expectedSize(of export: Export) throws -> Int {
    let last: Int? = try value(
      """
      SELECT size FROM export WHERE organisation_id = ? AND scope = ? AND subject_id IS ? AND size IS NOT NULL
      ORDER BY number DESC LIMIT 1
      """, export.organisation, export.scope.word, export.scope.subject)
    if let last { return last + last / 2 }
    return try keptCounts(of: export.organisation).organisation.rows * ExportSpace.perRecord
  }
}
