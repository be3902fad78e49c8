import HTTP
import Mustache
import Secrets

/// Settings > Export: the list for the owner and admins; for admins and users the form to ask the owner.
enum ExportPage {
  /// How many requests of users are shown. Others come up once these are answered.
  static let mostRequests = 50
  /// How many exports that were handed to a user are shown.
  private static let mostReceived = 20

  /// The page, also as the answer to an action that was refused.
  ///
  /// - Parameter named: an export that the answer is about.
  static func show(
    _ visit: SignedIn, status: Status = .ok, flash: Flash? = nil, choice: ExportChoice = ExportChoice(),
    naming named: ExportID? = nil, asking ask: AskForm = AskForm()
  ) throws -> Response {
    var view: Object = [:]
    try visit.database.read { connection in
      var open: [Export] = []
      view["status_address"] = .text(Route.exports.path(asking: Form(["refresh": "1"])))
      if visit.user.role.isAdmin {
        let list = try ExportList(visit, connection.exports, naming: named ?? soughtExport(visit))
        view = try list.view()
        view["filter"] = list.filterView
        open = list.open
        view["status_address"] = .text(Route.exportStatus.path(asking: list.query))
      }
      if visit.user.role == .owner {
        let isBusy = try connection.exports.open(of: visit.organisation.id, .organisation) != nil
        view["refresh"] = .bool(!open.isEmpty)
        view["new_export"] = try NewExportPage.view(
          visit, choice, isBusy: isBusy, connection.users, connection.counts)
        view["requests"] = try waiting(visit, connection.ownerRequests)
      } else {
        view.merge(
          try asking(visit, ask, connection.ownerRequests, connection.users))
      }
      view["handed"] = try handed(visit, connection.hands)
      view["arrival"] = try DownloadPage.arrival(visit, connection.exports, connection.users)
    }
    return try visit.settingsPage("pages/export", at: .export, view, status: status, flash: flash)
  }

  /// The fragment with which the page refreshes itself.
  static func status(_ visit: SignedIn) throws -> Response {
    var view = try visit.database.read { connection in
      var view = try ExportList(visit, connection.exports, naming: soughtExport(visit)).view()
      if visit.user.role == .owner {
        view["requests"] = try waiting(visit, connection.ownerRequests)
      } else {
        view["handed"] = try handed(visit, connection.hands)
        view["asked"] = try asked(
          visit, connection.ownerRequests, owner: connection.users.owner(of: visit.organisation.id))
      }
      return view
    }
    view["me"] = visit.user.view
    return try visit.page("pages/export_status", view)
  }

  /// The export whose row the address asks for, or whose download.
  private static func soughtExport(_ visit: SignedIn) -> ExportID? {
    (visit.query["export"] ?? visit.query["download"]).flatMap(ExportID.init)
  }

  /// The requests that wait for the owner.
  private static func waiting(_ visit: SignedIn, _ ownerRequests: OwnerRequestTable) throws -> Value {
    let requests = try ownerRequests.waiting(of: visit.organisation.id, limit: mostRequests)
    if requests.isEmpty { return .null }
    return [
      "users": .list(
        requests.map {
          [
            "id": .text($0.id.rawValue), "user": $0.user.view, "message": .text($0.message),
            "is_whole": .bool($0.wish == .organisation),
            "can_get": .bool($0.user.obstacleToReceiving == nil),
            "asked": visit.moment($0.askedAt),
            "decline": .text(visit.path(.declineForm, of: $0.id.rawValue)),
          ]
        })
    ]
  }

  /// What admins and users have or had in hand: the values of `partials/handed`.
  private static func handed(_ visit: SignedIn, _ hands: HandTable) throws -> Value {
    if visit.user.role == .owner { return .null }
    let received = try hands.received(by: visit.user, limit: mostReceived)
    if received.isEmpty { return .null }
    let links = visit.exports.linksNow()
    return [
      "exports": .list(
        received.map { hand, export in
          let isGood = hand.isGood(for: export, at: visit.now)
          return [
            "id": .text(export.id.rawValue), "hand": .text(hand.id.rawValue), "from": .text(hand.by.name),
            "scope_text": .text(export.isolatedScopeText),
            "whose": Value(export.subjectName), "of_contact": .bool(export.scope.contact != nil),
            "at": visit.moment(hand.handedAt),
            "purpose": Value(export.purpose.isEmpty ? nil : export.purpose),
            "rows": Value(export.archive.map { Wording.plural($0.rows, "row") }),
            "size": Value(export.archive.map { Wording.size($0.size) }),
            "sha256": Value(export.archive.map { hex($0.sha256) }),
            "download": Value(isGood ? links.link(of: export, for: hand)?.target : nil),
            "link_away": .bool(isGood && links.areAway),
            "good": .bool(isGood),
            "expires": isGood ? export.archive.map { visit.moment($0.expiresAt) } ?? .null : .null,
            "ended": isGood ? .null : .text(end(of: hand, export)),
            "receipt": .text(Route.exportReceipt.path(export.id.rawValue)),
            "taken": hand.downloadedAt.map(visit.moment) ?? .null,
          ]
        })
    ]
  }

