/// An export, as its row says.
struct Export: Sendable, Equatable {
  let id: ExportID
  let organisation: OrganisationID
  let scope: Scope
  /// The user whose data it holds.
  let subject: Person?
  /// The contact whose data it holds, as it was called when that was asked for.
  let contactName: String?
  /// What for, in the owner's words; may be empty.
  let purpose: String
  /// Whether the documents themselves are in it.
  var withDocuments = false
  /// What the records are written as.
  var format = ArchiveFormat.csv
  /// To whom it is handed as soon as it is completed.
  let handTo: Person?
  let requestedBy: Person
  let requestedAt: UnixTime
  let status: Status
  /// The number of runs so far.
  let attempt: Int
  /// The number of failed runs since it was requested or retried.
  let failures: Int
  /// No run starts before this.
  let notBefore: UnixTime
  let startedAt: UnixTime?
  /// When it reached its current state; nil while it waits or runs.
  let endedAt: UnixTime?
  /// Why the last run failed, or why it expired before its time: a sentence for the owner.
  let reason: String?
  /// Nil until it is completed.
  let archive: Archive?

  enum Status: String, Sendable, CaseIterable {
    case queued
    case processing
    case completed
    case failed
    case cancelled
    case revoked
    case expired
  }

  /// What was made; the file itself exists while the status is completed.
  struct Archive: Sendable, Equatable {
    let snapshotAt: UnixTime
    let rows: Int
    /// Of the ZIP, in bytes.
    let size: Int
    /// 32 bytes.
    let sha256: [UInt8]
    let keyID: String
    let completedAt: UnixTime
    /// As its link says.
    let signedUntil: UnixTime
    /// The same, or earlier where the clock was set back: then the link and the file live from that moment on.
    let expiresAt: UnixTime
    /// What it says of documents; nil where there were none.
    var documents: String? = nil
    /// Of `verify.html` in it; nil where it was made before there was one.
    var pageSHA256: [UInt8]? = nil
    /// Nil where there is none.
    var workbook: ArchiveContents.Workbook? = nil
    /// Its place in the ledger; nil where it was completed before there was one.
    var entry: Entry? = nil

    /// Which entry of the organisation's ledger it is.
    struct Entry: Sendable, Equatable {
      let number: Int
      /// 64 hexadecimal digits.
      let head: String
    }
  }

  /// How long the link and the file live.
  static let lifetime = Duration.hours(24)
  /// How long before the expiry the owner is warned.
  static let warning = Duration.hours(4)
  static let retries = RetryPolicy(pauses: [.seconds(1), .seconds(10)])
}

extension Export {
  /// The name of the user, or of the contact, whose data it holds; nil for the entire organisation.
  var subjectName: String? { subject?.name ?? contactName ?? scope.contact?.description }

  /// `Entire organisation`, `Single user: Mei-Lin Chua`, `Single contact: Mia King`.
  var scopeText: String { scopeText(naming: subjectName) }

  /// The same for a mail or an attribute, where the name may be followed by figures.
  var isolatedScopeText: String { scopeText(naming: subjectName.map(Wording.isolated)) }

  private func scopeText(naming name: String?) -> String {
    name.map { "Single \(scope.word): \($0)" } ?? "Entire organisation"
  }

  /// What somebody typed as the purpose, in one line and without what turns text or controls a terminal, so that nothing
  /// of it passes for another line of README.txt. Empty where people would see nothing.
  static func purpose(_ text: String) -> String {
    let shown = Wording.unturned(text).unicodeScalars.map {
      $0.properties.generalCategory == .control ? " " : $0
    }
    let line = String(String.UnicodeScalarView(shown)).split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    return Name.isSeen(line) ? line : ""
  }

  /// Whether the file may be downloaded at that time.
  func isAvailable(at now: UnixTime) -> Bool {
    guard status == .completed, let archive else { return false }
    return now < archive.expiresAt
  }
}

extension Export.Status {
  /// As people see it.
  var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  /// Whether it waits or runs.
  var isOpen: Bool { self == .queued || self == .processing }
}
