import System
import TestSupport
import Testing

@testable import Handover
@testable import Secrets

@Suite("Passwords that can't be checked") struct NoMemoryTests {
  let site: TestSite
  let owner: User
  let hasNoMemory = Locked(false)
  /// Called while a password is hashed.
  let whileHashing = Locked<@Sendable () -> Void>({})

  init() throws {
    let passwords = PasswordHasher(cost: 1, atOnce: 2, waiting: 8, randomness: .counting()) {
      [hasNoMemory, whileHashing] password, setting in
      whileHashing.withLock { $0 }()
      return hasNoMemory.withLock { $0 } ? nil : Crypt.hash(password, setting: setting)
    }
    site = try TestSite(passwords: passwords)
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
  }

  private func signIn(_ email: String) -> Page {
    let browser = site.browser()
    browser.get("/login")
    return browser.post("/login", ["email": email, "password": TestSite.password, "next": ""])
  }

  private var attempts: Int {
    get throws {
      try site.database.read { try $0.value("SELECT count(*) FROM attempt WHERE bucket NOT LIKE 'changes%'") }
        ?? 0
    }
  }

  @Test(
    "Without memory for it a sign-in is told to come back, counts nothing, locks nothing, and is in the log")
  func signIn() throws {
    hasNoMemory.withLock { $0 = true }
    for _ in 0..<40 {
      let answer = signIn(owner.email ?? "")
      #expect(answer.status == 503 && answer["Retry-After"] != nil)
    }
    #expect(signIn("nobody@harbour.example").status == 503)
    #expect(try attempts == 0)
    #expect(site.log.all.contains { $0.contains("event=password.unhashed") })
    hasNoMemory.withLock { $0 = false }
    #expect(signIn(owner.email ?? "").status == 303)
  }

  @Test("Nor does it count where a signed-in user gives a password again, or chooses another one")
  func again() throws {
    let session = try site.session(of: owner)
    hasNoMemory.withLock { $0 = true }
    for _ in 0..<40 {
      guard case .busy = try site.accounts.prove(session, password: TestSite.password, code: "", from: "")
      else { throw Unexpected("the proof") }
      guard
        case .busy = try site.accounts.changePassword(
          of: session, current: TestSite.password, to: "a new one, and good",
          from: Browser(address: "", agent: ""))
      else { throw Unexpected("the change") }
    }
    #expect(try attempts == 0)
    guard case .done = try site.accounts.mailReset(to: owner.email ?? "", from: "192.0.2.1") else {
      throw Unexpected("the mail")
    }
    let before = try attempts
    let token = try site.mailedToken()
    guard
      case .busy = try site.accounts.resetPassword(
        to: "a new one, and good", token: token, from: Browser(address: "", agent: ""), replacing: nil)
    else { throw Unexpected("the reset") }
    #expect(try attempts == before)
  }

  @Test("An attempt whose end can't be written in time is none")
  func busy() throws {
    let holder = Locked<FileLock?>(try FileLock(path: site.configuration.data.writeLock))
    whileHashing.withLock { $0 = { _ = holder.withLock { $0?.tryLock() } } }
    try site.database.startWritingLater()
    let accounts = site.accounts.forRequests(
      site.database.forRequests(places: 2, patience: .milliseconds(20)))
    #expect(throws: DatabaseBusy.self) {
      try accounts.signIn(
        email: owner.email ?? "", password: TestSite.password, from: Browser(address: "192.0.2.1", agent: ""))
    }
    #expect(try attempts > 0)
    holder.withLock { $0 = nil }
    site.database.stopWritingLater()
    #expect(try attempts == 0)
  }
}
