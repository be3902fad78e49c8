import Secrets

/// What the workbook of a finished archive holds.
package struct ArchivedWorkbook: Sendable, Equatable {
  let bytes: Int
  /// IEEE 802.3.
  let crc32: UInt32
  /// 32 bytes.
  let sha256: [UInt8]
  /// Those with records, in their order.
  package let sheets: [ArchivedSheet]
  /// How many cells have less of their text than the record.
  package let cutCells: Int
}

/// A sheet with records.
package struct ArchivedSheet: Sendable, Equatable {
  /// `Deals`, `Deals (2)`.
  package let name: String
  let table: Table.Name
  /// Without the header.
  package var rows: Int
  /// Of its part, unpacked, and the CRC-32 of that.
  var bytes = 0
  var crc32: UInt32 = 0
}

extension ArchivedWorkbook {
  /// The sheets as files of an archive that has no others.
  var files: [ArchivedFile] {
    sheets.map { ArchivedFile(name: $0.name, rows: $0.rows, bytes: $0.bytes, crc32: $0.crc32) }
  }

  var description: DataPackage.Workbook {
    DataPackage.Workbook(
      bytes: bytes, crc32: checksum(crc32), sha256: hex(sha256),
      sheets: sheets.map { .init(name: $0.name, table: $0.table.file, rows: $0.rows) })
  }
}
