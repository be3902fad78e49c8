import SQLite
import Secrets
import System

/// The outcome of following a download link.
enum DownloadOutcome: Sendable, Equatable {
  case file(DownloadFile)
  /// Not a link of this organisation, or not spelled exactly as the server writes it.
  case notFound
  /// The same, where the owner asks and the address names an export of the organisation that has been completed, or a
  /// user asks who has it in hand.
  case altered(Export)
  case notOwner
  /// The link is for another user, to whom the export was handed.
  case notRecipient
  /// The link was the user's: the export was taken back.
  case takenBack
  /// The link was valid once: the export has expired or was revoked, or its file is gone.
  case gone(Export)
  /// The file is not what was made, and is not sent.
  case damaged(Export)
  /// The file can't be reached at the moment.
  case away
  /// The file is being hashed before its first download.
  case unchecked

  /// Why there is no file, for the activity; nil where there is one.
  var refusal: String? {
    switch self {
    case .file, .away, .unchecked: nil
    case .notFound, .altered: "not the export’s link"
    case .notOwner: "not the owner"
    case .notRecipient: "not the one to whom it was handed"
    case .takenBack: "it was taken back"
    case .gone: "the link had ended"
    case .damaged: "the file is damaged"
    }
  }
}

struct DownloadFile: Sendable, Equatable {
  let export: Export
  /// The file's name in the folder of exports.
  let file: String
  /// What to call it on the owner's machine.
  let name: String
  let size: Int
  /// In seconds since 1970-01-01T00:00:00Z.
  let modifiedAt: Int64
  /// 64 hexadecimal digits, of the file.
  let sha256: String

  /// The ETag under which nginx sends it.
  var tag: String { "\"\(String(modifiedAt, radix: 16))-\(String(size, radix: 16))\"" }
}

/// How much of a file was asked for.
enum DownloadPart: String, Sendable, CaseIterable {
  case whole = "whole file"
  case range = "in parts"

  /// Of a receipt in the activity.
  init?(_ receipt: Event) {
    guard let part = Self.allCases.first(where: { receipt.detail.hasSuffix($0.rawValue) }) else { return nil }
    self = part
  }

  /// For how long a later range goes on with a download that the same session has begun.
  static let continued = Duration.hours(1)
}

extension Exports {
  /// Checks a link, in the order of the contract: spelling, signature and organisation; then the user; then
  /// the state.
  ///
  /// - Parameters:
  ///   - rawTarget: path and query exactly as they came.
  ///   - id: the id in the path; it only finds the row.
  func follow(_ rawTarget: String, to id: ExportID, by user: User) throws -> DownloadOutcome {
    let (found, owns, hands) = try database.read { connection in
      let export = try connection.exports.find(id, of: user.organisation)
      return (
        export, try connection.users.owns(user), try export.map { try connection.hands.all(of: $0) } ?? []
      )
    }
    guard let export = found else { return .notFound }
    let (links, now) = (try links(), clock.now())
    if links.link(of: export)?.matches(rawTarget) == true {
      guard owns else { return .notOwner }
    } else if let hand = hands.first(where: { links.link(of: export, for: $0)?.matches(rawTarget) == true }) {
      guard hand.user.id == user.id else { return .notRecipient }
      guard hand.endedAt == nil else { return .takenBack }
    } else {
      let hasIt = hands.contains { $0.user.id == user.id && $0.isGood(for: export, at: now) }
      return hasIt || owns && export.archive != nil ? .altered(export) : .notFound
    }
    guard export.isAvailable(at: now) else { return .gone(export) }
    switch verdict(on: export) {
    case .sound(let state): return try file(of: export, state).map { .file($0) } ?? .notFound
    case .damaged: return .damaged(export)
    case .away: return .away
    case .unchecked: return .unchecked
    }
  }

  /// Whether the target of a request is not the link of an export of the organisation that it seems to be. While the
  /// keys are away nobody knows, and the answer is no.
  func isAltered(_ rawTarget: String, to id: ExportID, of organisation: OrganisationID) throws -> Bool {
    let links = linksNow()
    if links.areAway { return false }
    return try database.read { connection in
      guard let export = try connection.exports.find(id, of: organisation) else { return true }
      let hands = try connection.hands.all(of: export)
      let all = [links.link(of: export)] + hands.map { links.link(of: export, for: $0) }
      return !all.contains { $0?.matches(rawTarget) == true }
    }
  }

  /// Whether a later part goes on with a download that has its receipt.
  func isContinued(_ export: Export, by session: Session) throws -> Bool {
    if receipts.has(export.id, of: session, after: clock.now() - DownloadPart.continued) { return true }
    return try database.read {
      try $0.downloads.hasBegun(
        export.id, by: session.id, within: DownloadPart.continued, before: clock.now())
    }
  }

