import CSV
import Secrets
import System
import ZIP

/// Checks the files of an archive that could be opened.
struct Verifier {
  /// What the archive holds, as far as it could be read; `page` is the SHA-256 of `verify.html`.
  typealias Findings = (
    files: [ArchivedFile], documents: DataPackage.Documents?, ledger: DataPackage.Ledger?, page: [UInt8]?
  )

  let reader: ArchiveReader
  let problems: VerificationProblems
  let progress: (Int, Int) -> Void
  private let crossChecks = CrossChecks(lists: .each)
  private let manifest: ManifestCheck

  /// A file is read after those that its rows refer to.
  private static let order: [Table.Name] = [
    .users, .contacts, .deals, .dealContacts, .notes, .tasks, .documents,
  ]

  /// - Parameter isOriginal: whether the ZIP is the one that Handover wrote.
  init(
    _ reader: ArchiveReader, isOriginal: Bool, _ problems: VerificationProblems,
    progress: @escaping (Int, Int) -> Void
  ) {
    self.reader = reader
    self.problems = problems
    self.progress = progress
    manifest = ManifestCheck(reader, isOriginal: isOriginal, problems)
  }

  /// - Throws: `HandoverError` where the system can't read.
  func check() throws -> Findings {
    let known = [DataPackage.file] + Table.Name.allCases.map(\.file)
    guard reader.entries.contains(where: { known.contains($0.name) }) else {
      problems.add(nil, "This ZIP is not an export of Handover: it has none of its files.")
      return ([], nil, nil, nil)
    }
    let (description, text) = try description()
    checkNames(description)
    let readMe = try textOfReadMe()
    try checkContent(of: VerifyPage.file)
    let contents =
      description?.documents == nil ? [] : reader.entries.filter { DocumentCheck.isOne($0) && !$0.isFolder }
    let workbook = try workbook(description)
    let isAlone = description?.hasWorkbookAlone == true
    let total =
      ((Self.order.map(\.file) + [DataPackage.Workbook.file])
      .compactMap { reader.entry(named: $0)?.summary.bytes }
      + contents.map(\.summary.bytes) + [isAlone ? workbook?.bytes ?? 0 : 0])
      .saturatingSum
    var done = 0
    func count(_ bytes: Int) {
      done += bytes
      progress(done, total)
    }
    var files: [Table.Name: ArchivedFile] = [:]
    for table in Self.order {
      guard let entry = reader.entry(named: table.file) else {
        if !isAlone { crossChecks.end(.named(table), isComplete: false) }
        continue
      }
      files[table] = try check(
        description?.table(table) ?? .named(table), in: description?.scope, entry, workbook, progress: count)
    }
    var documents = description?.documents.map { DocumentCheck($0, problems) }
    var sheets: [Table.Name: [ArchivedFile]] = [:]
    if let workbook, isAlone {
      for table in Self.order {
        func take(_ record: borrowing Decoder) {
          if table == .documents { documents?.add(record) }
          if table == .deals { documents?.add(deal: record) }
        }
        sheets[table] = try workbook.read(
          Table.named(table), in: description?.scope, crossChecks, take, progress: count)
      }
    }
    for table in [Table.Name.deals, .contacts] { try tellDisagreements(of: table) }
    description?.check(files, problems)
    if let workbook { try check(workbook, files, progress: count) }
    let found = try documents.map { try check(contents, $0, progress: count) }
    try manifest.finish()
    description?.checkEntry(manifest.contents, text, readMe, problems)
    let all = Table.Name.allCases.flatMap { files[$0].map { [$0] } ?? sheets[$0] ?? [] }
    return (all, found, description?.ledger, manifest[VerifyPage.file])
  }

  /// The check of the workbook, where the archive is said to have one.
  private func workbook(_ description: DataPackage?) throws -> WorkbookCheck? {
    guard let workbook = description?.workbook, let entry = reader.entry(named: DataPackage.Workbook.file)
    else { return nil }
    return try WorkbookCheck(workbook, entry, of: reader, problems)
  }

  private func check(
    _ workbook: WorkbookCheck, _ files: [Table.Name: ArchivedFile], progress: (Int) -> Void
  ) throws {
    guard let entry = reader.entry(named: DataPackage.Workbook.file) else { return }
    do { try manifest.read(entry) { progress($0.count) } } catch let error as ZIPError {
      return try problems.add(error)
    }
    try workbook.check(entry, sha256: manifest[entry.name].map(hex), files)
  }

  private func check(
    _ table: Table, in scope: DataPackage.Subject?, _ entry: ArchiveEntry, _ workbook: WorkbookCheck?,
    progress: (Int) -> Void
  ) throws -> ArchivedFile {
    var check = FileCheck(table, in: scope, crossChecks, problems)
    let sheets = workbook?.comparison(of: table)
    crossChecks.begin(table)
    func take(_ record: borrowing Decoder) throws {
      try check.check(record)
      if check.rows > 0 { try sheets?.expect(record) }
    }
    let isComplete = try telling(of: table.name) {
      var decoder = Decoder()
      try manifest.read(entry) { bytes in
        check.feed(bytes)
        decoder.feed(bytes)
        while try decoder.next() { try take(decoder) }
        progress(bytes.count)
      }
      decoder.finish()
      while try decoder.next() { try take(decoder) }
      try check.finish()
    }
    if isComplete { try sheets?.finish() }
    crossChecks.end(table, isComplete: isComplete)
    return ArchivedFile(
      name: table.name.file, rows: check.rows, bytes: entry.summary.bytes, crc32: entry.summary.crc32,
      sha256: manifest[entry.name])
  }

