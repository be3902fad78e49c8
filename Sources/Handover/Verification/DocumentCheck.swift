import CSV
import Secrets
import ZIP

/// Holds what lies in `Documents/` against Documents.csv: each file is a document of the deal whose folder it is in, by its
/// SHA-256, and each document is there but for removed ones and those of which datapackage.json says that they are missing.
struct DocumentCheck {
  private let description: DataPackage.Documents
  private let problems: VerificationProblems
  /// Of Documents.csv, by the digits of the hash.
  private var listed: [[UInt8]: [Listed]] = [:]
  private var files = 0
  private var bytes = 0

  private struct Listed {
    let id: Int64
    /// 0 where the deal is gone.
    let deal: Int64
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
      let digest = place("sha256"), let state = place("state")
    else { return }
    var digits: [UInt8] = []
    for byte in record[digest].indices { digits.append(record[digest][byte]) }
    listed[digits, default: []].append(
      Listed(
        id: CellText.identifier(record[id], prefix: table.name.idByte, upTo: .max) ?? 0,
        deal: CellText.identifier(record[deal], prefix: Table.Name.deals.idByte, upTo: .max) ?? 0,
        isRemoved: String(copying: record[state]) == "removed"))
  }

  private func place(_ column: String) -> Int? { Table.documents.place(of: column) }

  /// A file of the folder, and the hash of what it holds.
  mutating func add(_ entry: ArchiveEntry, sha256: [UInt8]) {
    files += 1
    bytes = bytes.adding(saturating: entry.summary.bytes)
    let path = entry.name.split(separator: "/", omittingEmptySubsequences: false)
    guard path.count == 3, let deal = DealID(String(path[1].prefix { $0 != " " })) else {
      return problems.add(entry.name, "it is not in the folder of a deal")
    }
    let digits = Array(hex(sha256).utf8)
    let fitting = listed[digits]?.firstIndex { document in
      !document.isRemoved && !document.isFound && [0, deal.rawValue].contains(document.deal)
    }
    guard let fitting else {
      return problems.add(
        entry.name, "\(Table.documents.name.file) has no document of \(deal) with this content (SHA-256)")
    }
    listed[digits]?[fitting].isFound = true
  }

  /// After all files.
  func finish() -> DataPackage.Documents {
    var missing = Set(description.missing)
    for document in listed.values.joined().sorted(by: { $0.id < $1.id }) where !document.isRemoved {
      let id = Table.documents.name.id(document.id)
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
