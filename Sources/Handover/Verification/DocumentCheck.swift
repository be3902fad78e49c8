import CSV
import Secrets
import ZIP

/// Holds what lies in `Documents/` against Documents.csv: each file is a document of the deal whose folder it is in, by its
/// SHA-256 and its name, and each document is there but for removed ones and those of which datapackage.json says that they are
/// missing.
struct DocumentCheck {
  private let description: DataPackage.Documents
  private let problems: VerificationProblems
  /// Of Documents.csv.
  private var listed: [Listed] = []
  /// Places in it of those that are not removed: by the digits of the hash, by those with the name that the file
  /// has unless it has a twin, and by id.
  private var places: [[UInt8]: [Int]] = [:]
  private var placesByName: [[UInt8]: [Int]] = [:]
  private var placesByID: [DocumentID: Int] = [:]
  private var deals: Set<Int64> = []
  private var dealNames: [Int64: String] = [:]
  private var files = 0
  private var bytes = 0

  private struct Listed {
    let id: DocumentID
    /// 0 where the deal is gone.
    let deal: Int64
    let name: String
    let digits: [UInt8]
    let bytes: Int64?
    let isRemoved: Bool
    var isFound = false
  }

  init(_ description: DataPackage.Documents, _ problems: VerificationProblems) {
    self.description = description
    self.problems = problems
  }

  static func isOne(_ entry: ArchiveEntry) -> Bool {
    entry.name.utf8.starts(with: (DataPackage.Documents.folder + "/").utf8)
  }

  /// A record of Documents.csv behind its header, which has been checked.
  mutating func add(_ record: borrowing Decoder) {
    let table = Table.documents
    guard record.count == table.columns.count, let id = place("document_id"), let deal = place("deal_id"),
      let name = place("name"), let bytes = place("bytes"), let digest = place("sha256"),
      let state = place("state")
    else { return }
    let digits = Array(copying: record[digest])
    let document = Listed(
      id: DocumentID(
        rawValue: CellText.identifier(record[id], prefix: table.name.idByte, upTo: .max) ?? 0),
      deal: CellText.identifier(record[deal], prefix: Table.Name.deals.idByte, upTo: .max) ?? 0,
      name: String(copying: FormulaProtection.undo(record[name])),
      digits: digits, bytes: CellText.decimal(record[bytes], scale: 0),
      isRemoved: String(copying: record[state]) == "removed")
    if !document.isRemoved {
      places[digits, default: []].append(listed.count)
      placesByName[digits + SafeName.file(document.name).utf8, default: []].append(listed.count)
      placesByID[document.id] = listed.count
    }
    listed.append(document)
    deals.insert(document.deal)
  }

  /// A record of Deals.csv. After those of Documents.csv, only the names of deals with documents are kept.
  mutating func add(deal record: borrowing Decoder) {
    guard let id = Table.deals.place(of: "deal_id"), let name = Table.deals.place(of: "deal_name"),
      record.count > max(id, name),
      let deal = CellText.identifier(record[id], prefix: Table.Name.deals.idByte, upTo: .max),
      listed.isEmpty || deals.contains(deal)
    else { return }
    dealNames[deal] = String(copying: FormulaProtection.undo(record[name]))
  }

  private func place(_ column: String) -> Int? { Table.documents.place(of: column) }

  /// A file of the folder, and the hash of what it holds.
  mutating func add(_ entry: ArchiveEntry, sha256: [UInt8]) {
    files += 1
    bytes = bytes.adding(saturating: entry.summary.bytes)
    let path = entry.name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard path.count == 3, let deal = DealID(String(path[1].prefix { $0 != " " })) else {
      return problems.add(entry.name, "it is not in the folder of a deal")
    }
    guard let found = take(of: deal, Array(hex(sha256).utf8), named: path[2]) else {
      return problems.add(
        entry.name, "\(Table.documents.name.file) has no document of \(deal) with this content (SHA-256)")
    }
    let document = listed[found]
    if !SafeName.isFile(path[2], of: document.id, named: document.name) {
      problems.add(entry.name, "it is not called as \(document.id) is in \(Table.documents.name.file)")
    } else if !SafeName.isFolder(path[1], of: deal, named: dealNames[document.deal]) {
      problems.add(entry.name, "its folder is not called as \(deal) is in \(Table.deals.name.file)")
    }
    if let bytes = document.bytes, bytes != Int64(entry.summary.bytes) {
      problems.add(
        FileProblem(
          file: Table.documents.name.file, record: "\(document.id)", column: "bytes",
          "it says \(bytes), but the document has \(entry.summary.bytes)"))
    }
  }

  /// The document of this content, where several have it the one of this name: there may be thousands.
  private mutating func take(of deal: DealID, _ digits: [UInt8], named name: String) -> Int? {
    func fits(_ place: Int) -> Bool {
      !listed[place].isFound && [0, deal.rawValue].contains(listed[place].deal)
        && listed[place].digits == digits
    }
    let number = name.matches(of: /\((F-[0-9]+)\)/).last.flatMap { DocumentID(String($0.1)) }
    let found =
      placesByName[digits + name.utf8]?.first(where: fits)
      ?? number.flatMap { placesByID[$0] }.flatMap { fits($0) ? $0 : nil }
      ?? places[digits]?.first(where: fits)
    if let found { listed[found].isFound = true }
    return found
  }

  /// After all files.
  func finish() -> DataPackage.Documents {
    var missing = Set(description.missing)
    for document in listed where !document.isRemoved {
      let id = "\(document.id)"
      let isMissing = missing.remove(id) != nil
      if !document.isFound, !isMissing {
        problems.add(
          FileProblem(
            file: Table.documents.name.file, record: id, column: nil,
            "the document is not in \(DataPackage.Documents.folder)/"))
      } else if document.isFound, isMissing {
        problems.add(DataPackage.file, "it says that \(id) is missing, but it is there")
      }
    }
    for id in missing.sorted() {
      problems.add(DataPackage.file, "it says that \(id) is missing, but there is no such document")
    }
    if files != description.files || bytes != description.bytes {
      problems.add(
        DataPackage.file,
        "it says \(description.files) documents of \(description.bytes) bytes, but there are \(files) of \(bytes)"
      )
    }
    return DataPackage.Documents(files: files, bytes: bytes, missing: description.missing)
  }
}
