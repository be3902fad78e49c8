import Foundation
import SQLite
import System
import Testing

@testable import Handover
@testable import Secrets

/// What happens between the check of a password and the transaction that follows from it.
@Suite("Passwords that change while they are checked")
struct CrossingTests {
  let passwords = PasswordHasher(cost: 1, atOnce: 1, waiting: 1, randomness: .counting())
  let site: TestSite
  let owner: User
  let user: User
  let other: String
  let browser = Browser(address: "192.0.2.1", agent: "")

  init() throws {
    site = try TestSite(passwords: passwords)
    let organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .admin, to: organisation)
    other = try passwords.hash("quite another one", for: .local)
  }

  @Test("A sign-in with the old password that a new one overtakes opens nothing, and is in the trail")
  func changed() throws {
    #expect(try signIn { try $0.users.replacePassword(of: user, with: other, at: site.clock.now) } == "wrong")
    #expect(try sessions == 0)
    #expect(try hash(of: user) == other)
    #expect(
      try site.database.read { try $0.activity.events(of: user.organisation, limit: 9) }
        .map(\.kind) == [.signInFailed])
  }

  @Test("One whose hash was to be made anew doesn't write the old password back")
  func rehash() throws {
    let costly = try PasswordHasher(cost: 2, randomness: .system).hash(TestSite.password, for: .local)
    try site.database.write { try $0.users.setPasswordHash(costly, of: user) }
    #expect(try signIn { try $0.users.replacePassword(of: user, with: other, at: site.clock.now) } == "wrong")
    #expect(try hash(of: user) == other)
    #expect(try sessions == 0)
  }

  @Test(
    "Somebody who is disabled meanwhile gets no session, and neither does one whose password is taken away")
  func disabled() throws {
    var gone = user
    gone.isActive = false
    #expect(try signIn { try $0.users.update(gone, at: site.clock.now) } == "wrong")
    try site.database.write { try $0.users.update(user, at: site.clock.now) }
    #expect(try signIn { try $0.users.setPasswordHash(nil, of: user) } == "wrong")
    #expect(try sessions == 0)
  }

  @Test("Where nothing happens meanwhile, the sign-in succeeds")
  func nothing() throws {
    #expect(try signIn { _ in } == "done")
    #expect(try sessions == 1)
  }

  @Test("A change of the password that a reset overtakes is refused: before the check and after it")
  func change() throws {
    let session = try site.session(of: user)
    func change() throws -> String {
      word(
        try site.accounts.changePassword(
          of: session, current: TestSite.password, to: "a third one, long", from: browser))
    }
    #expect(
      try crossing(change, { try $0.users.replacePassword(of: user, with: other, at: site.clock.now) })
        == "wrong")
    #expect(try hash(of: user) == other)

    let accounts = try accounts(whileHashing: {
      try $0.users.replacePassword(of: owner, with: other, at: site.clock.now)
    })
    let outcome = try accounts.changePassword(
      of: site.session(of: owner), current: TestSite.password, to: "a third one, long", from: browser)
    #expect(word(outcome) == "wrong")
    #expect(try hash(of: owner) == other)
    #expect(try sessions == 0)
  }

  @Test("A change of the password from a session that ends meanwhile, for a second step too, opens no other")
  func ended() throws {
    let session = try site.session(of: user)
    let before = try hash(of: user)
    let accounts = try accounts(whileHashing: { try $0.sessions.remove(token: session.token) })
    let outcome = try accounts.changePassword(
      of: session, current: TestSite.password, to: "a third one, long", from: browser)
    #expect(word(outcome) == "refused")
    #expect(try hash(of: user) == before)
    #expect(try sessions == 0)
  }

  @Test("A reset that a change overtakes finds its link ended")
  func reset() throws {
    _ = try site.accounts.mailReset(to: user.email ?? "", from: "192.0.2.1")
    let token = try site.mailedToken()
    let accounts = try accounts(whileHashing: {
      try $0.users.replacePassword(of: user, with: other, at: site.clock.now)
    })
    let outcome = try accounts.resetPassword(
      to: "a third one, long", token: token, from: browser, replacing: nil)
    #expect(word(outcome) == "gone")
    #expect(try hash(of: user) == other)
  }

  @Test(
    "A session is not proved with a password that was changed meanwhile, nor one that was proved meanwhile")
  func proof() throws {
    let session = try site.session(of: owner)
    site.clock.move(by: .minutes(31))
    func prove() throws -> String {
      word(try site.accounts.prove(session, password: TestSite.password, code: "", from: browser.address))
    }
    let proved = try crossing(prove) { connection in
      let isFirst = try connection.sessions.prove(
        session, token: "another token", at: session.createdAt + .minutes(9))
      #expect(isFirst)
    }
    #expect(proved == "refused")
    let outcome = try crossing(prove) { try $0.users.setPasswordHash(other, of: owner) }
    #expect(outcome == "wrong")
    let provedAt: UnixTime? = try site.database.read { try $0.value("SELECT proved_at FROM session") }
    #expect(provedAt == session.createdAt + .minutes(9))
  }

  private func signIn(
    during change: @escaping (SQLite.Connection) throws -> Void
  ) throws -> String {
    try crossing(
      {
        word(try site.accounts.signIn(email: user.email ?? "", password: TestSite.password, from: browser))
      }, change)
  }

  /// Does the work on a thread, and the change after it has read the stored hash and before it has checked it.
  private func crossing(
    _ work: @escaping () throws -> String, _ change: (SQLite.Connection) throws -> Void
  ) throws -> String {
    nonisolated(unsafe) let work = work
    let answer = Locked("")
    let ended = DispatchSemaphore(value: 0)
    _ = passwords.queue.pass(for: .local) {
      Thread.detachNewThread {
        let word = unsafe (try? work()) ?? "error"
        answer.withLock { $0 = word }
        ended.signal()
      }
      while passwords.queue.length < 1 { Thread.sleep(forTimeInterval: 0.001) }
      do { try site.database.write(change) } catch { Issue.record(error) }
    }
    ended.wait()
    return answer.withLock { $0 }
  }

  /// The accounts with a hasher that makes the change, once, while it makes a hash.
  private func accounts(
    whileHashing change: @escaping (SQLite.Connection) throws -> Void
  ) throws -> Accounts {
    nonisolated(unsafe) let change = change
    let database = site.database
    let left = Locked(1)
    let salts = Randomness.counting()
    let passwords = PasswordHasher(
      cost: 1,
      randomness: Randomness { count in
        // The first salt is that of the setting for nobody, made with the hasher.
        let isDue = left.withLock { left in
          left -= 1
          return left == -1
        }
        if isDue { try? database.write { try unsafe change($0) } }
        return salts.bytes(count)
      })
    return Accounts(
      database: site.database, clock: site.clock.clock, passwords: passwords,
      randomness: site.accounts.randomness, outbox: site.accounts.outbox,
      log: site.accounts.log, rules: site.accounts.rules,
      ownerChanged: site.accounts.ownerChanged, userDisabled: site.accounts.userDisabled)
  }

  /// The name of an outcome's case.
  private func word(_ outcome: Any) -> String {
    String("\(outcome)".prefix { $0 != "(" })
  }

  private var sessions: Int {
    get throws { try site.database.read { try $0.value("SELECT count(*) FROM session") ?? 0 } }
  }

  private func hash(of user: User) throws -> String? {
    try site.database.read { try $0.users.passwordHash(of: user) }
  }
}
