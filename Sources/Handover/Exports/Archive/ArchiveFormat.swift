import SQLite

/// What the records of an export are written as.
package enum ArchiveFormat: String, Sendable, CaseIterable, Bindable, ColumnValue {
  case csv
  /// One Excel workbook with a sheet for each table.
  case xlsx
  case both
}

extension ArchiveFormat {
  var hasTables: Bool { self != .xlsx }
  var hasWorkbook: Bool { self != .csv }

  /// As people see it.
  var words: String {
    switch self {
    case .csv: "CSV files"
    case .xlsx: "Excel workbook"
    case .both: "CSV files and Excel workbook"
    }
  }
}
