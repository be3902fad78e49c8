extension DataPackage {
  /// Checks what it says of its moment and of the ledger, and makes the head of the archive's entry anew, from what the
  /// archive holds.
  ///
  /// - Parameters:
  ///   - contents: SHA-256 of the manifest's lines before the one of this file; nil where it has no such line.
  ///   - text: of this file.
  ///   - readMe: of README.txt; empty where it can't be read, or is no text.
  func checkEntry(
    _ contents: String?, _ text: [UInt8], _ readMe: [UInt8], _ problems: VerificationProblems
  ) {
    guard let ledger else {
      if hasManifest { problems.add(Self.file, "it does not say which entry of the ledger the archive is") }
      return
    }
    guard hasManifest else {
      return problems.add(
        Self.file, "it says which entry of the ledger the archive is, but has no SHA-256 of its files")
    }
    if created != snapshot || !isLocalTimeRight {
      problems.add(Self.file, "created, snapshot and snapshot_local are not times of one moment")
    }
    guard ledger.isWhole else {
      return problems.add(Self.file, "what it says of the ledger is not what an export says")
    }
    // What is wrong with the manifest is said there.
    guard let contents, let head = entry(of: contents, text, readMe)?.head else { return }
    if let place = ledger.place?.replacing("\n", with: "\r\n"), !readMe.contains(Array("\(place)\r\n".utf8)) {
      problems.add(DataPackage.readMe, "its number and heads are not those that \(Self.file) says")
    }
    if head != ledger.head {
      problems.add(
        Self.file, "the head of its entry in the ledger is \(head), but it says \(ledger.head ?? "")")
    }
  }

  /// Whether `snapshot` is a time, and the office's clocks showed `snapshot_local` then in some zone: 12 hours behind UTC to
  /// 14 ahead. Archives of before don't have it.
  private var isLocalTimeRight: Bool {
    guard let moment = UnixTime(snapshot) else { return false }
    guard let snapshotLocal, !snapshotLocal.isEmpty else { return true }
    // `2 May 2026, 19:30:00 AEST`.
    let words = snapshotLocal.replacing(",", with: "", maxReplacements: 1).split(
      separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
    guard words.count >= 4, let day = Int(words[0]), (1...31).contains(day),
      let month = Wording.months.firstIndex(of: String(words[1])),
      let local = UnixTime(
        "\(words[2])-\(Wording.padded(month + 1, 2))-\(Wording.padded(day, 2))T\(words[3])Z")
    else { return false }
    return (-12 * 3_600...14 * 3_600).contains(local.rawValue - moment.rawValue)
  }
}

extension UnixTime {
  /// - Returns: nil for what `iso8601` is never.
  fileprivate init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard CellText.isTime(bytes.span) else { return nil }
    func number(_ places: Range<Int>) -> Int { bytes[places].reduce(0) { $0 * 10 + Int($1) - 0x30 } }
    let day = CalendarDate(year: number(0..<4), month: number(5..<7), day: number(8..<10)).number
    self.init(
      rawValue: day * 86_400 + Int64(number(11..<13) * 3_600 + number(14..<16) * 60 + number(17..<19)))
  }
}

extension DataPackage.Ledger {
  /// Whether each member is there, and as an export writes it. Zeros stand before the first entry, and before no other.
  fileprivate var isWhole: Bool {
    guard organisation > 0, CellText.isDigest(previous) else { return false }
    guard let number else { return [export, previousSeal, head].allSatisfy { ($0 ?? "").isEmpty } }
    guard let export, let previousSeal, let head else { return false }
    return (1...LedgerEntry.largest).contains(number) && ExportID(export) != nil
      && CellText.isDigest(previousSeal) && CellText.isDigest(head)
      && [previous, previousSeal].allSatisfy { ($0 == LedgerEntry.none) == (number == 1) }
  }
}
