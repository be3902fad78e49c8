/// `datapackage.json`: the archive for machines, as a Data Package (https://datapackage.org, version 2). Any
/// tool of the Frictionless family can check the files against it.
///
/// Beyond the standard: `snapshot`, `organisation` and `scope` of the whole, `rows` and `crc32` of each file.
struct DataPackage {
  private let description: ArchiveDescription

  init(_ description: ArchiveDescription) {
    self.description = description
  }

  var bytes: [UInt8] {
    let time = JSON.string(description.snapshotAt.iso8601)
    return JSON.object([
      ("$schema", .string("https://datapackage.org/profiles/2.0/datapackage.json")),
      ("name", .string("handover-export")),
      ("title", .string("Export of \(description.organisation.name)")),
      (
        "description",
        .string("Deals, contacts, notes and tasks: \(description.scopeInWords). README.txt tells more.")
      ),
      ("created", time),
      ("snapshot", time),
      ("organisation", .string(description.organisation.name)),
      ("scope", scope),
      ("rows", .integer(description.rows)),
      ("resources", .array(zip(Table.all, description.files).map(resource))),
    ]).bytes
  }

  private var scope: JSON {
    switch description.scope {
    case .organisation: .object([("type", .string("organisation"))])
    case .user(let id): .object([("type", .string("user")), ("user_id", .string(id.description))])
    }
  }

  private func resource(_ table: Table, _ file: ArchiveReport.File) -> JSON {
    .object([
      ("name", .string(table.name.rawValue.lowercased())),
      ("type", .string("table")),
      ("path", .string(file.name)),
      ("title", .string(table.name.rawValue)),
      ("description", .string(table.meaning)),
      ("format", .string("csv")),
      ("mediatype", .string("text/csv")),
      ("encoding", .string("utf-8")),
      ("bytes", .integer(file.bytes)),
      ("rows", .integer(file.rows)),
      ("crc32", .string(hexadecimal(file.crc32))),
      ("dialect", Self.dialect),
      ("schema", TableSchema(table).json),
    ])
  }

  /// RFC 4180.
  private static var dialect: JSON {
    .object([
      ("header", .boolean(true)),
      ("delimiter", .string(",")),
      ("lineTerminator", .string("\r\n")),
      ("quoteChar", .string("\"")),
      ("doubleQuote", .boolean(true)),
      ("skipInitialSpace", .boolean(false)),
    ])
  }
}

/// Eight digits.
func hexadecimal(_ number: UInt32) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
