import Secrets
import ZIP

// `handover verify` trusts nothing that an archive says about itself, and asks four questions.
//
// Is it the ZIP that Handover wrote? All headers are rebuilt from their values and compared byte for byte
// (the ZIP kit's canonical form). An archive that another program has packed again can't pass that, and is
// recognised by headers without our mark. Then only sizes and CRCs are checked, and whether the headers
// agree.
//
// Is it what datapackage.json says? Names, bytes, rows, CRC-32, SHA-256, which the manifest says too (ManifestCheck); and the schema has to be that of an export.
//
// Is each file as Handover writes it? The cells are read, checked by their format, and written again by the
// encoder (FileCheck, CanonicalBytes): the bytes must be the same ones. So must those of the workbook's sheets, written from the
// records of the CSV files or, where there are none, from what their cells say, which then is checked as the CSV files are
// (WorkbookCheck, SheetComparison).
//
// Do the files agree? Documents are those that are listed, under their names (DocumentCheck). Keys are unique, ids lead to rows, lists are what is linked, names are those of the ids
// (CrossChecks).
//
// The database is not read. Files are read as streams; only ids and 32-bit marks of names stay in memory.

/// What is wrong with an archive, measured by its own `datapackage.json`.
package struct Verification: Sendable {
  /// Bytes of the ZIP.
  package let size: Int
  /// SHA-256 of the ZIP, as 64 hexadecimal digits.
  package let digest: String
  /// The CSV files that are in it, in the order of an export.
  package let files: [ArchivedFile]
  /// The documents that are in it themselves; nil where none are to be.
  package let documents: (files: Int, bytes: Int)?
  /// Which entry of its organisation's ledger it says that it is; nil where it says nothing. Number and head are nil where
  /// it isn't entered; `previous` is the head before it.
  package let ledger: (organisation: Int64, number: Int?, head: String?, previous: String)?
  /// Whether all headers are those that Handover wrote. Else another program has packed the ZIP again, where it is sound, and
  /// its SHA-256 is another one than that of the export.
  package let isOriginal: Bool
  /// Of the `verify.html` in it, as 64 hexadecimal digits; nil where there is none.
  package let pageDigest: String?
  /// The first `mostProblems` that were found.
  package let problems: [FileProblem]
  package let problemCount: Int

  static let mostProblems = 20

  package var isSound: Bool { problemCount == 0 }
}

extension Verification {
  /// Checks an archive.
  ///
  /// - Parameter progress: bytes of CSV read, and bytes to read.
  /// - Throws: `HandoverError` where the file can't be read. What is wrong in it is a finding, not an error.
  package init(of path: String, progress: @escaping (Int, Int) -> Void = { _, _ in }) throws {
    try requireFile(path)
    var hash = SHA256()
    var size = 0
    try readBlocks(of: path) { bytes in
      hash.update(bytes)
      size += bytes.count
    }
    let problems = VerificationProblems()
    let archive = try OpenedArchive(path: path, problems)
    let found = try archive.map {
      try Verifier($0.reader, isOriginal: $0.isOriginal, problems, progress: progress).check()
    }
    isOriginal = archive?.isOriginal ?? false
    pageDigest = found?.page.map(hex)
    files = found?.files ?? []
    documents = found?.documents.map { ($0.files, $0.bytes) }
    ledger = found?.ledger.map { ($0.organisation, $0.number, $0.head, $0.previous) }
    self.size = size
    digest = hex(hash.finish())
    self.problems = problems.first
    problemCount = problems.count
  }
}

/// An archive to be verified, in the strictest reading that it can be opened in.
private struct OpenedArchive {
  /// Documents are entries too.
  private static let mostEntries = 1_000_000
  let reader: ArchiveReader
  let isOriginal: Bool

  /// - Returns: nil, with the problem added, where nothing in it can be read.
  init?(path: String, _ problems: VerificationProblems) throws {
    // Names that appear twice are reported with the names.
    func open(as form: ArchiveRules.Form) throws(ZIPError) -> ArchiveReader {
      try ArchiveReader(
        path: path,
        rules: ArchiveRules(form: form, maximumEntries: Self.mostEntries, allowsDuplicates: true))
    }
    do throws(ZIPError) {
      reader = try open(as: .canonical(.standard))
      isOriginal = true
    } catch let strict {
      do throws(ZIPError) { reader = try open(as: .any) } catch {
        try problems.add(error)
        return nil
      }
      isOriginal = false
      if reader.entries.contains(where: \.reservesRoom) { problems.add(strict.entry, strict.message) }
    }
  }
}

/// Keeps the first problems, and counts all of them.
final class VerificationProblems {
  private(set) var first: [FileProblem] = []
  private(set) var count = 0

  /// - Parameter problem: made only where it is kept: there can be one for each cell.
  func add(_ problem: @autoclosure () -> FileProblem) {
    count += 1
    if first.count < Verification.mostProblems { first.append(problem()) }
  }

  func add(_ file: String?, _ message: @autoclosure () -> String) {
    add(FileProblem(file: file, message()))
  }

  /// - Throws: `HandoverError` for an error of the system, which says nothing about the archive.
  func add(_ error: ZIPError) throws(HandoverError) {
    if case .system = error.code { throw HandoverError("can't read the archive: \(error.message)") }
    add(error.entry, error.message)
  }

  /// The same for an archive within this one.
  func add(_ error: ZIPError, in file: String) throws(HandoverError) {
    if case .system = error.code { try add(error) }
    add(file, (error.entry.map { "\($0): " } ?? "") + error.message)
  }
}
