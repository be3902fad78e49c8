import CSV

/// Files in the format of an export, as people have them: with other separators, encodings and ways to write a value,
/// where these can be read in one way only.
final class ExportFiles: ImportSource {
  private(set) var headers: [Table.Name: ImportHeader] = [:]
  private(set) var documents: DocumentFiles?
  private var sheets: [Table.Name: ImportSheet] = [:]
  private var tidiers: [Table.Name: RecordTidier] = [:]
  /// Told of files that are not read.
  private var unread: [FileProblem] = []

  /// Reads all headers of a ZIP, a folder, a CSV or a workbook.
  /// - Throws: `ImportRefusal` with what is wrong with them; `HandoverError` where the system can't read.
  convenience init(at path: String) throws {
    try self.init(in: importPlace(at: path), at: path)
  }

  private init(in place: any ImportPlace, at path: String) throws {
    let problems = ImportProblems()
    let files = try Self.files(in: place, at: path)
    unread = place.files.filter(\.isForeignWorkbook).map {
      FileProblem(
        file: $0.name, "the file is not read; save it as .xlsx or as CSV UTF-8, if there are records in it")
    }
    for file in files {
      let before = problems.count
      for sheet in try ImportSheet.open(file, in: place, beside: files, problems) {
        if sheet.isOfDocuments {
          documents = DocumentFiles(sheet, in: place, at: file.folder)
        } else {
          try add(sheet, isRead: problems.count == before, problems)
        }
      }
    }
    try problems.refuseIfAny()
    guard !sheets.isEmpty || documents != nil else { throw Self.nothing(at: path) }
  }

  var sizes: [Table.Name: Int] {
    var sizes = sheets.mapValues(\.bytes)
    if let documents { sizes[.documents] = documents.bytes }
    return sizes
  }

  var notes: [FileProblem] { Table.Name.ofAll.flatMap { sheets[$0]?.notes ?? [] } + unread }

  func eachRecord(
    of table: Table.Name, _ problems: ImportProblems, counting: (Int) -> Void,
    _ body: (borrowing Decoder) throws -> Void
  ) throws {
    guard let sheet = sheets[table], let tidier = tidiers[table] else { return }
    var tidy = Decoder()
    func take(_ record: borrowing Decoder) throws {
      if tidier.isTidy(record) { return try body(record) }
      tidier.tidy(record, into: &tidy)
      try body(tidy)
    }
    try sheet.eachRecord(problems, counting: counting, take)
  }

  func problem(
    at place: Int, of record: borrowing Decoder, in table: Table.Name, _ message: String
  ) -> FileProblem {
    FileProblem(
      file: sheets[table]?.name ?? table.file, line: record.position(of: place).line,
      column: headers[table].flatMap { place < $0.columns.count ? $0.columns[place].title : nil }, message)
  }

  private func add(_ sheet: ImportSheet, isRead: Bool, _ problems: ImportProblems) throws {
    let named = Table.Name(subject: sheet.subject)
    if sheet.titles.isEmpty {
      // A new workbook has empty sheets; and why a file can't be read has been told.
      if isRead, !sheet.isOfWorkbook || named != nil {
        try problems.add(
          FileProblem(file: sheet.name, "the file is empty; its first line has to name its columns"))
      }
      return
    }
    guard let table = named ?? Table.Name(titles: sheet.titles) else {
      let known = Table.Name.ofAll.map(\.file).joined(separator: ", ")
      return try problems.add(
        FileProblem(
          file: sheet.name,
          "the file is none of \(known), neither by its name nor by its columns; name it so, or bring it in by a mapping"
        ))
    }
    if let other = sheets[table] {
      return try problems.add(
        FileProblem(
          file: sheet.name, "\(other.name) has the same columns; leave one of them, or put them into one"))
    }
    sheets[table] = sheet
    if let header = try ImportHeader(of: table, in: sheet, problems) {
      headers[table] = header
      tidiers[table] = RecordTidier(header, in: sheet)
    }
  }

  /// The files with tables: at the root, or in a folder, as it is when somebody packs the folder that an export was
  /// unpacked to. What lies in folders beside, such as documents, is not looked at.
  private static func files(
    in place: any ImportPlace, at path: String
  ) throws(ImportRefusal) -> [ImportPlaceFile] {
    let files = place.files.filter { $0.isTable && !$0.isDocument }
    let known = folders(
      of: files.filter { Table.Name(subject: $0.stem) != nil })
    let all = folders(of: files)
    let depth = all.map(\.depth).min()
    let candidates = known.isEmpty ? all.filter { $0.depth == depth } : known
    guard candidates.count < 2 else {
      let places = candidates.map { $0.isEmpty ? "at its root" : "in \($0)" }.joined(separator: " and ")
      throw ImportRefusal(problems: [
        FileProblem(file: path, "there are files of an export \(places); leave one set of them")
      ])
    }
    guard let folder = candidates.first else { throw nothing(at: path) }
    return files.filter { $0.folder.isSame(as: folder) }
  }

  private static func folders(of files: [ImportPlaceFile]) -> [String] {
    Set(files.map { Array($0.folder.utf8) }).map { String(decoding: $0, as: UTF8.self) }.sorted()
  }