  /// Why a user can't download it any more.
  private static func end(of hand: Hand, _ export: Export) -> String {
    if hand.endedAt != nil { return "Taken back" }
    return export.status == .revoked ? "Revoked" : "Expired"
  }

  /// For admins and users: the owner's name, the form to ask, and the outcome of their requests.
  private static func asking(
    _ visit: SignedIn, _ form: AskForm, _ ownerRequests: OwnerRequestTable, _ users: UserTable
  ) throws -> Object {
    let me = visit.user
    let owner = try users.owner(of: me.organisation)
    let next = try ownerRequests.nextAsk(of: me, at: visit.now)
    return [
      "owner": owner?.view ?? .null,
      "ask": next == nil
        ? [
          "message": field(form.message, problem: form.messageProblem), "whole": .bool(form.isWhole),
          "wish_problem": Value(form.wishProblem),
        ] : .null,
      "ask_again": next.map(visit.moment) ?? .null,
      "asked": try asked(visit, ownerRequests, owner: owner),
    ]
  }

  private static func asked(_ visit: SignedIn, _ ownerRequests: OwnerRequestTable, owner: User?) throws
    -> Value
  {
    let requests = try ownerRequests.last(of: visit.user, limit: 10)
    return requests.isEmpty ? .null : ["requests": .list(requests.map { view($0, visit, owner: owner) })]
  }

  private static func view(_ request: OwnerRequest, _ visit: SignedIn, owner: User?) -> Value {
    let standing = AskedStanding(request)
    return [
      "asked_at": visit.moment(request.askedAt),
      "is_whole": .bool(request.wish == .organisation),
      "message": .text(request.message),
      "word": .text(standing.word),
      "is_good": .bool(standing == .handed || standing == .exported),
      "answered": request.answeredAt.map(visit.moment) ?? .null,
      "reply": request.reply.isEmpty ? .null : .text(request.reply),
      "sent": standing == .waiting ? ["to": Value(owner?.displayName)] : .null,
      "made_for_me": .bool(standing == .madeForMe),
      "made": .bool(standing == .made),
      "handed": standing == .handed ? Value(request.answer.map { "#handed-\($0.export.rawValue)" }) : .null,
      "unhanded": .bool(standing == .unhanded),
      "taken_back": .bool(standing == .takenBack),
      "over": standing == .over ? Value(request.answer?.status.rawValue) : .null,
    ]
  }
}

/// The form to ask the owner, as it was sent.
struct AskForm {
  var isWhole = false
  var wishProblem: String?
  var message: String?
  var messageProblem: String?
}

/// Where a request stands, for the one who asked: never more than is true of the export and its hands.
private enum AskedStanding {
  case waiting
  case declined
  case madeForMe
  case made
  case handed
  case unhanded
  case takenBack
  case over
  /// Before requests knew their exports.
  case exported

  init(_ request: OwnerRequest) {
    self =
      switch request.outcome {
      case .waiting: .waiting
      case .declined: .declined
      case .exported: request.answer.map(Self.init) ?? .exported
      }
  }

  private init(_ answer: OwnerRequest.Answer) {
    self =
      switch answer.status {
      case .queued, .processing: answer.isForAsker ? .madeForMe : .made
      case .completed: answer.isInHand.map { $0 ? .handed : .takenBack } ?? .unhanded
      case .revoked, .expired: .over
      // The request waits again by then.
      case .failed, .cancelled: .waiting
      }
  }

  var word: String {
    switch self {
    case .waiting: "Waiting"
    case .declined: "Declined"
    case .madeForMe, .made: "Being made"
    case .handed: "Handed to you"
    case .unhanded: "Not handed over"
    case .takenBack: "Taken back"
    case .over: "No longer available"
    case .exported: "Exported"
    }
  }
}
