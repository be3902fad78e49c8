import SQLite

/// What a command says of an error, in words for the operator: those of SQLite are for the log.
package func words(for error: any Error) -> String {
  switch error {
  case let error as SQLiteError: error.words
  case let busy as DatabaseBusy:
    "\(busy.holder), writes to the database; nothing was changed: try again later"
  case let failure as JobFailure where failure.isOfDatabase: failure.reason
  default: "\(error)"
  }
}

extension SQLiteError {
  /// One line that says what is wrong and what to do. The number is SQLite's, for those who look it up.
  fileprivate var words: String {
    if isNewerThanBinary || isForeignFile { return message }
    let what =
      if isFull {
        "the disk is full, so the database can't be written; make room, and try again"
      } else if isCorrupt {
        "the database is damaged, or is none; restore it from a backup"
      } else if isBusy {
        "another program keeps the database locked; end it, and try again"
      } else if isReadOnly {
        "the database can't be written; give its files back to the user who runs this program"
      } else if isIOError {
        "the disk fails to read or write the database; see the system's log"
      } else if isOutOfMemory {
        "there is not enough memory for the database; free some, and try again"
      } else if cannotOpen {
        "the database can't be opened; see that its files belong to the user who runs this program"
      } else {
        "the database refused that, and nothing was changed"
      }
    return "\(what) (SQLite \(extendedCode))"
  }
}
