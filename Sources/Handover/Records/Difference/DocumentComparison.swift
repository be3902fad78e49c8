import CSV
import SQLite

// Documents are only added: one that the files don't have stays, since a feed knows of records and not of
// documents, and one that was removed here stays removed. One is known by its deal, its name and what it
// holds. It keeps its number where that was never another's.

/// Compares the documents that are brought with those that are there.
struct DocumentComparison {
  private let run: Comparison
  private let documents: DocumentFiles
  private let columns: [String: Int]
  /// What the list names, whatever becomes of it.
  private var named: Set<[UInt8]> = []
  private var lacking = 0
  private var withoutDeal = 0
  private var removed = 0

  init(_ run: Comparison, _ documents: DocumentFiles) {
    self.run = run
    self.documents = documents
    columns = Dictionary(
      documents.sheet.titles.enumerated().map {
        ($1.lowercased().replacing(" ", with: "_"), $0)
      }, uniquingKeysWith: { first, _ in first })
  }

  mutating func compare(_ counts: inout [Table.Name: ImportReport.File]) throws {
    for name in ["deal_id", "name", "sha256"] where columns[name] == nil {
      try run.problems.add(
        FileProblem(
          file: documents.sheet.name, line: documents.sheet.headerLine, "the column \(name) is missing"))
    }
    try run.problems.refuseIfAny()
    var file = ImportReport.File(table: .documents, rows: 0)
    try documents.sheet.eachRecord(
      run.problems, counting: { _ in },
      { record in
        guard let row = try read(record) else { return }
        named.insert(row.sha256)
        if row.isRemoved { return }
        guard let deal = row.deal, try run.references(to: .deals).has(deal.rawValue) else {
          withoutDeal += 1
          return
        }
        file.rows += 1
        if try add(row, to: deal) { file.added += 1 }
      })
    for (hash, content) in documents.contents where !named.contains(hash) {
      try run.problems.add(
        FileProblem(
          file: content.name,
          "no row of \(Table.Name.documents.file) has the SHA-256 of this file: it was changed, or is none of them"
        ))
    }
    try run.problems.refuseIfAny()
    file.rows -= lacking + removed
    counts[.documents] = file
    tell(removed, "removed here")
    tell(lacking, "listed, and what they hold is not in the files")
    tell(withoutDeal, "of deals that are not there")
  }

  private func tell(_ count: Int, _ what: String) {
    if count == 0 { return }
    run.notes.add(
      FileProblem(
        file: Table.Name.documents.file,
        "\(Wording.plural(count, "document")) \(count == 1 ? "is" : "are") \(what): not brought in"))
  }

  private struct DocumentRow {
    let id: DocumentID?
    let deal: DealID?
    let name: String
    let sha256: [UInt8]
    let addedAt: String?
    let isRemoved: Bool
  }

  /// - Returns: nil, with the problem added, where something is wrong with the row.
  private func read(_ record: borrowing Decoder) throws -> DocumentRow? {
    func text(_ column: String) -> String? {
      columns[column].flatMap { $0 < record.count ? String(copying: record[$0]) : nil }
        .flatMap { $0.isEmpty ? nil : $0 }
    }
    func complain(_ column: String, _ message: String) throws {
      try run.problems.add(
        documents.sheet.problem(
          at: columns[column] ?? 0, of: record, "\(quotation(of: (text(column) ?? "").utf8.span)) \(message)")
      )
    }
    let id = text("document_id")
    if let id, DocumentID(id) == nil {
      try complain("document_id", "is no id of a document; write one such as F-13")
      return nil
    }
    let deal = text("deal_id")
    if let deal, DealID(deal) == nil {
      try complain("deal_id", "is no id of a deal; write one such as D-12")
      return nil
    }
    let given = columns["name"].map { String(copying: FormulaProtection.undo(record[$0])) }
    guard let name = given.flatMap(DocumentName.valid) else {
      try complain("name", "is no name that a document can have")
      return nil
    }
    guard let sha256 = digest(text("sha256") ?? "") else {
      try complain("sha256", "is no SHA-256; write its 64 hexadecimal digits")
      return nil
    }
    if let bytes = text("bytes"), let content = documents.contents[sha256], bytes != String(content.bytes) {
      try complain("bytes", "is not what the file has: \(content.bytes)")
      return nil
    }
    let addedAt = text("added_at")
    if let addedAt, !CellText.isTime(addedAt.utf8.span) {
      try complain("added_at", "is no time; write it as 2026-05-02T09:30:00Z")
      return nil
    }
    return DocumentRow(
      id: id.flatMap { DocumentID($0) }, deal: deal.flatMap { DealID($0) }, name: name, sha256: sha256,
      addedAt: addedAt, isRemoved: text("state") == "removed")
  }

