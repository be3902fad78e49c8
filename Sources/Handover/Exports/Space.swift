import SQLite

extension Exports {
  /// Refuses a run for which the disk has no room, before it fills the disk for everybody else.
  func checkSpace(for job: ExportJob) throws {
    guard let free = folder.freeBytes() else { return }
    let needed = try database.read { try $0.exports.expectedSize(of: job.export) } + ExportSpace.reserve
    if free < needed {
      throw ExportProblem.noSpace("\(Wording.size(free)) free, about \(Wording.size(needed)) needed")
    }
  }

  /// Says how little is free where that is less than what everybody else on the server needs; nil where it is enough.
  func lackOfSpace() -> String? {
    guard let free = folder.freeBytes(), free < ExportSpace.reserve else { return nil }
    return "\(Wording.size(free)) free while it was written"
  }
}

enum ExportSpace {
  /// For the database, and for what else the server writes meanwhile.
  static let reserve = 4_000_000
  /// Bytes of the ZIP a record: somewhat more than the records of real offices take.
  static let perRecord = 120
}
