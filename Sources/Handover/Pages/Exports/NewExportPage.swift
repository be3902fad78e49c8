import HTTP
import Mustache

/// The choice in the dialog's form, as it was sent.
struct ExportChoice {
  var isUser = false
  var contact = ContactChoice()
  var userID = ""
  var sought = ""
  var problem: String?
  /// What it is for, and what is wrong with that.
  var reason = ""
  var reasonProblem: String?
  /// Whether the documents themselves are wanted.
  var withDocuments = false
  /// What the records are to be written as, as it was sent, and what is wrong with that.
  var format = ArchiveFormat.csv.rawValue
  var formatProblem: String?
  /// To whom it is to be handed, and what is wrong with that.
  var handTo = ""
  var handToProblem: String?
}

/// '+ NEW DATA EXPORT': the dialog's form, also as a page of its own for browsers without JavaScript, and its
/// POST.
enum NewExportPage {
  /// At most this many users are listed; the search finds the others.
  static let listed = 50

  static func show(_ visit: SignedIn) throws -> Response {
    let choice = ExportChoice(
      isUser: visit.query["scope"] == "user", contact: ContactChoice(visit.query),
      userID: visit.query["user_id"] ?? "", sought: TextLimit.search.cut(visit.query["q"] ?? ""),
      reason: TextLimit.purpose.cut(visit.query["reason"] ?? ""),
      withDocuments: visit.query["documents"] != nil,
      format: (visit.query["format"].flatMap(ArchiveFormat.init) ?? .csv).rawValue,
      handTo: visit.query["hand_to"] ?? "")
    return try page(visit, choice)
  }

  /// The search of browsers without JavaScript: on to what it finds. It is posted, since it sends the whole form to
  /// keep the choice, and the form's token belongs into no address.
  static func find(_ visit: SignedIn) -> Response {
    let chosen = visit.form["user_id"].flatMap { UserID($0) }
    let contact = ContactChoice(visit.form)
    var query = Form([
      // Enter in a field sends the form's first button, whichever that is.
      "scope": contact.isChosen || visit.form["find"] == "contact" ? "contact" : "user",
      "user_id": chosen?.description ?? "",
      "q": TextLimit.search.cut(visit.form["q"] ?? ""),
    ])
    if let recipient = visit.form["hand_to"].flatMap({ UserID($0) }) {
      query = query.adding("hand_to", recipient.description)
    }
    if visit.form["documents"] != nil { query = query.adding("documents", "1") }
    if let format = visit.form["format"].flatMap(ArchiveFormat.init), format != .csv {
      query = query.adding("format", format.rawValue)
    }
    if let reason = visit.form["reason"], !reason.isEmpty {
      query = query.adding("reason", TextLimit.purpose.cut(reason))
    }
    return .seeOther(Route.newExport.path(asking: contact.added(to: query)))
  }

  static func request(_ visit: SignedIn) throws -> Response {
    if let again = visit.form["again"] { return try repeated(visit, again) }
    var choice = ExportChoice(
      isUser: visit.form["scope"] == "user", contact: ContactChoice(visit.form),
      userID: visit.form["user_id"] ?? "", reason: visit.form["reason"] ?? "",
      withDocuments: visit.form["documents"] != nil,
      format: visit.form["format"] ?? ArchiveFormat.csv.rawValue, handTo: visit.form["hand_to"] ?? "")
    guard let scope = scope(visit.form) else {
      choice.contact.problem = choice.contact.problemOfForm
      choice.problem =
        choice.isUser
        ? "Choose a user." : "Choose the entire organisation, a single user or a single contact."
      return try refused(visit, choice)
    }
    let cancelled = visit.form["undo"].flatMap(ExportID.init)
    let recipient = UserID(choice.handTo)
    guard recipient != nil || choice.handTo.isEmpty else { return try noRecipient(visit, choice) }
    return try request(visit, scope, choice, handTo: recipient, undoing: cancelled)
  }

  /// 'Export again': of the same scope and format, with documents where they were in it.
  private static func repeated(_ visit: SignedIn, _ id: String) throws -> Response {
    let export = try ExportID(id).flatMap { id in
      try visit.database.read { try $0.exports.find(id, of: visit.organisation.id) }
    }
    guard let export else { throw Refusal.notFound }
    let choice = ExportChoice(
      isUser: export.scope.user != nil,
      contact: ContactChoice(
        isChosen: export.scope.contact != nil, contactID: export.scope.contact?.description ?? ""),
      userID: export.scope.user?.description ?? "", withDocuments: export.withDocuments,
      format: export.format.rawValue)
    return try request(visit, export.scope, choice)
  }

