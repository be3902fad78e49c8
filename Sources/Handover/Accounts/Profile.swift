import SQLite
import System

// What users change about themselves, and an owner about the organisation.

extension Accounts {
  enum RenameOutcome {
    case done
    /// The text is not a valid name.
    case invalid
    /// The user has been disabled.
    case refused
  }

  /// Gives the user another name.
  func rename(_ user: User, to text: String, from address: String) throws -> RenameOutcome {
    guard let name = Name.valid(text) else { return .invalid }
    return try database.write { connection in
      guard let user = try connection.users.active(user) else { return .refused }
      if name == user.name { return .done }
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
    /// The user no longer owns the organisation.
    case notOwner
  }

  /// Gives the owner's organisation another name, time zone and rule for two-step sign-in.
  func changeOrganisation(
    name: String, timeZone: String, twoStep: TwoStepPolicy, by owner: User, from address: String
  ) throws -> OrganisationChangeOutcome {
    try database.write { connection in
      guard try connection.users.owns(owner),
        let former = try connection.organisations.find(owner.organisation)
      else { return .notOwner }
      let organisation = Organisation(id: former.id, name: name, timeZone: timeZone, twoStep: twoStep)
      if organisation == former, name.isSame(as: former.name) { return .done }
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
