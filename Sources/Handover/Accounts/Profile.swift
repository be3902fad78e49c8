import SQLite
import Secrets
import System

// What users change about themselves, and an owner about the organisation.

extension Accounts {
  enum RenameOutcome {
    case done
    /// The text is not a valid name.
    case invalid
    /// The name is another one than when the form was made; as it is now.
    case changed(User)
    /// The user has been disabled.
    case refused
  }

  /// Gives the user another name.
  ///
  /// - Parameter was: the version of the name that this one is to replace; nil for whichever it is.
  func rename(
    _ user: User, to text: String, was: String? = nil, from address: String
  ) throws -> RenameOutcome {
    guard let name = Name.valid(text) else { return .invalid }
    return try database.write { connection in
      guard let user = try connection.users.active(user) else { return .refused }
      if name == user.name { return .done }
      if let was, !was.isSame(as: user.nameVersion) { return .changed(user) }
      try connection.users.setName(name, of: user)
      try connection.activity.record(
        Event(
          .userRenamed, about: user, by: user.actor(from: address),
          detail: "“\(user.displayName)” to “\(name)”", at: clock.now()))
      try tell(
        user, .name(name), by: user.actor(from: address), at: clock.now(), in: connection)
      return .done
    }
  }

  enum OrganisationChangeOutcome {
    case done
    /// It is not as it was when the form was made; as it is now.
    case changed(Organisation)
    /// The user no longer owns the organisation.
    case notOwner
  }

  /// Gives the owner's organisation another name, time zone and rule for two-step sign-in.
  ///
  /// - Parameter was: the version that is to be replaced; nil for whichever it is.
  func changeOrganisation(
    name: String, timeZone: String, twoStep: TwoStepPolicy, was: OrganisationVersion? = nil, by owner: User,
    from address: String
  ) throws -> OrganisationChangeOutcome {
    try database.write { connection in
      guard try connection.users.owns(owner),
        let former = try connection.organisations.find(owner.organisation)
      else { return .notOwner }
      let organisation = Organisation(id: former.id, name: name, timeZone: timeZone, twoStep: twoStep)
      if organisation == former, name.isSame(as: former.name) { return .done }
      if let was, was != OrganisationVersion(former) { return .changed(former) }
      try connection.organisations.update(organisation)
      let named = name == former.name ? name : "“\(former.name)” to “\(name)”"
      try connection.activity.record(
        Event(
          .organisationChanged, of: organisation.id, by: owner.actor(from: address),
          detail: "\(named), \(timeZone), two-step sign-in required of: \(twoStep.words)", at: clock.now()))
      return .done
    }
  }
}

// Versions
//
// A form holds what it was made from, so that of two tabs the second overwrites nothing that it has not shown. A name is
// in it by its hash: browsers change line breaks in a field, and old names may have one.

extension User {
  /// The version of the name.
  var nameVersion: String { version(of: name ?? "") }
}

/// What a form that changes an organisation was made from.
struct OrganisationVersion: Equatable, LosslessStringConvertible {
  let name: String
  let timeZone: String
  let twoStep: String

  init(_ organisation: Organisation) {
    name = version(of: organisation.name)
    timeZone = organisation.zoneName
    twoStep = organisation.twoStep.rawValue
  }

  /// As a form holds it: the three with blanks between them.
  init?(_ description: String) {
    let parts = description.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { return nil }
    (name, timeZone, twoStep) = (parts[0], parts[1], parts[2])
  }

  var description: String { "\(name) \(timeZone) \(twoStep)" }
}

private func version(of name: String) -> String { hex(Array(SHA256.hash(Array(name.utf8)).prefix(8))) }
