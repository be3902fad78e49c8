import Foundation
import Testing

@testable import Secrets

@Suite("base64url and hexadecimal")
struct EncodingTests {
  @Test(
    "RFC 4648's examples come out, without padding",
    arguments: [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
      ("foobar", "Zm9vYmFy"),
    ])
  func examples(text: String, encoded: String) {
    #expect(Base64URL.encode(Array(text.utf8)) == encoded)
    #expect(Base64URL.decode(encoded) == Array(text.utf8))
  }

  @Test("Every byte at every place goes there and back, as Foundation spells it")
  func roundTrip() {
    for length in 0..<70 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 53 &+ length &* 97) }
      let encoded = Base64URL.encode(bytes)
      let other = Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
        .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
      #expect(encoded == other)
      #expect(Base64URL.decode(encoded) == bytes)
    }
  }

  @Test(
    "Any other spelling is refused",
    arguments: [
      "Zg==", "Zg=", "Zh", "Zm9", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", " Zm9v", "+w", "/w", "Zm9v\0", "Zм9v",
      "-x",
    ])
  func refused(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test("Of the texts of two letters exactly 256 are bytes")
  func oneSpelling() {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let texts = letters.flatMap { first in letters.map { String([first, $0]) } }
    let decoded = texts.compactMap { Base64URL.decode($0) }
    #expect(decoded.count == 256)
    #expect(Set(decoded).count == 256)
  }

  @Test("Hexadecimal has two lower-case digits a byte")
  func hexadecimal() {
    #expect(hex([0, 9, 10, 127, 128, 255]) == "00090a7f80ff")
    #expect(hex([]) == "")
  }
}

@Suite("Comparing in constant time")
struct ConstantTimeTests {
  @Test("Only the same bytes are equal, wherever they differ")
  func equality() {
    let bytes = Array(0..<64 as Range<UInt8>)
    #expect(constantTimeEquals(bytes, bytes))
    #expect(constantTimeEquals([UInt8](), []))
    for index in bytes.indices {
      for bit in 0..<8 {
        var other = bytes
        other[index] ^= 1 << UInt8(bit)
        #expect(!constantTimeEquals(bytes, other))
      }
    }
    #expect(!constantTimeEquals(bytes, Array(bytes.dropLast())))
    #expect(!constantTimeEquals(bytes, bytes + [0]))
  }

  @Test("Texts are compared by their bytes, not by how they look")
  func texts() {
    #expect(constantTimeEquals("é", "é"))
    #expect(!constantTimeEquals("\u{e9}", "e\u{301}"))
  }
}

@Suite("Randomness and tokens")
struct RandomnessTests {
  @Test("The system gives so many bytes, other ones each time", arguments: [0, 1, 32, 256, 257, 1000])
  func system(count: Int) {
    let bytes = Randomness.system.bytes(count)
    #expect(bytes.count == count)
    if count >= 32 {
      #expect(bytes != Randomness.system.bytes(count))
      // Past each call's 256 bytes as well: a run of 16 zeros has a chance of 1 in 2^128.
      #expect(bytes.suffix(16).contains { $0 != 0 })
    }
  }

  @Test("A token is 256 bits as base64url")
  func token() {
    let token = Randomness.system.token()
    #expect(token.utf8.count == 43)
    #expect(Base64URL.decode(token)?.count == 32)
    #expect(Randomness.system.token(bits: 128).utf8.count == 22)
  }

  @Test("A token comes from the bytes that are passed in")
  func passedIn() {
    let randomness = Randomness { Array(repeating: 0xff, count: $0) }
    #expect(randomness.token(bits: 24) == "____")
  }

  @Test("What is stored of a token is the SHA-256 of its text")
  func tokenHash() {
    #expect(
      hex(TokenHash(of: "abc").bytes) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(TokenHash(of: "abc") != TokenHash(of: "abd"))
  }
}
