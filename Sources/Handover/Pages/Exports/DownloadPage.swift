import HTTP
import Mustache

/// The download: checks the link, then lets nginx send the file.
enum DownloadPage {
  static func show(_ visit: SignedIn) throws -> Response {
    guard let id = ExportID(visit.visit.arguments[0]) ?? AlteredLink.export(in: visit.request.target) else {
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
    case .altered(let export): return try altered(visit, export)
    case .notOwner: return try notOwner(visit)
    case .notRecipient: return try page(visit, .forbidden, ["not_recipient": true])
    case .takenBack: return try page(visit, .gone, ["taken_back": true])
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
    if let response = bytes.responseOfNone(of: file.size, tag: file.tag) { return response }
    let goesOn = try bytes == .later && visit.exports.isContinued(file.export, by: visit.session)
    // The proof comes after the link, so that a forged link is told nothing.
    if !goesOn, !visit.isProved { return try ConfirmPage.ask(visit) }
    if !goesOn, visit.request.method == .get { try record(bytes, of: file.export, visit) }
    return Response(.ok)
      .with("Content-Type", "application/zip")
      .with("Content-Disposition", ContentDisposition.attachment(file.name))
      .with("Cache-Control", "private, no-store")
      .with("X-Accel-Redirect", NginxPath.archive(file.file, of: visit.site.configuration.cell))
  }

  /// Leaves a receipt, also where only a later part is asked for.
  private static func record(_ bytes: RequestedBytes, of export: Export, _ visit: SignedIn) throws {
    // Each receipt stays for years, so there is a limit to how many somebody may leave.
    let receipt = Receipt(
      export: export, session: visit.session, address: visit.address, agent: visit.browser.agent,
      part: bytes == .whole ? .whole : .range,
      at: visit.now)
    if let wait = try visit.exports.leave(receipt, by: visit.accounts) {
      throw Refusal(
        status: .tooManyRequests, detail: "You have begun too many downloads.", retryAfter: wait)
    }
  }

  /// A page that asks again by itself.
  private static func later(_ visit: SignedIn, after wait: Duration, _ why: String) throws -> Response {
    try Refusal(status: .serviceUnavailable, detail: why, retryAfter: wait)
      .response(to: visit.request, on: visit.site)
      .with("Refresh", String(wait.wholeSeconds))
  }

  /// For the owner, whose link something on its way has changed: never the file, but the right link.
  private static func altered(_ visit: SignedIn, _ export: Export) throws -> Response {
    let link = export.isAvailable(at: visit.now) ? try link(of: export, visit) : nil
    return try page(
      visit, .notFound, ["altered": true, "download": Value(link), "export": end(of: export, visit)])
  }

  /// The link of whoever asks: the owner's, or that of the hand in which the export is.
  private static func link(of export: Export, _ visit: SignedIn) throws -> String? {
    let links = visit.exports.linksNow()
    if visit.user.role == .owner { return links.link(of: export)?.target }
    let hand = try visit.database.read { try $0.hands.open(of: export, visit.user.id) }
    return hand.flatMap { links.link(of: export, for: $0)?.target }
  }

  private static func notOwner(_ visit: SignedIn) throws -> Response {
    try page(
      visit, .forbidden, ["not_owner": true, "owner": visit.database.read { try owner(visit, $0.users) }])
  }

  /// - Parameter reason: why it has ended before its time.
  private static func gone(_ visit: SignedIn, _ export: Export, because reason: String? = nil) throws
    -> Response
  {
    try page(visit, .gone, ["gone": true, "export": end(of: export, visit, because: reason)])
  }

  private static func page(_ visit: SignedIn, _ status: Status, _ values: Object) throws -> Response {
    var view: Object = [
      "altered": false, "gone": false, "not_owner": false, "not_recipient": false, "taken_back": false,
      "download": .null, "export": .null, "owner": .null,
    ]
    view.merge(values)
    return try visit.settingsPage("pages/download", at: .export, view, status: status)
  }
}

extension DownloadPage {
  /// What the Export page says of the download that a link or a sign-in led to; null for any other visit. The link is
  /// made again, not taken from the address.
  static func arrival(_ visit: SignedIn, _ exports: ExportTable, _ users: UserTable) throws -> Value {
    guard let text = visit.query["download"] else { return .null }
    var view: Object = [
      "starts": .null, "ended": .null, "taken_back": false, "waits": false, "away": false, "unknown": false,
      "not_owner": false, "owner": .null,
    ]
    func starts(_ export: Export, _ link: String) -> Value {
      [
        "address": .text(link), "whose": Value(export.subjectName),
        "of_contact": .bool(export.scope.contact != nil),
      ]
    }
    let export = try ExportID(text).flatMap { try exports.find($0, of: visit.organisation.id) }
    let links = visit.exports.linksNow()
    let hand = try export.flatMap { try exports.connection.hands.last(of: $0, visit.user.id) }
    if let export, let hand, hand.isGood(for: export, at: visit.now) {
      let link = links.link(of: export, for: hand)?.target
      view["away"] = .bool(link == nil)
      view["starts"] = link.map { starts(export, $0) } ?? .null
    } else if let export, let hand, visit.user.role != .owner {
      // What had been in these hands is no secret to them.
      view["taken_back"] = .bool(hand.endedAt != nil)
      view["ended"] = hand.endedAt == nil ? end(of: export, visit) : .null
    } else if visit.user.role != .owner {
      // Whether there is such an export is not for everybody to know.
      view["not_owner"] = true
      view["owner"] = try owner(visit, users)
    } else if let export, export.status.isOpen {
      view["waits"] = true
    } else if let export, export.isAvailable(at: visit.now), links.areAway {
      view["away"] = true
    } else if let export, export.isAvailable(at: visit.now), let link = links.link(of: export)?.target {
      view["starts"] = starts(export, link)
    } else if let export {
      view["ended"] = end(of: export, visit)
    } else {
      view["unknown"] = true
    }
    return .object(view)
  }