  private func check(
    _ contents: [ArchiveEntry], _ documents: DocumentCheck, progress: (Int) -> Void
  ) throws -> DataPackage.Documents {
    var check = documents
    readRecords(of: .documents) { check.add($0) }
    if !contents.isEmpty { readRecords(of: .deals) { check.add(deal: $0) } }
    for entry in contents {
      do {
        try manifest.read(entry) { progress($0.count) }
        if let digest = manifest[entry.name] { check.add(entry, sha256: digest) }
      } catch let error as ZIPError { try problems.add(error) }
    }
    return check.finish()
  }

  /// Hands over the records of a CSV once more. What is wrong with them has been told.
  private func readRecords(of table: Table.Name, _ body: (borrowing Decoder) -> Void) {
    guard let list = reader.entry(named: table.file) else { return }
    var decoder = Decoder()
    var isHeader = true
    func takeAll() throws {
      while try decoder.next() {
        if !isHeader { body(decoder) }
        isHeader = false
      }
    }
    try? reader.read(list) { bytes in
      decoder.feed(bytes)
      try takeAll()
    }
    decoder.finish()
    try? takeAll()
  }

  private func tellDisagreements(of table: Table.Name) throws {
    for disagreement in crossChecks.disagreements(of: table) {
      let place = try disagreement.id.flatMap { try line(of: $0, in: table) }
      let isOfSheet = reader.entry(named: table.file) == nil
      problems.add(
        FileProblem(
          file: isOfSheet ? DataPackage.Workbook.file : table.file, line: place,
          record: isOfSheet ? disagreement.id.map { table.id($0) } : nil, column: disagreement.column,
          disagreement.message))
    }
  }

  /// Reads the file once more to find the line of the row with this id.
  private func line(of id: Int64, in table: Table.Name) throws -> Int? {
    guard let entry = reader.entry(named: table.file), problems.first.count < Verification.mostProblems else {
      return nil
    }
    var decoder = Decoder()
    var line: Int?
    do {
      try reader.read(entry) { bytes in
        decoder.feed(bytes)
        while try decoder.next() {
          guard CellText.identifier(decoder[0], prefix: table.idByte, upTo: .max) == id else { continue }
          line = decoder.position(of: 0).line
          throw Found()
        }
      }
    } catch is Found {}
    return line
  }

  /// - Returns: false where a problem ended the reading early.
  private func telling(of table: Table.Name, _ body: () throws -> Void) throws -> Bool {
    do {
      try body()
      return true
    } catch let problem as FileProblem {
      problems.add(problem)
    } catch let error as CSVError {
      problems.add(FileProblem(error, in: table.file))
    } catch let error as ZIPError {
      try problems.add(error)
    }
    return false
  }

  private struct Found: Error {}
}

// The files of an archive as a whole: which they are, and those that are not CSV.
extension Verifier {
  /// Bytes of `datapackage.json`, and of `README.txt`: they are held in memory.
  static let largestDescription = 16 << 20

  /// Documents.csv is in it where datapackage.json says so.
  private func checkNames(_ description: DataPackage?) {
    let hasDocuments =
      description?.describes(.documents) ?? (reader.entry(named: Table.Name.documents.file) != nil)
    let tables =
      description?.hasWorkbookAlone == true ? [] : Table.Name.ofAll + (hasDocuments ? [.documents] : [])
    let expected =
      tables.map(\.file) + [DataPackage.file, DataPackage.readMe]
      + (description?.workbook == nil ? [] : [DataPackage.Workbook.file])
      + (description?.hasManifest ?? (reader.entry(named: Manifest.file) != nil)
        ? [Manifest.file, VerifyPage.file] : [])
    var found: Set<String> = []
    var folded: Set<String> = []
    for entry in reader.entries {
      let isDocument = description?.documents != nil && DocumentCheck.isOne(entry)
      if !isDocument, !expected.contains(entry.name) {
        problems.add(entry.name, "the file is not one of an export")
      } else if !found.insert(entry.name).inserted {
        problems.add(entry.name, "the archive has two files of this name")
      } else if !folded.insert(SafeName.folded(entry.name)).inserted {
        problems.add(entry.name, "some systems take its name for that of another file")
      }
    }
    for name in expected where !found.contains(name) { problems.add(name, "the file is missing") }
  }

  /// - Returns: nil, with the problem added, where it can't be read; and its bytes.
  private func description() throws -> (DataPackage?, text: [UInt8]) {
    guard let entry = reader.entry(named: DataPackage.file) else { return (nil, []) }
    guard entry.summary.bytes <= Self.largestDescription else {
      problems.add(entry.name, "it is larger than the description of an export is")
      return (nil, [])
    }
    var bytes: [UInt8] = []
    do {
      try manifest.read(entry) { bytes.append(copying: $0) }
      return (try DataPackage(decoding: bytes), bytes)
    } catch let error as ZIPError {
      try problems.add(error)
    } catch let problem as FileProblem {
      problems.add(problem)
    }
    return (nil, [])
  }

  /// Its text may be anything; its size and CRC must be what the directory says, and its SHA-256 what the manifest says.
  private func checkContent(of name: String, _ body: (Span<UInt8>) -> Void = { _ in }) throws {
    guard let entry = reader.entry(named: name) else { return }
    do {
      try manifest.read(entry, body)
    } catch let error as ZIPError {
      try problems.add(error)
    }
  }

  /// - Returns: nothing where it can't be read, is too large, or is not UTF-8.
  private func textOfReadMe() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var isTooLarge = false
    try checkContent(of: DataPackage.readMe) { block in
      isTooLarge = isTooLarge || bytes.count + block.count >= Self.largestDescription
      if !isTooLarge { bytes.append(copying: block) }
    }
    let isText =
      manifest[DataPackage.readMe] != nil && !isTooLarge && String(validating: bytes, as: UTF8.self) != nil
    return isText ? bytes : []
  }
}
