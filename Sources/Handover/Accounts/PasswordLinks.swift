import SQLite
import Secrets

/// Links to set a password: invitations, and resets for those who have forgotten theirs.
struct PasswordLinks: Sendable {
  let database: Database
  let passwords: PasswordHasher
  let randomness: Randomness
  let throttle: Throttle
  let outbox: Outbox

  /// A link that has run out is known for so many seconds more, to say so to whoever follows it.
  static let kept = 30 * Int64.day

  /// Mails the user a link to choose a first password. Earlier ones are useless then.
  ///
  /// - Returns: false, and nothing is done, for a user without an address.
  func invite(_ user: User, by actor: Actor, at now: UnixTime, in connection: Connection) throws
    -> Bool
  {
    guard let recipient = user.recipient else { return false }
    try connection.passwordLinks.endAll(of: user, at: now)
    let token = randomness.token()
    try connection.passwordLinks.add(token: token, for: user, .invitation, at: now)
    try outbox.write(
      Invitation(
        to: recipient, inviter: actor, token: token, expires: now + PasswordLink.Purpose.invitation.lifetime),
      of: user.organisation, at: now, in: connection)
    return true
  }

  /// Mails whoever signs in with the address a link to set a new password. The answer does not tell whether
  /// anybody does. Neither does its time: there are the same transactions in any case, and the fraction of a
  /// millisecond that a mail takes is lost in those, all the more as few attempts are let through.
  ///
  /// Who asks again and again gets no more mails for a while. The links of before stay good, so that nobody can
  /// keep somebody else from using theirs.
  ///
  /// - Returns: how many seconds to wait, where the network asks too often.
  func mailReset(to email: String, from address: String, at now: UnixTime) throws -> Int64? {
    if case .throttled(let wait) = try throttle.begin(Bucket.forgotten(from: address), at: now) {
      return wait
    }
    guard case .admitted = try throttle.begin(Bucket.forgotten(email), at: now) else { return nil }
    try database.write { connection in
      guard let (user, _) = try connection.users.whoSignsIn(email: email), let recipient = user.recipient
      else {
        return
      }
      let token = randomness.token()
      try connection.passwordLinks.add(token: token, for: user, .reset, at: now)
      try connection.activity.record(
        Event(
          .passwordForgotten, of: user.organisation, by: .visitor(email: email, address: address), at: now))
      try outbox.write(
        PasswordReset(
          to: recipient, token: token, expires: now + PasswordLink.Purpose.reset.lifetime, from: address),
        of: user.organisation, at: now, in: connection)
    }
    return nil
  }
}
