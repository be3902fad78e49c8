import Foundation
import TestSupport
import Testing

@testable import Secrets

@Suite("HMAC")
struct HMACTests {
  struct Case: Sendable {
    let key: [UInt8]
    let text: [UInt8]
    let code: String
  }

  /// RFC 4231, section 4; the fifth is cut to 128 bits there.
  static let rfc4231: [Case] = [
    Case(
      key: Array(repeating: 0x0b, count: 20), text: Array("Hi There".utf8),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Case(
      key: Array("Jefe".utf8), text: Array("what do ya want for nothing?".utf8),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Case(
      key: Array(repeating: 0xaa, count: 20), text: Array(repeating: 0xdd, count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Case(
      key: Array(1...25), text: Array(repeating: 0xcd, count: 50),
      code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    Case(
      key: Array(repeating: 0x0c, count: 20), text: Array("Test With Truncation".utf8),
      code: "a3b6167473100ee06e0c796c2955552b"),
    Case(
      key: Array(repeating: 0xaa, count: 131),
      text: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Case(
      key: Array(repeating: 0xaa, count: 131),
      text: Array(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]

  @Test("The cases of RFC 4231 come out", arguments: rfc4231)
  func rfc(_ vector: Case) {
    let code = hex(HMAC(key: vector.key).code(of: vector.text))
    #expect(code.prefix(vector.code.count) == vector.code)
  }

  /// RFC 2202, section 3. Its first five are RFC 4231's too, but for a whole code in the fifth.
  static let rfc2202: [Case] =
    zip(
      rfc4231,
      [
        "b617318655057264e28bc0b6fb378c8ef146be00", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        "125d7342b9ac11cd91a39af48aa17b4f63f175d3", "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
        "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04",
      ]
    ).map { Case(key: $0.key, text: $0.text, code: $1) } + [
      Case(
        key: Array(repeating: 0xaa, count: 80),
        text: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        code: "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
      Case(
        key: Array(repeating: 0xaa, count: 80),
        text: Array("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
        code: "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
    ]

  @Test("The cases of RFC 2202 come out, with SHA-1", arguments: rfc2202)
  func sha1(_ vector: Case) {
    #expect(hex(hmacSHA1(key: vector.key, vector.text)) == vector.code)
  }

  @Test("One key makes many codes, none of which depends on those before it")
  func again() {
    let hmac = HMAC(key: Array("Jefe".utf8))
    let first = hmac.code(of: [1, 2, 3])
    #expect(hmac.code(of: [4]) != first)
    #expect(hmac.code(of: [1, 2, 3]) == first)
  }

  /// Of github.com/C2SP/wycheproof (Tests/Published).
  @Test("Wycheproof's vectors come out, and its forged ones do not")
  func wycheproof() throws {
    struct File: Decodable {
      let numberOfTests: Int
      let testGroups: [Group]
    }
    struct Group: Decodable {
      let tagSize: Int
      let tests: [Vector]
    }
    struct Vector: Decodable { let key, msg, tag, result: String }
    let path = Repository.appending("Tests/Published/wycheproof/hmac_sha256_test.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
    var count = 0
    for group in file.testGroups {
      for vector in group.tests {
        let code = HMAC(key: unhex(vector.key)).code(of: unhex(vector.msg)).prefix(group.tagSize / 8)
        #expect(constantTimeEquals(Array(code), unhex(vector.tag)) == (vector.result == "valid"))
        count += 1
      }
    }
    #expect(count == file.numberOfTests && count > 100)
  }
}

func unhex(_ text: String) -> [UInt8] {
  let digits = Array(text)
  return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}
