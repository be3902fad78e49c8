import HTTP
import Mustache

/// The choice of one contact in the dialog's form, as it was sent.
struct ContactChoice {
  /// Whether one contact is what is to be exported.
  var isChosen = false
  var contactID = ""
  var sought = ""
  var problem: String?

  /// At most this many are listed; more words find the others.
  static let listed = 20
}

extension ContactChoice {
  init(_ form: Form) {
    self.init(
      isChosen: form["scope"] == "contact", contactID: form["contact_id"] ?? "",
      sought: TextLimit.search.cut(form["contact_q"] ?? ""))
  }

  static let unknown = "There is no such contact in your organisation. Choose one from the list."

  /// What is wrong with what was sent, where it names no contact.
  var problemOfForm: String { contactID.isEmpty ? "Choose a contact." : Self.unknown }

  /// The query with what is kept of it in an address.
  func added(to query: Form) -> Form {
    var query = query
    if let id = ContactID(contactID) { query = query.adding("contact_id", id.description) }
    return sought.isEmpty ? query : query.adding("contact_q", sought)
  }

  /// The values of `partials/export_contact`.
  func view(_ contacts: ContactTable, in organisation: OrganisationID) throws -> Value {
    let isSought = !sought.allSatisfy(\.isWhitespace)
    let chosen = try ContactID(contactID).flatMap { try contacts.find($0, of: organisation) }
    let found = try isSought ? contacts.matching(sought, of: organisation, limit: Self.listed + 1) : []
    return [
      "by_contact": .bool(isChosen),
      "q": .text(sought),
      "chosen": chosen.map { view(of: $0, isChosen: true) } ?? .null,
      "contacts": .list(
        found.prefix(Self.listed).filter { $0.id != chosen?.id }.map { view(of: $0, isChosen: false) }),
      "is_sought": .bool(isSought),
      "is_found": .bool(!found.isEmpty),
      "counted": .text(isSought ? Self.counted(found.count) : ""),
      "problem": Value(isChosen ? problem : nil),
    ]
  }

  private func view(of contact: Contact, isChosen: Bool) -> Value {
    [
      "id": .text(contact.id.description), "name": .text(contact.displayName), "email": Value(contact.email),
      "chosen": .bool(isChosen),
    ]
  }

  /// `3 contacts found`, `More than 20 contacts found; type more to find the others`.
  private static func counted(_ count: Int) -> String {
    count > listed
      ? "More than \(listed) contacts found; type more to find the others"
      : Wording.plural(count, "contact") + " found"
  }
}