  private static func owner(_ visit: SignedIn, _ users: UserTable) throws -> Value {
    try users.owner(of: visit.organisation.id)?.view ?? .null
  }

  /// The values of `partials/download_end`.
  private static func end(of export: Export, _ visit: SignedIn, because reason: String? = nil) -> Value {
    let isThere = reason == nil && export.isAvailable(at: visit.now)
    let hasExpired = reason == nil && (export.status == .completed || export.status == .expired)
    let word =
      if reason != nil { "can’t be sent" } else if hasExpired { "expired" } else {
        export.status == .failed ? "failed" : "was \(export.status.rawValue)"
      }
    let why = reason ?? (export.status == .completed ? nil : export.reason)
    return [
      "whose": Value(export.subjectName), "of_contact": .bool(export.scope.contact != nil),
      "requested": visit.moment(export.requestedAt),
      "ended": isThere
        ? .null
        : [
          "word": .text(word),
          "when": reason == nil ? export.goneAt.map(visit.moment) ?? .null : .null,
        ],
      "reason": Value(isThere ? nil : why),
      "kept": .bool(!isThere && hasExpired && why == nil),
      "again": visit.user.role == .owner
        ? .text(export.id.rawValue) : .null,
      "row": .text(Route.row(of: export.id)),
    ]
  }
}

extension RequestedBytes {
  /// The answer where no bytes may flow; nil where nginx sends some.
  func responseOfNone(of size: Int, tag: String) -> Response? {
    switch self {
    case .notModified: Response(.notModified).with("ETag", tag).with("Cache-Control", "private, no-store")
    case .preconditionFailed: .text("The file is another one by now.\n", .preconditionFailed)
    case .unsatisfiable:
      Response.text("The file has no such bytes.\n", .rangeNotSatisfiable)
        .with("Content-Range", "bytes */\(size)")
    case .whole, .fromTheFirst, .later: nil
    }
  }
}

extension Export {
  /// When the link ended: when it was revoked or lost, or at its expiry by the clock.
  fileprivate var goneAt: UnixTime? {
    status == .completed || status == .expired && reason == nil ? archive?.expiresAt : endedAt
  }
}
