import Secrets
import ZIP

/// Reads the entries of an archive, and holds its manifest against what was read. Its lines are in the order of the entries,
/// but where another program has packed the archive again.
final class ManifestCheck {
  private let reader: ArchiveReader
  private let isOriginal: Bool
  private let problems: VerificationProblems
  /// Of the entries that were read to their end: 32 bytes each.
  private var digests: [String: [UInt8]] = [:]

  /// SHA-256 of the lines before the one of datapackage.json, as 64 hexadecimal digits: what the archive's entry in the ledger
  /// covers (`LedgerEntry`). Nil until they were read, and where there is no such line.
  private(set) var contents: String?

  /// Bytes of a line: a name has at most 65,535 (APPNOTE 4.4.10).
  private static let longestLine = 65_535 + 67

  init(_ reader: ArchiveReader, isOriginal: Bool, _ problems: VerificationProblems) {
    self.reader = reader
    self.isOriginal = isOriginal
    self.problems = problems
  }

  /// The SHA-256 of an entry; nil where it was not read to its end.
  subscript(name: String) -> [UInt8]? { digests[name] }

  /// As `ArchiveReader.read`, hashing what is read.
  func read(_ entry: ArchiveEntry, _ body: (Span<UInt8>) throws -> Void = { _ in }) throws {
    var hash = SHA256()
    try reader.read(entry) { bytes in
      hash.update(bytes)
      try body(bytes)
    }
    digests[entry.name] = hash.finish()
  }

  /// Compares the manifest with the entries, all of which have been read by now.
  func finish() throws {
    guard let entry = reader.entry(named: Manifest.file) else { return }
    let order = reader.entries.filter { !$0.isFolder && $0.name != Manifest.file }.map(\.name)
    var pending = Set(order)
    /// The first line that is not where its file is in the ZIP.
    var moved: (line: Int, name: String)?
    var line: [UInt8] = []
    var count = 0
    var hash = SHA256()
    do {
      try reader.read(entry) { bytes in
        for index in bytes.indices {
          line.append(bytes[index])
          guard line.count <= Self.longestLine else { throw Self.problem(count + 1, "the line is too long") }
          guard bytes[index] == UInt8(ascii: "\n") else { continue }
          count += 1
          let name = try check(line, count, &pending)
          if moved == nil, order.count < count || order[count - 1] != name { moved = (count, name) }
          if name == DataPackage.file { contents = hex(hash.finish()) }
          hash.update(line)
          line.removeAll(keepingCapacity: true)
        }
      }
      if !line.isEmpty { throw Self.problem(count + 1, "the line has no end") }
      for name in pending.sorted() { problems.add(Manifest.file, "it does not list \(name)") }
      if isOriginal, pending.isEmpty, let moved {
        problems.add(Self.problem(moved.line, "\(moved.name) stands in another place than in the ZIP"))
        contents = nil
      }
    } catch let error as ZIPError {
      try problems.add(error)
    } catch let problem as FileProblem {
      problems.add(problem)
    }
  }

  /// - Returns: the name of the file.
  /// - Throws: `FileProblem` for a line that is none of a manifest.
  private func check(
    _ bytes: [UInt8], _ line: Int, _ pending: inout Set<String>
  ) throws(FileProblem) -> String {
    let digits = bytes.prefix(64)
    guard bytes.count > 67, CellText.isDigest(Array(digits).span), bytes[64...65].allSatisfy({ $0 == 0x20 })
    else { throw Self.problem(line, "the line is not a SHA-256, two blanks and a name") }
    let name = String(decoding: bytes[66..<(bytes.count - 1)], as: UTF8.self)
    guard pending.remove(name) != nil else {
      throw Self.problem(
        line, "\(quotation(of: Array(name.utf8).span)) is not in the archive, or listed twice")
    }
    guard let digest = digests[name], hex(digest) != String(decoding: digits, as: UTF8.self) else {
      return name
    }
    problems.add(Self.problem(line, "the SHA-256 of \(name) is \(hex(digest))"))
    return name
  }

  private static func problem(_ line: Int, _ message: String) -> FileProblem {
    FileProblem(file: Manifest.file, line: line, message)
  }
}