  /// - Returns: whether it is to be added: it isn't there, and what it holds is.
  private mutating func add(_ row: DocumentRow, to deal: DealID) throws -> Bool {
    let isThere = try run.connection.exists(
      """
      SELECT 1 FROM document INDEXED BY document_holds
      WHERE organisation_id = ? AND sha256 = ? AND deal_id = ? AND name = ? AND removed_at IS NULL
      """, run.organisation, row.sha256, deal, row.name)
    if isThere { return false }
    // What the Undo of an import has removed, another import puts back.
    let wasRemoved = try run.connection.exists(
      """
      SELECT 1 FROM document
      WHERE organisation_id = ? AND sha256 = ? AND deal_id = ? AND name = ?
        AND NOT EXISTS (SELECT 1 FROM import WHERE id = import_id AND status = 'undone')
      """, run.organisation, row.sha256, deal, row.name)
    if wasRemoved {
      removed += 1
      return false
    }
    let content = documents.contents[row.sha256]
    let stored: Int? = try run.connection.value(
      "SELECT bytes FROM document_content WHERE organisation_id = ? AND sha256 = ?", run.organisation,
      row.sha256)
    guard let bytes = content?.bytes ?? stored else {
      lacking += 1
      return false
    }
    return try run.connection.run(
      """
      INSERT INTO document_added (id, deal_id, name, bytes, sha256, added_at, file)
      VALUES (?, ?, ?, ?, ?, unixepoch(?), ?) ON CONFLICT DO NOTHING
      """, row.id, deal, row.name, bytes, row.sha256, row.addedAt, content?.name) > 0
  }
}

/// A document that an import adds.
struct ImportedDocument: Sendable, Equatable {
  /// As the list has it.
  let id: DocumentID?
  let deal: DealID
  let name: String
  let bytes: Int
  /// 32 bytes.
  let sha256: [UInt8]
  let addedAt: UnixTime?
  /// Of the files that were brought; nil where the organisation has the content.
  let file: String?
}

extension Difference {
  /// The documents that a difference adds.
  static func documents(at path: String) throws -> [ImportedDocument] {
    let connection = try Connection(path: path, mode: .scratch)
    // One of before there were documents has none.
    guard try connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'document_added'") else {
      return []
    }
    return try connection.all("SELECT * FROM document_added ORDER BY number") { row in
      ImportedDocument(
        id: try row["id"], deal: try row["deal_id"], name: try row["name"], bytes: try row["bytes"],
        sha256: try row["sha256"], addedAt: try row["added_at"], file: try row["file"])
    }
  }
}

/// Reads 64 hexadecimal digits; nil for anything else.
private func digest(_ text: String) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count == 64 else { return nil }
  var bytes: [UInt8] = []
  for place in stride(from: 0, to: 64, by: 2) {
    guard digits[place] != UInt8(ascii: "+"), digits[place] != UInt8(ascii: "-"),
      let byte = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16)
    else { return nil }
    bytes.append(byte)
  }
  return bytes
}
