import CSV

/// Files in the format of an export.
final class ExportFiles: ImportSource {
  private(set) var headers: [Table.Name: ImportHeader] = [:]
  let sizes: [Table.Name: Int]
  private let sheets: [Table.Name: ImportSheet]

  /// Reads all headers of a ZIP or a folder.
  /// - Throws: `ImportRefusal` with what is wrong with them; `HandoverError` where the system can't read.
  convenience init(at path: String) throws {
    try self.init(in: importPlace(at: path), at: path)
  }

  private init(in place: any ImportPlace, at path: String) throws {
    let problems = ImportProblems()
    var sheets: [Table.Name: ImportSheet] = [:]
    for (table, file) in try Self.files(in: place, at: path) {
      let before = problems.count
      let sheet = try ImportSheet(file.name, bytes: file.bytes, in: place, problems)
      if sheet.titles.isEmpty {
        if problems.count == before {
          try problems.add(
            FileProblem(file: sheet.name, "the file is empty; its first line has to name its columns"))
        }
        continue
      }
      sheets[table] = sheet
      headers[table] = try ImportHeader(of: table, in: sheet, problems)
    }
    try problems.refuseIfAny()
    self.sheets = sheets
    sizes = sheets.mapValues(\.bytes)
  }

  var notes: [FileProblem] { Table.Name.allCases.flatMap { sheets[$0]?.notes ?? [] } }

  func eachRecord(
    of table: Table.Name, _ problems: ImportProblems, counting: (Int) -> Void,
    _ body: (borrowing Decoder) throws -> Void
  ) throws {
    try sheets[table]?.eachRecord(problems, counting: counting, body)
  }

  func problem(
    at place: Int, of record: borrowing Decoder, in table: Table.Name, _ message: String
  ) -> FileProblem {
    sheets[table]?.problem(at: place, of: record, message) ?? FileProblem(file: table.file, message)
  }

  /// Which file each table is in: at the root, or in a folder, as it is when somebody packs the folder that an export was
  /// unpacked to.
  private static func files(
    in place: any ImportPlace, at path: String
  ) throws(ImportRefusal) -> [(Table.Name, (name: String, bytes: Int))] {
    let known = Set(Table.Name.allCases.map(\.file))
    let files = place.files.map { (parts: parts($0.name), file: $0) }
    let folders = Set(files.filter { known.contains($0.parts.name) }.map { Array($0.parts.folder.utf8) })
      .map { String(decoding: $0, as: UTF8.self) }.sorted()
    guard folders.count < 2 else {
      let places = folders.map { $0.isEmpty ? "at its root" : "in \($0)" }.joined(separator: " and ")
      throw ImportRefusal(problems: [
        FileProblem(file: path, "there are files of an export \(places); leave one set of them")
      ])
    }
    let folder = folders.first ?? ""
    let inFolder = files.filter { $0.parts.folder.isSame(as: folder) }
    return try tables(in: inFolder.map(\.parts.name), of: path).compactMap { table in
      inFolder.first { $0.parts.name == table.file }.map { (table, $0.file) }
    }
  }

  private static func parts(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[...slash]), String(path[path.utf8.index(after: slash)...]))
  }

  /// The tables that the names of files stand for. A CSV of any other name is refused as misspelt, since
  /// leaving it out would lose records; anything else, such as `datapackage.json`, is ignored.
  /// - Throws: `ImportRefusal` that names each unknown CSV, or says that there is no CSV at all.
  private static func tables(
    in names: [String], of place: String
  ) throws(ImportRefusal) -> [Table.Name] {
    let known = Table.Name.allCases.map(\.file).joined(separator: ", ")
    let problems = ImportProblems()
    var tables: [Table.Name] = []
    for name in names.sorted() {
      if let table = Table.Name.allCases.first(where: { $0.file == name }) {
        tables.append(table)
      } else if name.lowercased().hasSuffix(".csv"), !name.hasPrefix(".") {
        try problems.add(FileProblem(file: name, "the file is none of \(known)"))
      }
    }
    try problems.refuseIfAny()
    guard !tables.isEmpty else {
      throw ImportRefusal(problems: [FileProblem(file: place, "there is none of the files \(known) in it")])
    }
    return tables
  }
}

extension ImportHeader {
  /// Reads the titles of a file of an export.
  /// - Throws: `ImportRefusal` where there are twenty problems already.
  /// - Returns: nil, with the problems added, where it isn't a header of the table.
  fileprivate init?(of name: Table.Name, in sheet: ImportSheet, _ problems: ImportProblems)
    throws(ImportRefusal)
  {
    let table = Table.named(name)
    var columns: [Column] = []
    var isSound = true
    for title in sheet.titles {
      if let column = table.column(title), !columns.contains(where: { $0.name == title }) {
        columns.append(column)
        continue
      }
      let complaint =
        table.column(title) == nil
        ? "\(quotation(of: title.utf8.span)) is not a column of this file; its columns are "
          + table.columns.map(\.name).joined(separator: ", ")
        : "the column \(title) appears twice"
      try problems.add(FileProblem(file: sheet.name, line: sheet.headerLine, complaint))
      isSound = false
    }
    for key in table.primaryKey where isSound && !columns.contains(where: { $0.name == key }) {
      try problems.add(FileProblem(file: sheet.name, line: sheet.headerLine, "the column \(key) is missing"))
      isSound = false
    }
    guard isSound else { return nil }
    self.init(table: table, columns: columns.map { ImportColumn($0, of: table, title: $0.name) })
  }
}