  /// Records a download. A receipt that can't be written soon, on a full disk or while somebody else writes, is
  /// kept and written later: people get their data.
  ///
  /// - Returns: how long the user has to wait, where the user has begun too many.
  /// - Throws: what kept it from being written, where too many are kept already.
  func leave(_ receipt: Receipt, by accounts: Accounts) throws -> Duration? {
    let (user, now) = (receipt.session.user, receipt.at)
    database.hurryRequest(within: DeferredReceipts.patience)
    do {
      if case .throttled(let wait) = try accounts.begin(.downloads(by: user), at: now) { return wait }
      try write(receipt)
    } catch {
      if receipts.count(of: user, after: now - Bucket.window) >= Bucket.changes { return Bucket.window }
      try keep(receipt, because: error)
    }
    return nil
  }

  /// Writes a receipt into the database.
  func write(_ receipt: Receipt) throws {
    try recordDownload(
      of: receipt.export, by: receipt.session, from: receipt.address, receipt.part, with: receipt.agent,
      at: receipt.at)
  }

  /// Records a download in the activity, where those of an hour are counted, and writes to the owner at each user's
  /// first one. The export's row stays as it is: a GET changes no export.
  ///
  /// - Parameter time: when it was, where that is not now.
  func recordDownload(
    of export: Export, by session: Session, from address: String, _ part: DownloadPart,
    with agent: String = "", at time: UnixTime? = nil
  ) throws {
    let user = session.user
    try database.writeLate { connection in
      let now = time ?? clock.now()
      let isFirst = try !connection.downloads.exists(of: export, by: user.id)
      try record(
        .exportDownloaded, export, by: user.actor(from: address), part.rawValue,
        route: "\(export.id.rawValue) \(part.rawValue)", at: now, in: connection)
      try connection.downloads.begin(export.id, by: session.id, at: now)
      guard isFirst else { return }
      let place = place(address, agent)
      try outbox.tellOwner(of: export.organisation, at: now, in: connection) {
        ExportDownloaded(to: $0, export: export, user: user, from: place, part: part)
      }
      try tellOthers(.downloaded(from: place), of: export, by: user.displayName, at: now, in: connection)
    }
  }

  /// Records a refused download. Nobody waits for that.
  ///
  /// - Parameter id: nil where what stands in the path is none.
  func recordRefusedDownload(
    _ id: ExportID?, by user: User, from address: String, because reason: String
  ) {
    let now = clock.now()
    database.writeLater { [self] connection in
      let export = try id.flatMap { try connection.exports.find($0, of: user.organisation) }
      let detail = try export.map { "\(try description(of: $0, in: connection)), \(reason)" }
      try connection.activity.record(
        Event(
          .downloadRefused, of: user.organisation, by: user.actor(from: address),
          subject: export?.id.rawValue ?? "", detail: detail ?? reason,
          // One of another export, or for another reason, is another refusal.
          route: "\(reason) \(export?.id.rawValue ?? "")", at: now))
    }
  }

  private func file(of export: Export, _ state: FileState) throws -> DownloadFile? {
    guard let archive = export.archive else { return nil }
    let organisation = try database.read { try $0.organisations.find(export.organisation) }
    return organisation.map { organisation in
      DownloadFile(
        export: export, file: folder.name(of: export.id),
        name: downloadName(of: export, organisation, archive.snapshotAt), size: state.size,
        modifiedAt: state.modifiedAt.floorDivided(by: 1_000_000_000), sha256: hex(archive.sha256))
    }
  }

  /// `Harbour Street Finance, entire organisation, 2026-05-02.zip`; the date is the organisation's.
  private func downloadName(of export: Export, _ organisation: Organisation, _ snapshotAt: UnixTime) -> String
  {
    let day = zones.local(snapshotAt, in: organisation.timeZone).civil.date
    let scope = export.subjectName.map(shortened) ?? "entire organisation"
    return "\(shortened(organisation.name)), \(scope), \(day)\(export.format.mark).zip"
  }
}

extension ArchiveFormat {
  /// Of the name of a download, so that exports of one day lie beside each other.
  fileprivate var mark: String {
    switch self {
    case .csv: ""
    case .xlsx: " (Excel)"
    case .both: " (CSV and Excel)"
    }
  }
}

/// Short enough that two of them fit into the 255 bytes that a file's name may have.
private func shortened(_ name: String) -> String { TextLimit(characters: 100, bytes: 100).cut(name) }
