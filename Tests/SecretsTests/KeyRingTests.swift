import Testing

@testable import Secrets

@Suite("The key ring")
struct KeyRingTests {
  let secret = Base64URL.encode(Array(repeating: 5, count: 32))

  @Test("The newest key signs, each verifies its own signatures only")
  func signs() throws {
    let old = SigningKey(created: 100, randomness: .system)
    let ring = KeyRing(first: old).rotated(
      to: SigningKey(created: 200, randomness: .system), forgettingAfter: nil)
    let signature = ring.newest.sign("letter 1 to 7")
    #expect(ring.newest.id != old.id)
    #expect(ring.newest.sign("letter 1 to 7") == signature)
    #expect(ring.newest.sign("letter 1 to 8") != signature)
    #expect(old.sign("letter 1 to 7") != signature)
    let earlier = old.sign("letter 1 to 7")
    #expect(try #require(ring.key(old.id)).sign("letter 1 to 7") == earlier)
    #expect(ring.key("unknown") == nil)
    #expect(ring.key("") == nil)
  }

  @Test("A signature is the HMAC-SHA-256 of the text as base64url")
  func signature() {
    let key = SigningKey(id: "a", created: 0, secret: Array("Jefe".utf8))
    let signature = key.sign("what do ya want for nothing?")
    #expect(signature == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM")
  }

  @Test("A ring is read as it was written")
  func roundTrip() throws {
    let ring = KeyRing(first: SigningKey(created: 100, randomness: .system))
      .rotated(to: SigningKey(created: 200, randomness: .system), forgettingAfter: nil)
    #expect(try KeyRing(text: ring.text) == ring)
    #expect(ring.text.split(separator: "\n").count == 2)
    #expect(try KeyRing(text: String(ring.text.dropLast())) == ring)
  }

  @Test("A key is dropped once its successor is older than what it signed may last, not before")
  func forgetting() {
    let keys = [100, 200, 300].map { SigningKey(created: $0, randomness: .system) }
    let ring = keys.dropFirst().reduce(KeyRing(first: keys[0])) { $0.rotated(to: $1, forgettingAfter: nil) }
    func ids(now: Int64, lifetime: Duration?) -> [Int64] {
      let key = SigningKey(created: now, randomness: .system)
      return ring.rotated(to: key, forgettingAfter: lifetime).keys.map(\.created)
    }
    #expect(ids(now: 1000, lifetime: nil) == [100, 200, 300, 1000])
    #expect(ids(now: 1000, lifetime: .seconds(800)) == [100, 200, 300, 1000])
    #expect(ids(now: 1001, lifetime: .seconds(800)) == [200, 300, 1001])
    #expect(ids(now: 1101, lifetime: .seconds(800)) == [300, 1101])
    // The one that signed until this moment stays, however old it is.
    #expect(ids(now: .max, lifetime: .seconds(800)) == [300, .max])
    // A clock that went back, or is mad, drops nothing.
    #expect(ids(now: 50, lifetime: .seconds(800)) == [100, 200, 300, 50])
    #expect(ids(now: .min, lifetime: .seconds(800)) == [100, 200, 300, .min])
  }

  @Test("What is no key is refused, with its line")
  func malformed() {
    let good = "AAAA 100 \(secret)"
    let bad: [(String, Int)] = [
      ("", 1), ("\n", 1), ("AAAA 100", 1), ("A 100 \(secret)", 1), ("\(good)\nBBBB 100", 2),
      ("\(good)\n\(good)\n", 2),
      ("\(good)\n\nBBBB 1 \(secret)", 2),
      ("AAAA 100 \(secret) x", 1), ("AAAA  \(secret)", 1), (" 100 \(secret)", 1), ("AAAA +100 \(secret)", 1),
      ("AAAA 0100 \(secret)", 1), ("AAAA x \(secret)", 1), ("AAAA 100 \(secret)=", 1),
      ("AAAA 100 \(secret.dropLast(2))", 1),
      ("AA/B 100 \(secret)", 1), ("\(good)\r\n", 1), ("\u{feff}\(good)", 1),
      ("AAAA 99999999999999999999 \(secret)", 1),
    ]
    for (text, line) in bad {
      let error = #expect(throws: KeyRing.BadLine.self) { try KeyRing(text: text) }
      #expect(error?.number == line, "\(text)")
    }
  }
}