  private static func request(
    _ visit: SignedIn, _ scope: Scope, _ choice: ExportChoice, handTo recipient: UserID? = nil,
    undoing cancelled: ExportID? = nil
  ) throws -> Response {
    var choice = choice
    guard let format = ArchiveFormat(rawValue: choice.format) else {
      choice.formatProblem = "Choose CSV files, an Excel workbook or both."
      return try refused(visit, choice)
    }
    switch try visit.exports.request(
      scope, for: choice.reason, withDocuments: choice.withDocuments, format: format, handTo: recipient,
      undoing: cancelled, by: visit.user, from: visit.address)
    {
    case .done(let id):
      return try visit.redirect(to: .exports, saying: .exportStarted, about: id.rawValue)
    case .requestedBefore(let id):
      return try visit.redirect(to: .exports, saying: .exportRequestedBefore, about: id.rawValue)
    case .notFound:
      choice.contact.problem = ContactChoice.unknown
      choice.problem = "There is no such user in your organisation. Choose one from the list."
      return try refused(visit, choice)
    case .invalid(let problem):
      choice.reasonProblem = problem
      return try refused(visit, choice)
    case .noRecipient: return try noRecipient(visit, choice)
    case .notEligible(let user):
      choice.handToProblem =
        "\(Wording.isolated(user.displayName)) can’t get it: \(user.obstacleToReceiving ?? "")."
      return try refused(visit, choice)
    case .busy(let id): return try alreadyRunning(visit, id)
    case .throttled(let limit, let wait):
      return try ExportPage.show(
        visit, status: .tooManyRequests,
        flash: Flash(
          text:
            "Your organisation has asked for \(Wording.plural(limit, "export")) in "
            + "\(Wording.duration(Exports.requestPeriod)), which is the limit. "
            + "The next one is possible in \(Wording.duration(wait)).", isWrong: true)
      ).with("Retry-After", String(wait.wholeSeconds))
    case .notOwner: throw Refusal.forbidden
    }
  }

  private static func noRecipient(_ visit: SignedIn, _ choice: ExportChoice) throws -> Response {
    var choice = choice
    choice.handToProblem = "There is no such user in your organisation. Choose one from the list."
    return try refused(visit, choice)
  }

  /// Answers that an export of that scope is already in the queue or being made.
  static func alreadyRunning(_ visit: SignedIn, _ id: ExportID) throws -> Response {
    let organisation = visit.organisation.id
    let first = try visit.database.read { try $0.exports.find(id, of: organisation) }
    let state = first?.status == .processing ? "being made now" : "in the queue"
    let what =
      first?.subjectName.map { "An export of \($0)’s data" } ?? "An export of the entire organisation"
    return try ExportPage.show(
      visit, status: .conflict,
      flash: Flash(
        text: "\(what) is \(state), so no second one was started. You find it below.", isWrong: true),
      naming: id)
  }

  /// - Parameter isBusy: whether an export of the entire organisation waits or runs.
  static func view(
    _ visit: SignedIn, _ choice: ExportChoice, isBusy: Bool, _ table: UserTable, _ counts: CountTable
  ) throws -> Value {
    let organisation = visit.organisation.id
    let chosen = try UserID(choice.userID).flatMap { try table.find($0, of: organisation) }
    let found = try table.page(1, of: listed, matching: choice.sought, in: organisation)
    let others = found.users.map(\.user).filter { $0.id != chosen?.id }
    let rows = try counts.cached(of: organisation, users: (others + [chosen].compactMap(\.self)).map(\.id))
    func person(_ user: User) -> Value {
      var view = user.viewObject
      view["rows"] = .text(words(rows.counts(of: user.id)))
      view["chosen"] = .bool(user.id == chosen?.id)
      return .object(view)
    }
    return [
      "rows": .text(words(rows.organisation)),
      "by_organisation": .bool(!choice.isUser && !isBusy && !choice.contact.isChosen),
      "by_user": .bool(choice.isUser || isBusy && !choice.contact.isChosen),
      "documents": try documents(choice, table.connection.documents.kept(of: organisation)),
      "formats": formats(choice), "format_problem": Value(choice.formatProblem),
      "contact": try choice.contact.view(table.connection.contacts, in: organisation),
      "busy": .bool(isBusy),
      "q": .text(choice.sought),
      "chosen_user": chosen.map(person) ?? .null,
      "users": .list(others.map(person)),
      "is_found": .bool(found.count > 0),
      "counted": .text(counted(found.count, isSought: !choice.sought.allSatisfy(\.isWhitespace))),
      "problem": Value(choice.contact.isChosen ? nil : choice.problem),
      "more": .bool(
        !choice.reason.isEmpty || !choice.handTo.isEmpty || choice.reasonProblem != nil
          || choice.handToProblem != nil),
      "reason": field(choice.reason, problem: choice.reasonProblem),
      "hand_to": try recipients(visit, choice, among: found, table),
    ]
  }