  private static func nothing(at path: String) -> ImportRefusal {
    let known = Table.Name.ofAll.map(\.file).joined(separator: ", ")
    return ImportRefusal(problems: [FileProblem(file: path, "there is none of the files \(known) in it")])
  }
}

extension ImportSheet {
  fileprivate var isOfDocuments: Bool { subject.lowercased() == Table.Name.documents.resource }
}

extension String {
  fileprivate var depth: Int { utf8.count { $0 == UInt8(ascii: "/") } }
}

extension ImportPlaceFile {
  /// A workbook of a program or a version that isn't read.
  fileprivate var isForeignWorkbook: Bool { ["xls", "xlsb", "ods", "numbers"].contains(ending) }
}

extension Table.Name {
  /// By the name of a file or a sheet, whatever its case: `deal contacts` is DealContacts.
  init?(subject: String) {
    let plain = subject.lowercased().filter { !" _-".contains($0) }
    guard let name = Self.ofAll.first(where: { $0.rawValue.lowercased() == plain }) else { return nil }
    self = name
  }

  /// By the titles of its columns.
  /// - Returns: nil where they don't fit exactly one table.
  fileprivate init?(titles: [String]) {
    let titles = titles.filter { !$0.isEmpty }.map { $0.asColumnName }
    let fitting = Self.ofAll.filter { name in
      let table = Table.named(name)
      return titles.allSatisfy { table.column($0) != nil } && table.isNamed(by: titles)
    }
    guard fitting.count == 1 else { return nil }
    self = fitting[0]
  }
}

extension Table {
  /// Whether records with these columns can be told from each other: by id or by source id.
  fileprivate func isNamed(by columns: [String]) -> Bool {
    primaryKey.allSatisfy(columns.contains) || column("source_id") != nil && columns.contains("source_id")
  }
}

extension String {
  /// As the columns of an export are written: `Deal ID` is `deal_id`.
  fileprivate var asColumnName: String {
    String(lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
  }
}

extension ImportHeader {
  /// Reads the titles of a file of an export.
  /// - Throws: `ImportRefusal` where there are enough problems.
  /// - Returns: nil, with the problems added, where it isn't a header of the table.
  fileprivate init?(
    of name: Table.Name, in sheet: ImportSheet, _ problems: ImportProblems
  ) throws(ImportRefusal) {
    let table = Table.named(name)
    var columns: [ImportColumn] = []
    var unknown: [String] = []
    var isSound = true
    for title in sheet.titles where !title.isEmpty {
      guard let column = table.column(title) ?? table.column(title.asColumnName) else {
        unknown.append(title)
        continue
      }
      let read = ImportColumn(column, of: table, title: title)
      if columns.contains(where: { $0.column.name == read.column.name && $0.naming == read.naming }) {
        try problems.add(
          FileProblem(file: sheet.name, line: sheet.headerLine, "the column \(column.name) appears twice"))
        isSound = false
      }
      columns.append(read)
    }
    if !unknown.isEmpty {
      try problems.add(
        FileProblem(
          file: sheet.name, line: sheet.headerLine, Self.complaint(about: unknown, table, has: columns)))
      isSound = false
    }
    if isSound, !table.isNamed(by: columns.filter { $0.naming != .name }.map(\.column.name)) {
      for key in table.primaryKey
      where !columns.contains(where: { $0.column.name == key && $0.naming == .id }) {
        try problems.add(
          FileProblem(file: sheet.name, line: sheet.headerLine, "the column \(key) is missing"))
        isSound = false
      }
    }
    guard isSound else { return nil }
    self.init(table: table, columns: columns)
  }

  /// One sentence, however many there are.
  private static func complaint(about unknown: [String], _ table: Table, has columns: [ImportColumn])
    -> String
  {
    let shown = unknown.prefix(5).map { quotation(of: $0.utf8.span) }
    let rest = unknown.count - shown.count
    let names = shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    if unknown.count == 1 {
      let free = table.columns.map(\.name).filter { name in
        !columns.contains { $0.title.asColumnName == name }
      }
      if let near = free.first(where: { $0.isNear(unknown[0].asColumnName) }) {
        return "\(names) is not a column of this file; call it \(near), if it is that"
      }
      return "\(names) is not a column of this file; take it out, or bring the file in by a mapping"
    }
    return "\(names) are not columns of this file; take them out, or bring the file in by a mapping"
  }
}

extension String {
  /// Whether two insertions, deletions or replacements at most lead from one to the other (Levenshtein).
  fileprivate func isNear(_ other: String) -> Bool {
    let (from, to) = (Array(utf8), Array(other.utf8.prefix(64)))
    var row = Array(0...to.count)
    for (place, byte) in from.enumerated() {
      var diagonal = row[0]
      row[0] = place + 1
      for column in to.indices {
        let cost = Swift.min(diagonal + (byte == to[column] ? 0 : 1), row[column] + 1, row[column + 1] + 1)
        diagonal = row[column + 1]
        row[column + 1] = cost
      }
    }
    return row[to.count] <= 2
  }
}
