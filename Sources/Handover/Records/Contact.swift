/// A contact, as it is chosen for an export: whom people mean by a name, an e-mail address or an id.
struct Contact: Sendable, Equatable {
  let id: ContactID
  let fullName: String?
  let email: String?
}

extension Contact {
  /// The name; without one the address, or the id.
  var displayName: String {
    [fullName, email].lazy.compactMap(\.self).first { !$0.allSatisfy(\.isWhitespace) } ?? id.description
  }
}
