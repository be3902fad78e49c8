import TestSupport

// What people do with names, roles and each other.

extension Visitor {
  private static let users = "/settings/organisation/users"

  /// Of an admin or the owner: something with one of the others.
  func manage() throws {
    guard has(.forms), let other = any(of: office.people.filter { $0 !== me }) else { return }
    switch Int.random(in: 0..<10, using: &random) {
    case 0, 1: try changeRole(of: other)
    case 2: try setActive(other)
    // A sign-in is one of a few that one has within a quarter of an hour.
    case 3: if chance(0.3) { try signOut(other) }
    case 4, 5: if chance(0.4) { try invite() }
    case 6: try changeRole(of: me)
    case 7: try rename()
    default: readExports()
    }
  }

  /// What the server says to a change of this person.
  private func answers(to other: Member, _ good: Int = 303) -> Int {
    other === me || other.role == .owner ? 409 : good
  }

  private func changeRole(of other: Member) throws {
    let role: Office.Role = chance(0.6) ? .user : .admin
    try changing {
      let former = other.role
      let answer = answers(to: other)
      if answer == 303 { other.with { $0.role.mayBecome(role) } }
      let reply = post(
        "\(Self.users)/\(other.id)/role", [("role", role.rawValue)], as: "\(Self.users)/…/role", .manager,
        answer)
      if answer == 303 { try settleRole(of: other, reply.came(303) ? role : reply.isDecided ? former : nil) }
      if reply.came(303) { soak.judge.count("changed a role") }
    }
  }

  private func settleRole(of other: Member, _ role: Office.Role?) throws {
    let text = try role?.rawValue ?? field("role", of: other)
    guard let role = Office.Role(rawValue: text) else { throw HarnessError("the role is \(text)") }
    other.with { $0.role.becomes(role) }
  }

  /// Disables one, or enables them again; most can sign in at any time.
  private func setActive(_ other: Member) throws {
    try changing {
      let areOff = office.people.filter { !$0.isActive }
      let other = areOff.count > 1 || chance(0.5) ? areOff.first ?? other : other
      let isActive = !other.isActive
      let wasSignedIn = other.isSignedIn
      let answer = answers(to: other)
      if answer == 303 {
        other.with {
          $0.isActive.mayBecome(isActive)
          if !isActive { $0.isSignedIn.mayBecome(false) }
        }
      }
      let verb = isActive ? "enable" : "disable"
      let reply = post("\(Self.users)/\(other.id)/\(verb)", as: "\(Self.users)/…/\(verb)", .manager, answer)
      guard answer == 303 else { return }
      let now = reply.isDecided ? reply.came(303) == isActive : try field("active", of: other) == "1"
      other.with {
        $0.isActive.becomes(now)
        $0.isSignedIn.becomes(now && !isActive ? wasSignedIn : false)
      }
      if reply.came(303) { soak.judge.count(verb + "d") }
    }
  }

  private func signOut(_ other: Member) throws {
    try changing {
      let answer = answers(to: other)
      let was = other.isSignedIn
      if answer == 303 { other.with { $0.isSignedIn.mayBecome(false) } }
      let reply = post(
        "\(Self.users)/\(other.id)/sessions/end", as: "\(Self.users)/…/sessions/end", .manager, answer)
      guard answer == 303 else { return }
      let hasEnded =
        reply.isDecided
        ? reply.came(303)
        : try soak.lookForNumber(
          "SELECT count(*) FROM session WHERE organisation_id = \(office.number) AND user_id = \(other.id.dropFirst(2))"
        ) == 0
      other.with { $0.isSignedIn.becomes(hasEnded ? false : was) }
      if reply.came(303) { soak.judge.count("signed somebody out") }
    }
  }

  private func invite() throws {
    // The server sends 200 a day.
    guard office.with({ $0.invited.count }) < 150 else { return }
    let email = "guest-\(String(random.next(), radix: 36))@\(office.marker).example"
    try changing {
      office.with { $0.invited[email] = false }
      let fields = [
        ("name", "\(office.marker) guest"), ("email", email), ("role", chance(0.5) ? "user" : "admin"),
      ]
      let reply = post(Self.users, fields, .manager, 303)
      let isThere =
        reply.isDecided
        ? reply.came(303)
        : try soak.lookForNumber("SELECT count(*) FROM user WHERE email = '\(email)'") == 1
      office.with { $0.invited[email] = isThere ? true : nil }
      if reply.came(303) { soak.judge.count("invited") }
    }
  }

  func rename() throws {
    guard has(.forms) else { return }
    _ = post(
      "/settings", [("name", "\(office.marker) \(me.id) \(Int.random(in: 1...99, using: &random))")],
      .signedIn, 303)
  }

  func renameOffice() throws {
    let fields = [
      ("name", "\(office.marker) \(Int.random(in: 1...99, using: &random))"),
      ("zone", any(of: ["Australia/Sydney", "Europe/Berlin", "UTC"]) ?? "UTC"),
    ]
    _ = post("/settings/organisation", fields, .owner, 303)
  }

  /// The ownership goes to another: what runs is cancelled, what is completed revoked, in the same moment.
  func transferOwnership() throws {
    guard let heir = any(of: office.people.filter { $0 !== me }) else { return }
    try changing {
      guard me.role == .owner else { return }
      guard heir.isActive else {
        _ = post("/settings/organisation/ownership", [("user_id", heir.id)], .owner, 422)
        return
      }
      let ending: [Story.State] = [.cancelled, .revoked]
      let stories = office.stories.filter { $0.state().rank < 4 }
      for story in stories { office.change(story.id) { $0.mayBecome(ending) } }
      heir.with { $0.role.mayBecome(.owner) }
      me.with { $0.role.mayBecome(.admin) }
      let former = heir.role
      let reply = post("/settings/organisation/ownership", [("user_id", heir.id)], .owner, 303)
      let isDone = reply.isDecided ? reply.came(303) : try field("role", of: heir) == "owner"
      heir.with { $0.role.becomes(isDone ? .owner : former) }
      me.with { $0.role.becomes(isDone ? .admin : .owner) }
      for story in stories {
        office.change(story.id) { story in
          if isDone { story.becomes(.handedOver) } else { story.didNotBecome(ending) }
        }
      }
      if isDone { soak.judge.count("handed over") }
    }
  }

  private func field(_ name: String, of other: Member) throws -> String {
    try soak.look(
      "SELECT \(name) FROM user WHERE organisation_id = \(office.number) AND id = \(other.id.dropFirst(2))"
    ).first ?? ""
  }
}
