extension DataPackage {
  /// Makes the head of the archive's entry in the ledger anew, from what the archive holds.
  ///
  /// - Parameter contents: SHA-256 of the manifest's lines before the one of this file; nil where it has no such line.
  func checkEntry(_ contents: String?, _ problems: VerificationProblems) {
    guard let ledger else {
      if hasManifest { problems.add(Self.file, "it does not say which entry of the ledger the archive is") }
      return
    }
    guard hasManifest else {
      return problems.add(
        Self.file, "it says which entry of the ledger the archive is, but has no SHA-256 of its files")
    }
    guard ledger.isWhole else {
      return problems.add(Self.file, "what it says of the ledger is not what an export says")
    }
    // What is wrong with the manifest is said there.
    guard let contents, let head = entry(of: contents)?.head, head != ledger.head else { return }
    problems.add(
      Self.file, "the head of its entry in the ledger is \(head), but it says \(ledger.head ?? "")")
  }
}

extension DataPackage.Ledger {
  /// Whether each member is there, and as an export writes it.
  fileprivate var isWhole: Bool {
    func isDigest(_ text: String?) -> Bool { text.map { CellText.isDigest(Array($0.utf8).span) } ?? false }
    guard organisation > 0, isDigest(previous) else { return false }
    guard let number else { return export == nil && previousSeal == nil && head == nil }
    return number > 0 && export.flatMap { ExportID($0) } != nil && isDigest(previousSeal) && isDigest(head)
  }
}
