import Foundation
import TestSupport
import Testing

@testable import Secrets

@Suite("One-time codes")
struct OneTimeCodesTests {
  /// The key of both RFCs' vectors.
  static let codes = OneTimeCodes(key: Array("12345678901234567890".utf8))

  @Test("RFC 4226's codes come out (appendix D)")
  func rfc4226() throws {
    let rows = try published("rfc4226").compactMap { $0.firstMatch(of: /^(\d+) .* (\d{6})$/) }
    for row in rows {
      #expect(Self.codes.code(of: try #require(Int64(row.1)), digits: 6) == row.2)
    }
    #expect(rows.count == 10)
  }

  @Test("RFC 6238's codes come out (appendix B), and their last six digits are what an app shows")
  func rfc6238() throws {
    let rows = try published("rfc6238").compactMap {
      $0.firstMatch(of: #/^\| +(\d+) .* ([0-9A-F]{16}) \| (\d{8}) /#)
    }
    for row in rows {
      let step = try #require(Int64(row.2, radix: 16))
      #expect(Self.codes.code(of: step, digits: 8) == row.3)
      #expect(Self.codes.code(at: try #require(Int64(row.1))) == row.3.suffix(6))
    }
    #expect(rows.count == 6)
  }

  @Test("A code is good in its own step, the one before and the one after")
  func tolerance() {
    let time: Int64 = 1_777_714_200
    let step = time / 30
    let code = Self.codes.code(at: time)
    for (seconds, expected) in [
      (-31, nil), (-30, step), (0, step), (29, step), (30, step), (59, step), (60, nil),
    ] {
      #expect(Self.codes.step(of: code, at: time + Int64(seconds)) == expected, "\(seconds) seconds")
    }
  }

  @Test(
    "Nothing but the six digits is the code",
    arguments: ["", "0", "00000", " ", "81804", "081804 ", "0818040", "+81804", "٠٨١٨٠٤", "081805"])
  func others(text: String) {
    #expect(Self.codes.step(of: "081804", at: 1_111_111_109) == 37_037_036)
    #expect(Self.codes.step(of: text, at: 1_111_111_109) == nil)
  }

  @Test("No moment is out of range", arguments: [Int64.min, -31, -1, 0, 1, 59, .max])
  func extremes(time: Int64) {
    #expect(Self.codes.code(at: time).count == 6)
    #expect(Self.codes.step(of: "x", at: time) == nil)
  }

  @Test("An authenticator that others wrote shows the same codes, and takes the key as Base32 spells it")
  func oathtool() throws {
    for number in 0..<20 {
      let key = Array(SHA256.hash([UInt8(number)]).prefix(OneTimeCodes.keyLength))
      let time = Int64(number) * 98_765_432
      let shown = try Tool.run(
        "oathtool", ["--totp", "--base32", "--now", "@\(time)", Base32.encode(key)])
      #expect(shown.output == OneTimeCodes(key: key).code(at: time) + "\n", "\(shown.error)")
    }
  }

  private func published(_ name: String) throws -> [Substring] {
    try String(contentsOf: Repository.appending("Tests/Published/rfc/\(name).txt"), encoding: .utf8)
      .split(separator: "\n")
  }
}

@Suite("Base32")
struct Base32Tests {
  @Test("RFC 4648's examples come out, without padding (section 10)")
  func examples() throws {
    let text = try String(
      contentsOf: Repository.appending("Tests/Published/rfc/rfc4648.txt"), encoding: .utf8)
    let examples = text.matches(of: /BASE32\("(.*)"\) = "([A-Z2-7]*)=*"/)
    for example in examples {
      #expect(Base32.encode(Array(example.1.utf8)) == example.2)
    }
    #expect(examples.count == 7)
  }

  @Test("Every letter comes out")
  func letters() {
    let bytes: [UInt8] = [
      0, 68, 50, 20, 199, 66, 84, 182, 53, 207, 132, 101, 58, 86, 215, 198, 117, 190, 119, 223,
    ]
    #expect(Base32.encode(bytes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  }
}