  private static func formats(_ choice: ExportChoice) -> Value {
    .list(
      ArchiveFormat.allCases.map { format in
        [
          "value": .text(format.rawValue), "words": .text(format == .both ? "Both" : format.words),
          "hint": .text(format.purpose), "chosen": .bool(choice.format == format.rawValue),
        ]
      })
  }

  /// How many there are; null where there is none to choose.
  private static func documents(_ choice: ExportChoice, _ kept: (count: Int, bytes: Int)) -> Value {
    guard kept.count > 0 else { return .null }
    return [
      "count_text": .text(Wording.plural(kept.count, "document")), "size": .text(Wording.size(kept.bytes)),
      "chosen": .bool(choice.withDocuments),
    ]
  }

  /// The values of `partials/export_hand_to`.
  ///
  /// - Parameter found: what the search of users found: all of them, where nothing is searched for.
  private static func recipients(
    _ visit: SignedIn, _ choice: ExportChoice, among found: (users: [UserListing], count: Int),
    _ table: UserTable
  ) throws -> Value {
    let organisation = visit.organisation.id
    let isAll = choice.sought.allSatisfy(\.isWhitespace)
    let all = isAll ? found : try table.page(1, of: listed, matching: "", in: organisation)
    let chosen = try UserID(choice.handTo).flatMap { try table.find($0, of: organisation) }
    var users = all.users.map(\.user)
    if let chosen, !users.contains(where: { $0.id == chosen.id }) { users.insert(chosen, at: 0) }
    return [
      "users": .list(
        users.filter { $0.obstacleToReceiving == nil }.map {
          [
            "id": .text($0.id.description), "chosen": .bool($0.id == chosen?.id),
            "text": .text(
              ([$0.displayName] + [$0.name == nil ? nil : $0.email].compactMap(\.self))
                .map(Wording.isolated).joined(separator: ", ")),
          ]
        }),
      "others": .bool(all.count > listed),
      "problem": Value(choice.handToProblem),
    ]
  }

  /// `20,143 rows`, `No records`.
  private static func words(_ counts: RecordCounts) -> String {
    counts.isEmpty ? "No records" : Wording.plural(counts.rows, "row")
  }

  /// `12 users`, `3 users found`, `50 of 312 users; search to find the others`.
  private static func counted(_ count: Int, isSought: Bool) -> String {
    let all = Wording.plural(count, "user") + (isSought ? " found" : "")
    if count <= listed { return all }
    return "\(listed) of \(all); \(isSought ? "type more" : "search") to find the others"
  }

  /// Nil for an unknown scope, or for a user's or a contact's without an id. For the entire organisation an id is ignored.
  private static func scope(_ form: Form) -> Scope? {
    switch form["scope"] {
    case "organisation": .organisation
    case "user": form["user_id"].flatMap { UserID($0) }.map { .user($0) }
    case "contact": form["contact_id"].flatMap { ContactID($0) }.map { .contact($0) }
    default: nil
    }
  }

  private static func refused(_ visit: SignedIn, _ choice: ExportChoice) throws -> Response {
    try page(visit, choice, status: .unprocessableContent)
  }

  private static func page(_ visit: SignedIn, _ choice: ExportChoice, status: Status = .ok) throws -> Response
  {
    let organisation = visit.organisation.id
    let view = try visit.database.read { connection in
      let isBusy = try connection.exports.open(of: organisation, .organisation) != nil
      return try Self.view(visit, choice, isBusy: isBusy, connection.users, connection.counts)
    }
    return try visit.settingsPage("pages/export_new", at: .export, ["new_export": view], status: status)
  }
}

extension ArchiveFormat {
  /// What it is good for.
  fileprivate var purpose: String {
    switch self {
    case .csv: "For another CRM, or a database"
    case .xlsx: "To look at, and to work with in Excel"
    case .both: "In one ZIP"
    }
  }
}
