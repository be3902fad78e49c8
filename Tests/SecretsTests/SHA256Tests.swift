import Testing

@testable import Secrets

@Suite("SHA-256")
struct SHA256Tests {
  /// FIPS 180-4's own examples, as NIST publishes them, and the empty text.
  static let vectors: [(String, String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ]

  @Test("The examples of FIPS 180-4 come out", arguments: SHA256.Engine.allCases, vectors)
  func examples(engine: SHA256.Engine, vector: (String, String)) {
    #expect(hex(SHA256.hash(Array(vector.0.utf8), engine: engine)) == vector.1)
  }

  @Test("A million times the letter a comes out", arguments: SHA256.Engine.allCases)
  func million(engine: SHA256.Engine) {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(hex(SHA256.hash(bytes, engine: engine)) == expected)
  }

  @Test("Both ways agree on every length around the borders of a block")
  func lengths() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for length in 0...bytes.count {
      let part = Array(bytes.prefix(length))
      #expect(SHA256.hash(part, engine: .processor) == SHA256.hash(part, engine: .portable))
    }
  }

  @Test("However the bytes are cut into pieces, the hash is the same", arguments: SHA256.Engine.allCases)
  func pieces(engine: SHA256.Engine) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let whole = SHA256.hash(bytes, engine: engine)
    for size in [1, 3, 63, 64, 65, 127, 128, 129, 999] {
      var hash = SHA256(engine: engine)
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.update(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(hash.finish() == whole, "in pieces of \(size)")
    }
  }

  @Test("A hash can be taken midway and go on")
  func midway() {
    var hash = SHA256()
    hash.update(Array("ab".utf8))
    #expect(hash.finish() == SHA256.hash(Array("ab".utf8)))
    hash.update(Array("c".utf8))
    #expect(hash.finish() == SHA256.hash(Array("abc".utf8)))
  }
}
