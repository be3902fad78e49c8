import Secrets

extension DataPackage {
  /// Compares the description with the files that were read.
  func check(_ files: [Table.Name: ArchivedFile], _ problems: VerificationProblems) {
    let paths = resources.map(\.path)
    for path in Set(paths).sorted() where !Table.Name.allCases.contains(where: { $0.file == path }) {
      problems.add(Self.file, "it describes \(path), which is not a file of an export")
    }
    for table in hasWorkbookAlone ? [] : Table.Name.allCases {
      let described = resources.filter { $0.path == table.file }
      if described.count == 1 {
        described[0].check(self.table(table), files[table], in: scope, problems)
        if hasManifest, described[0].sha256 == nil {
          problems.add(Self.file, "it has no SHA-256 of \(table.file)")
        }
      } else if table != .documents || !described.isEmpty {
        problems.add(Self.file, "it describes \(table.file) \(described.count) times")
      }
    }
    if scope.scope == nil {
      problems.add(
        Self.file,
        "the scope is none of an export: organisation, user with user_id alone, contact with contact_id alone"
      )
    }
    if (profile, name) != Self.fixed {
      problems.add(Self.file, "$schema is not \(Self.fixed.profile), or name not \(Self.fixed.name)")
    }
    let sum = hasWorkbookAlone ? workbook?.rows ?? 0 : resources.reduce(0) { $0 &+ $1.rows }
    if workbook.map({ $0.path != Workbook.file }) == true {
      problems.add(Self.file, "the workbook of an export is \(Workbook.file)")
    }
    if rows != sum {
      problems.add(Self.file, "it says \(rows) rows in all, but those of its files are \(sum)")
    }
  }
}

extension DataPackage {
  /// Whether the archive has a manifest, and the description the SHA-256 of each file: those of before have neither.
  var hasManifest: Bool { resources.contains { $0.sha256 != nil } || workbook != nil }

  /// Whether there are no CSV files.
  var hasWorkbookAlone: Bool { resources.isEmpty && workbook != nil }

  func describes(_ table: Table.Name) -> Bool { resources.contains { $0.path == table.file } }

  /// The table with the columns that the archive has: those of version 1.0 had no `source_id`, at their end.
  func table(_ name: Table.Name) -> Table {
    let table = Table.named(name)
    let fields = resources.first { $0.path == name.file }?.schema.fields.map(\.name)
    let former = table.columns.filter { $0.name != "source_id" }
    guard fields == former.map(\.name) else { return table }
    return Table(name: name, columns: former, primaryKey: table.primaryKey, meaning: table.meaning)
  }
}

extension DataPackage.Resource {
  fileprivate func check(
    _ table: Table, _ file: ArchivedFile?, in scope: DataPackage.Subject,
    _ problems: VerificationProblems
  ) {
    func tell(
      _ what: String, _ actual: some CustomStringConvertible, _ described: some CustomStringConvertible
    ) {
      problems.add(
        table.name.file, "the file has \(actual)\(what), but \(DataPackage.file) says \(described)")
    }
    if let file {
      if file.rows != rows { tell(" rows", file.rows, rows) }
      if file.bytes != bytes { tell(" bytes", file.bytes, bytes) }
      if file.checksum != crc32 { tell(" as its CRC-32", file.checksum, crc32) }
      if let digest = file.sha256.map(hex), let sha256, digest != sha256 {
        tell(" as its SHA-256", digest, sha256)
      }
    }
    if let member = difference(from: table) {
      problems.add(DataPackage.file, "\(table.name.file): the \(member) is not that of an export")
    }
    let expected = TableSchema(of: table, ofOneContact: scope.isOneContact)
    if let difference = schema.difference(from: expected) {
      problems.add(DataPackage.file, "\(table.name.file): \(difference)")
    }
  }
}
