import ZIP

/// The files of an archive as a whole: which they are, and those that are no CSV.
struct ArchiveContents {
  private let reader: ArchiveReader
  private let problems: VerificationProblems

  static let readMe = "README.txt"
  /// Bytes of `datapackage.json`: it is held in memory.
  private static let largestDescription = 1 << 20

  init(_ reader: ArchiveReader, _ problems: VerificationProblems) {
    self.reader = reader
    self.problems = problems
  }

  func checkNames() {
    let expected = Table.Name.allCases.map(\.file) + [PackageDescription.file, Self.readMe]
    var found: Set<String> = []
    for entry in reader.entries {
      if !expected.contains(entry.name) {
        problems.add(entry.name, "the file does not belong to an export")
      } else if !found.insert(entry.name).inserted {
        problems.add(entry.name, "the archive has two files of this name")
      }
    }
    for name in expected where !found.contains(name) { problems.add(name, "the file is missing") }
  }

  /// - Returns: nil, with the problem added, where it can't be read.
  func description() throws -> PackageDescription? {
    guard let entry = reader.entry(named: PackageDescription.file) else { return nil }
    guard entry.summary.bytes <= Self.largestDescription else {
      problems.add(entry.name, "it is larger than the description of an export is")
      return nil
    }
    var bytes: [UInt8] = []
    do {
      try reader.read(entry) { block in unsafe block.withUnsafeBufferPointer { unsafe bytes += $0 } }
      return try PackageDescription(bytes)
    } catch let error as ZIPError {
      try problems.add(error)
    } catch let problem as FileProblem {
      problems.add(problem)
    }
    return nil
  }

  /// Nothing is expected of it but to be what the directory says.
  func checkReadMe() throws {
    guard let entry = reader.entry(named: Self.readMe) else { return }
    do {
      try reader.read(entry) { _ in }
    } catch let error as ZIPError {
      try problems.add(error)
    }
  }
}
