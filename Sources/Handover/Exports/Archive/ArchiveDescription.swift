/// What `datapackage.json` and `README.txt` say about an archive.
struct ArchiveDescription {
  let organisation: Organisation
  let scope: Scope
  /// The name of the user or the contact, if the scope is a single one's.
  let subject: String?
  let snapshotAt: UnixTime
  /// The CSV files; empty where the workbook alone has the records.
  let files: [ArchivedFile]
  /// What it is for, in the owner's words; may be empty.
  var purpose = ""
  /// Of a single user's.
  var leftOut: LeftOut? = nil
  /// Nil where there are none.
  var documents: ArchivedDocuments? = nil
  /// Nil where there is none.
  var workbook: ArchivedWorkbook? = nil
  var ledger: DataPackage.Ledger

  /// Of the files, or of the sheets where there are no files, in their order.
  var tables: [Table] {
    Table.Name.allCases.filter { table in
      files.contains { $0.name == table.file }
        || files.isEmpty && workbook?.sheets.contains { $0.table == table } == true
    }.map(Table.named)
  }

  /// On the clocks of the office.
  var snapshotOnClocks: String { Zones().local(snapshotAt, in: organisation.timeZone).exact }

  var scopeInWords: String { scope.inWords(subject) }

  var package: DataPackage {
    var package = DataPackage(
      of: organisation, in: scope, scopeInWords, for: purpose, leftOut: leftOut,
      documents: documents?.description, workbook: workbook?.description, ledger: ledger,
      at: snapshotAt,
      zip(tables, files).map { DataPackage.Resource($0, $1, in: scope) })
    package.snapshotLocal = snapshotOnClocks
    return package
  }
}

extension Scope {
  /// "the entire organisation", or the user, or the contact.
  ///
  /// - Parameter subject: the name of the user or the contact.
  func inWords(_ subject: String?) -> String {
    switch self {
    case .organisation: "the entire organisation"
    case .user(let id): "what \(subject ?? "") (\(id)) works on"
    case .contact(let id): "everything on the client \(subject ?? "") (\(id))"
    }
  }
}
