import Foundation
import System
import Testing

@testable import Secrets

@Suite("Passwords")
struct PasswordHasherTests {
  let hasher = PasswordHasher(cost: 1, randomness: .system)

  @Test("A password verifies against its own hash and no other does")
  func verifies() throws {
    let hash = try hasher.hash("correct horse")
    #expect(hash.hasPrefix("$y$"))
    #expect(hasher.verify("correct horse", against: hash) == .right)
    for other in ["correct hors", "correct horse ", "Correct horse", "", "correct horse\u{301}"] {
      #expect(hasher.verify(other, against: hash) == .wrong)
    }
  }

  @Test("Known hashes of other programs verify: that of yescrypt's own tests and one of Perl's crypt")
  func known() {
    let reference = "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6"
    #expect(hasher.verify("pleaseletmein", against: reference) == .rightNeedsRehash)
    #expect(hasher.verify("pleaseletmeout", against: reference) == .wrong)
    let perl = "$y$j75$5.tJeu1eLLH1pkqi.BVeG1$GrEka8gHdgVEqVL8j0d4hFuG9xDjeiuOX8wcFAxo2p8"
    #expect(hasher.verify("password", against: perl) == .right)
  }

  @Test("Without memory to hash it a password is neither right nor wrong, and none can be chosen")
  func memory() throws {
    let isFull = Locked(false)
    let hasher = PasswordHasher(cost: 1, atOnce: 2, waiting: 2, randomness: .system) { password, setting in
      isFull.withLock { $0 } ? nil : Crypt.hash(password, setting: setting)
    }
    let hash = try hasher.hash("correct horse")
    isFull.withLock { $0 = true }
    #expect(hasher.verify("correct horse", against: hash) == .unavailable)
    #expect(hasher.verify("battery staple", against: hash) == .unavailable)
    #expect(hasher.verifyNobody("correct horse", for: .local) == .unavailable)
    #expect(throws: SecretsError.self) { try hasher.hash("correct horse") }
    isFull.withLock { $0 = false }
    #expect(hasher.verify("correct horse", against: hash) == .right)
    // Of another cost, which takes more memory than there is, while there is enough for today's.
    let dearer = PasswordHasher(cost: 1, atOnce: 2, waiting: 2, randomness: .system) { password, setting in
      setting == hash ? nil : Crypt.hash(password, setting: setting)
    }
    #expect(dearer.verify("correct horse", against: hash) == .unavailable)
    #expect(dearer.verify("correct horse", against: "$y$broken") == .wrong)
  }

  @Test("The salt comes from the randomness that is passed in, so two hashes differ and one can be told")
  func salt() throws {
    #expect(try hasher.hash("same") != hasher.hash("same"))
    let fixed = PasswordHasher(cost: 1, randomness: Randomness { Array(repeating: 7, count: $0) })
    #expect(try fixed.hash("same") == fixed.hash("same"))
  }

  @Test("A hash of another cost is right and asks to be made anew")
  func rehash() throws {
    let cheap = try hasher.hash("secret")
    let dearer = PasswordHasher(cost: 2, randomness: .system)
    #expect(dearer.verify("secret", against: cheap) == .rightNeedsRehash)
    #expect(dearer.verify("wrong", against: cheap) == .wrong)
    #expect(dearer.verify("secret", against: try dearer.hash("secret")) == .right)
  }

  @Test("The default cost is 7, as libxcrypt spells it")
  func defaultCost() throws {
    let hash = try PasswordHasher(randomness: .system).hash("secret")
    #expect(hash.hasPrefix("$y$jBT$"))
  }

  @Test("A NUL would cut a password short, so it is refused")
  func nul() throws {
    let hash = try hasher.hash("secret")
    #expect(throws: SecretsError.self) { try hasher.hash("secret\0more") }
    #expect(hasher.verify("secret\0more", against: hash) == .wrong)
  }

  @Test("511 bytes are the most")
  func length() throws {
    let longest = String(repeating: "x", count: 511)
    let hash = try hasher.hash(longest)
    #expect(hasher.verify(longest, against: hash) == .right)
    #expect(hasher.verify(longest + "x", against: hash) == .wrong)
    #expect(throws: SecretsError.self) { try hasher.hash(longest + "x") }
    #expect(throws: SecretsError.self) { try hasher.hash(String(repeating: "é", count: 256)) }
  }

  @Test(
    "What is no hash matches nothing",
    arguments: ["*0", "*1", "*", "", "!", "x", "$", "$y$", "$y$j75$", "$zz$a$b"])
  func noHash(stored: String) {
    for password in ["", "*0", "*1", "x", stored] {
      #expect(hasher.verify(password, against: stored) == .wrong)
    }
  }

  @Test("A setting without its hash matches nothing")
  func setting() throws {
    let setting = try #require(Crypt.setting(cost: 1, salt: Array(repeating: 1, count: 16)))
    #expect(hasher.verify("x", against: setting) == .wrong)
  }

  @Test("For nobody the answer is wrong, whatever the password")
  func nobody() {
    for password in ["", "secret", "a\0b", String(repeating: "x", count: 600)] {
      #expect(hasher.verifyNobody(password) == .wrong)
    }
  }

  @Test("For nobody the same work is done: its setting has the same method and cost")
  func nobodyCosts() throws {
    let hash = try #require(Crypt.hash(Array("secret".utf8), setting: hasher.nobody))
    #expect(hasher.verify("secret", against: hash) == .right)
  }

  @Test("While the hashers are taken and nobody more may wait, the answer is busy")
  func busy() throws {
    let hasher = PasswordHasher(cost: 1, atOnce: 1, waiting: 0, randomness: .system)
    let hash = try hasher.hash("secret")
    _ = hasher.queue.pass(for: .local) {
      #expect(hasher.verify("secret", against: hash) == .busy)
      #expect(hasher.verify("secret", against: "*0") == .busy)
      #expect(hasher.verifyNobody("secret") == .busy)
      let error = #expect(throws: SecretsError.self) { try hasher.hash("secret") }
      #expect(error?.code == .busy)
    }
    #expect(hasher.verify("secret", against: hash) == .right)
  }
}

extension PasswordHasher {
  fileprivate func hash(_ password: String) throws(SecretsError) -> String {
    try hash(password, for: .local)
  }

  fileprivate func verify(_ password: String, against hash: String) -> Verification {
    verify(password, against: hash, for: .local)
  }

  fileprivate func verifyNobody(_ password: String) -> Verification { verifyNobody(password, for: .local) }
}

/// What so many threads answer that do the same thing at once.
func inParallel<Answer: Sendable>(_ count: Int, _ work: @escaping @Sendable () -> Answer) -> [Answer] {
  let lock = NSCondition()
  nonisolated(unsafe) var answers: [Answer] = []
  for _ in 0..<count {
    Thread.detachNewThread {
      let answer = work()
      lock.withLock {
        unsafe answers.append(answer)
        lock.signal()
      }
    }
  }
  return lock.withLock {
    while unsafe answers.count < count { lock.wait() }
    return unsafe answers
  }
}
