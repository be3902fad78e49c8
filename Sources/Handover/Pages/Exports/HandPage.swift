import HTTP
import Mustache

/// 'Hand over…' of a completed export: to whom. With JavaScript it is shown as a dialog.
enum HandPage {
  /// At most this many users are listed; the search finds the others.
  static let listed = 50

  static func show(_ visit: SignedIn) throws -> Response {
    try page(visit, visit.id(), choosing: visit.query["user_id"] ?? "")
  }

  /// The page, also as the answer to a hand-over that was refused.
  ///
  /// - Parameter problem: what is wrong with the choice.
  static func page(
    _ visit: SignedIn, _ id: ExportID, choosing chosen: String, problem: String? = nil, status: Status = .ok
  ) throws -> Response {
    let organisation = visit.organisation.id
    guard let export = try visit.database.read({ try $0.exports.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    guard export.isAvailable(at: visit.now) else {
      let state: Export.Status = export.status == .completed ? .expired : export.status
      return try ExportPage.show(
        visit, status: .conflict,
        flash: Flash(
          text: "That export is \(state.rawValue), so it can’t be handed over.", isWrong: true))
    }
    let sought = TextLimit.search.cut(visit.query["find"] ?? "")
    let (people, first) = try visit.database.read { connection in
      let holders = Set(
        try connection.hands.all(of: export).filter { $0.endedAt == nil }.map(\.user.id))
      let isSought = !sought.allSatisfy(\.isWhitespace)
      let found = try connection.users.page(
        1, of: listed + 1, matching: sought, UserFilter(state: .active), in: organisation)
      let first = try UserID(chosen).flatMap { try connection.users.find($0, of: organisation) }
      // Whoever asked for it comes first, then the one whose data it is.
      let asked =
        isSought ? [] : try connection.ownerRequests.answered(by: id, of: organisation).map(\.user)
      let subject =
        isSought
        ? nil : try export.subject.flatMap { try connection.users.find($0.id, of: organisation) }
      var known: Set<UserID> = []
      let people = ([first] + asked + [subject]).compactMap(\.self) + found.users.map(\.user)
      return (
        People(
          able: people.filter {
            $0.obstacleToReceiving == nil && !holders.contains($0.id) && known.insert($0.id).inserted
          },
          count: found.count), first ?? (asked.count == 1 ? asked.first : nil)
      )
    }
    var hidden = Form()
    for field in visit.query.fields where field.name != "find" && field.name != "user_id" {
      hidden = hidden.adding(field.name, field.value)
    }
    return try visit.settingsPage(
      "pages/hand", at: .export,
      [
        "whose": Value(export.subjectName), "of_contact": .bool(export.scope.contact != nil),
        "action": .text(visit.path(.handExport, of: id.rawValue)),
        "search": .text(Route.handForm.path(id.rawValue)),
        "fields": .list(hidden.fields.map { ["name": .text($0.name), "value": .text($0.value)] }),
        "find": .text(sought),
        "users": .list(
          people.able.prefix(listed).map {
            var view = $0.viewObject
            view["chosen"] = .bool($0.id == first?.id)
            return .object(view)
          }),
        "others": .bool(people.count > listed),
        "problem": Value(problem),
        "expires": export.archive.map { visit.moment($0.expiresAt) } ?? .null,
        "back": .text(visit.path(.exports, at: "export-\(id.rawValue)")),
      ], status: status)
  }

  /// Those who can get it, and how many the search found in all.
  private struct People {
    let able: [User]
    let count: Int
  }
}
