import Secrets

/// What a finished archive holds: what the page, the mail and `datapackage.json` show.
package struct ArchiveReport: Sendable, Equatable {
  /// The moment that the records in the archive are from.
  let snapshotAt: UnixTime
  /// The CSV files, in their order; where there are none, the sheets of the workbook.
  package let files: [ArchivedFile]
  /// Of a single user's: what stays behind.
  package var leftOut: LeftOut? = nil
  /// Nil where there are none.
  package var documents: ArchivedDocuments? = nil
  /// Nil where there is none.
  package var workbook: ArchivedWorkbook? = nil
  /// Of `verify.html` in it: 32 bytes.
  var pageSHA256: [UInt8]? = nil
  /// Its place in the ledger; nil where it is not to be entered.
  var entry: LedgerEntry? = nil
  /// Bytes of the ZIP.
  package let size: Int
  /// Of the ZIP, as it was read back from the disk: 32 bytes.
  let sha256: [UInt8]

  /// The SHA-256 as 64 hexadecimal digits.
  package var digest: String { hex(sha256) }
}
