/// What `datapackage.json` and `README.txt` say about an archive.
struct ArchiveDescription {
  let organisation: Organisation
  let scope: Scope
  /// The name of the user or the contact, if the scope is a single one's.
  let subject: String?
  let snapshotAt: UnixTime
  let files: [ArchivedFile]
  /// What it is for, in the owner's words; may be empty.
  var purpose = ""
  /// Of a single user's.
  var leftOut: LeftOut? = nil
  /// Nil where there are none.
  var documents: ArchivedDocuments? = nil
  let ledger: DataPackage.Ledger

  /// Of the files, in their order.
  var tables: [Table] {
    files.compactMap { file in Table.Name.allCases.first { $0.file == file.name } }.map(Table.named)
  }

  /// On the clocks of the office.
  var snapshotOnClocks: String { Zones().local(snapshotAt, in: organisation.timeZone).exact }

  /// "the entire organisation", or the user, or the contact.
  var scopeInWords: String {
    switch scope {
    case .organisation: "the entire organisation"
    case .user(let id): "what \(subject ?? "") (\(id)) works on"
    case .contact(let id): "everything on the client \(subject ?? "") (\(id))"
    }
  }

  var package: DataPackage {
    var package = DataPackage(
      of: organisation, in: scope, scopeInWords, for: purpose, leftOut: leftOut,
      documents: documents?.description, ledger: ledger,
      at: snapshotAt,
      zip(tables, files).map { DataPackage.Resource($0, $1, in: scope) })
    package.snapshotLocal = snapshotOnClocks
    return package
  }
}
