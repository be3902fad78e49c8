import HTTP
import Mustache

// What a page shows: the values of its template, beside those that its layout takes.

/// Which tab of the settings a page belongs to.
enum Tab: String, CaseIterable {
  case profile
  case organisation
  case users
  case activity
  case export
  case help
}

/// One thing to say first on a page.
struct Flash {
  let text: String
  var isWrong = false

  var value: Value { ["text": .text(text), "wrong": .bool(isWrong)] }
}

extension Visit {
  /// A page without a sidebar.
  func page(
    _ template: String, _ values: Object, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    var view = values
    view["flash"] = flash?.value ?? .null
    view["csrf_token"] = Value(secret.map { csrfToken(for: $0, under: site.randomness.bytes(32)) })
    site.shared.add(to: &view)
    let body = try site.render(template, view)
    return Response.html(body, status)
  }
}

extension SignedIn {
  /// A page without a sidebar.
  func page(_ template: String, _ values: Object, status: Status = .ok) throws -> Response {
    try visit.page(template, values, status: status)
  }

  /// A page of the settings.
  func settingsPage(
    _ template: String, at tab: Tab, _ values: Object, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    var view = values
    view["organisation"] = ["name": .text(organisation.name)]
    view["me"] = user.view
    view["at"] = site.shared.at(tab)
    return try visit.page(template, view, status: status, flash: flash)
  }

  /// A moment as `partials/time` takes it, in the organisation's zone.
  func moment(_ time: UnixTime) -> Value {
    [
      "iso": .text(time.iso8601),
      "exact": .text(exact(time)),
      "relative": .text(Wording.relative(time, to: now)),
    ]
  }

  /// A moment in the organisation's zone, to the second.
  func exact(_ time: UnixTime) -> String {
    site.zones.local(time, in: organisation.timeZone).exact
  }
}

extension User {
  /// The same shape wherever a user is shown.
  var view: Value { .object(viewObject) }

  var viewObject: Object {
    [
      "id": .text(id.description),
      "name": .text(displayName),
      "email": Value(email),
      "role": .text(role.rawValue),
      "role_word": .text(role.word),
      "active": .bool(isActive),
      "is_owner": .bool(role == .owner),
      "is_admin": .bool(role == .admin),
      "is_user": .bool(role == .user),
      "manages": .bool(role.isAdmin),
    ]
  }
}

/// A field of a form as it comes back: what was typed, and what is wrong with it.
func field(_ value: String? = nil, problem: String? = nil) -> Value {
  ["value": Value(value), "problem": Value(problem)]
}
