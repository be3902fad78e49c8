import HTTP
import Mustache

/// The download: checks the link, then lets nginx send the file.
enum DownloadPage {
  static func show(_ visit: SignedIn) throws -> Response {
    guard let id = ExportID(visit.visit.arguments[0]) else {
      visit.exports.recordRefusedDownload(
        nil, by: visit.user, from: visit.address, because: "not an export’s link")
      throw Refusal.notFound
    }
    let outcome = try visit.exports.follow(visit.request.target, to: id, by: visit.user)
    if let reason = outcome.refusal {
      visit.exports.recordRefusedDownload(id, by: visit.user, from: visit.address, because: reason)
    }
    switch outcome {
    case .notFound: throw Refusal.notFound
    case .notOwner:
      throw Refusal(
        status: .forbidden, detail: "Only the owner of the organisation can download its exports.")
    case .gone(let export): return try gone(visit, export)
    case .damaged(let export): return try gone(visit, export, because: ExportLoss.damaged.reason)
    case .away:
      return try later(
        visit, after: .seconds(30),
        "The disk with the finished exports can’t be reached at the moment. Nothing is lost, and the link stays "
          + "good: your download starts by itself when the disk is back.")
    case .unchecked:
      return try later(
        visit, after: .seconds(5),
        "The file is being checked before it is sent. Your download starts by itself when that is done.")
    case .file(let file): return try send(file, visit)
    }
  }

  /// Lets nginx send the file, after its receipt. Where no bytes may flow, it answers itself. What goes on with a
  /// download of this session needs neither a receipt nor another proof, and HEAD takes nothing.
  private static func send(_ file: DownloadFile, _ visit: SignedIn) throws -> Response {
    let bytes = RequestedBytes(
      visit.request.headers, tag: file.tag, modifiedAt: file.modifiedAt, size: file.size)
    switch bytes {
    case .notModified:
      return Response(.notModified).with("ETag", file.tag).with("Cache-Control", "private, no-store")
    case .preconditionFailed: return .text("The file is another one by now.\n", .preconditionFailed)
    case .unsatisfiable:
      return Response.text("The file has no such bytes.\n", .rangeNotSatisfiable)
        .with("Content-Range", "bytes */\(file.size)")
    case .whole, .fromTheFirst, .later:
      let goesOn = try bytes == .later && visit.exports.isContinued(file.export, by: visit.session)
      // The proof comes after the link, so that a forged link is told nothing.
      if !goesOn, !visit.isProved { return try ConfirmPage.ask(visit) }
      if !goesOn, visit.request.method == .get { try record(bytes, of: file.export, visit) }
    }
    return Response(.ok)
      .with("Content-Type", "application/zip")
      .with("Content-Disposition", ContentDisposition.attachment(file.name))
      .with("Cache-Control", "private, no-store")
      .with("X-Accel-Redirect", NginxPath.archive(file.file))
  }

  /// Leaves a receipt, also where only a later part is asked for.
  private static func record(_ bytes: RequestedBytes, of export: Export, _ visit: SignedIn) throws {
    // Each receipt stays for years, so there is a limit to how many somebody may leave.
    let receipt = Receipt(
      export: export, session: visit.session, address: visit.address, part: bytes == .whole ? .whole : .range,
      at: visit.now)
    if let wait = try visit.exports.leave(receipt, by: visit.accounts) {
      throw Refusal(
        status: .tooManyRequests, detail: "You have begun too many downloads.", retryAfter: wait)
    }
  }

  /// A page that asks again by itself.
  private static func later(_ visit: SignedIn, after wait: Duration, _ why: String) throws -> Response {
    try Refusal(status: .serviceUnavailable, detail: why, retryAfter: wait).response(on: visit.site)
      .with("Refresh", String(wait.wholeSeconds))
  }

  /// - Parameter reason: why it has ended before its time.
  private static func gone(_ visit: SignedIn, _ export: Export, because reason: String? = nil) throws
    -> Response
  {
    try visit.page(
      "pages/link_expired",
      [
        "download": true, "reset": false, "invitation": false,
        "email": false,
        "export": [
          "status_word": .text(export.status == .revoked ? "Revoked" : "Expired"),
          "whose": Value(export.subject?.name),
          "gone": visit.moment(reason == nil ? export.goneAt ?? visit.now : visit.now),
          "reason": Value(reason ?? (export.status == .expired ? export.reason : nil)),
        ],
      ], status: .gone)
  }
}

extension Export {
  /// When the link ended: when it was revoked or lost, or at its expiry by the clock.
  fileprivate var goneAt: UnixTime? {
    status == .revoked || reason != nil ? endedAt : archive?.expiresAt
  }
}
