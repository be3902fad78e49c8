import ZIP

/// What was read in the snapshot, to be held against what went into the archive.
struct WrittenSnapshot {
  struct File {
    let table: Table
    /// By `SELECT count(*)`.
    let counted: Int
    /// By the loop that wrote them.
    let rows: Int
    /// By the encoder.
    let bytes: Int
  }

  let time: UnixTime
  /// The user whose scope it is, if it is one's.
  let subject: User?
  let files: [File]

  /// Holds the counts against each other and against what the writer has in the archive.
  /// - Throws: where two of them differ, naming the file.
  func files(describedBy entries: [EntrySummary]) throws(ExportFailure) -> [ArchiveReport.File] {
    guard entries.map(\.name) == files.map(\.table.name.file) else {
      throw ExportFailure("The archive does not hold the files that were written.")
    }
    var checked: [ArchiveReport.File] = []
    for (file, entry) in zip(files, entries) {
      guard file.rows == file.counted else {
        throw ExportFailure("\(entry.name) holds \(file.rows) rows, but \(file.counted) were counted.")
      }
      guard file.bytes == entry.bytes else {
        throw ExportFailure("\(entry.name) holds \(entry.bytes) bytes, but \(file.bytes) were written.")
      }
      checked.append(.init(name: entry.name, rows: file.rows, bytes: file.bytes, crc32: entry.crc32))
    }
    return checked
  }
}
