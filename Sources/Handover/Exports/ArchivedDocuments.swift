/// What an archive says of documents: which of them are in the linked storage, and which in the ZIP itself.
package struct ArchivedDocuments: Sendable, Equatable {
  let counts: DocumentCounts
  /// Whether Documents.csv lists them; else the sheet of the workbook.
  var isListedInFile = true
  /// Of the documents themselves; nil where they are not in the ZIP.
  var contents: Contents?

  struct Contents: Sendable, Equatable {
    var files = 0
    var bytes = 0
    /// Whose content was missing or damaged.
    var missing: [DocumentID] = []
  }
}

extension ArchivedDocuments {
  /// `312 of 315 documents are in Google Drive (files@harbour.example); 3 are not: 2 wait, 1 failed.` and so on: the same
  /// on the page, in the e-mail and in README.txt.
  package var text: String {
    ([inStorage, removed, inArchive] + missing).compactMap(\.self).joined(separator: " ")
  }

  /// Those that were not removed here.
  private var count: Int {
    counts.states.filter { $0.key != DocumentState.removed.rawValue }.values.saturatingSum
  }

  private func count(_ state: DocumentState) -> Int { counts.states[state.rawValue] ?? 0 }

  private var storage: String? {
    counts.provider.map { provider in
      let name = StorageProvider(rawValue: provider)?.name ?? provider
      return counts.account.map { "\(name) (\(Wording.isolated($0)))" } ?? name
    }
  }

  private var inStorage: String? {
    guard count > 0 else { return nil }
    let all = Wording.plural(count, "document")
    guard let storage else { return "\(all): no storage is linked, so none is copied anywhere." }
    let there = count(.synced) + count(.nameChanged)
    let renamed =
      count(.nameChanged) == 0 ? "" : ", \(Wording.grouped(count(.nameChanged))) under another name"
    let ending = counts.isSignedOut ? " The storage has to be linked again." : ""
    if there == count {
      let which = count == 1 ? "The document is" : "All \(all) are"
      return "\(which) in \(storage)\(renamed)." + ending
    }
    let (are, areNot) = (there == 1 ? "is" : "are", count - there == 1 ? "is" : "are")
    return "\(Wording.grouped(there)) of \(all) \(are) in \(storage)\(renamed); "
      + "\(Wording.grouped(count - there)) \(areNot) not: \(reasons)." + ending
  }

  private var reasons: String {
    func words(_ state: DocumentState, _ one: String, _ many: String) -> String? {
      count(state) == 0 ? nil : "\(Wording.grouped(count(state))) \(count(state) == 1 ? one : many)"
    }
    return [
      words(.waiting, "waits", "wait"), words(.syncing, "is being copied", "are being copied"),
      words(.failed, "failed", "failed"),
      words(.switchedOff, "is of a deal that is switched off", "are of deals that are switched off"),
      words(.notLinked, "is not linked", "are not linked"),
    ].compactMap(\.self).joined(separator: ", ")
  }

  private var removed: String? {
    let removed = count(.removed)
    guard removed > 0 else { return nil }
    return removed == 1
      ? "1 that was removed here is still there."
      : "\(Wording.grouped(removed)) that were removed here are still there."
  }

  private var inArchive: String? {
    guard let contents else {
      return
        "\(isListedInFile ? "Documents.csv" : "The sheet Documents") lists them; the documents themselves are not in the ZIP."
    }
    guard count > 0 else { return nil }
    return
      "\(Wording.plural(contents.files, "document")) \(contents.files == 1 ? "is" : "are") in the ZIP, in "
      + "\(DataPackage.Documents.folder)/, \(Wording.size(contents.bytes))."
  }

  private var missing: [String] {
    guard let missing = contents?.missing, !missing.isEmpty else { return [] }
    let named = missing.prefix(Self.mostNamed).map(\.description).joined(separator: ", ")
    let more = missing.count > Self.mostNamed ? " and others; datapackage.json names all" : ""
    return [
      "\(Wording.plural(missing.count, "document")) \(missing.count == 1 ? "is" : "are") NOT in the ZIP, since the "
        + "server’s copy is missing or damaged: \(named)\(more). Tell the operator."
    ]
  }

  private static let mostNamed = 10

  /// As `datapackage.json` has it.
  var description: DataPackage.Documents? {
    contents.map { .init(files: $0.files, bytes: $0.bytes, missing: $0.missing.map(\.description)) }
  }
}
