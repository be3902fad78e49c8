import TestSupport
import Testing

@testable import Secrets

@Suite("SHA-1")
struct SHA1Tests {
  /// FIPS 180-4's own examples, as NIST publishes them, and the empty text.
  @Test(
    "The examples of FIPS 180-4 come out",
    arguments: [
      ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
          + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "a49b2446a02c645bf419f995b67091253a04a259"
      ),
    ])
  func examples(text: String, hash: String) {
    #expect(hex(SHA1.hash(Array(text.utf8))) == hash)
  }

  @Test("A million times the letter a comes out")
  func million() {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(hex(SHA1.hash(bytes)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
  }

  @Test("sha1sum agrees on every length around the borders of a block")
  func lengths() throws {
    let texts = (0...130).map { String(repeating: "x", count: $0) }
    let files = try TemporaryFolder()
    for text in texts {
      let name = files.appending("\(text.utf8.count)")
      try text.write(to: name, atomically: true, encoding: .utf8)
    }
    let result = try Tool.run("sha1sum", texts.map { "\($0.utf8.count)" }, folder: files.url)
    let sums = result.output.split(separator: "\n").map { String($0.prefix(40)) }
    #expect(sums == texts.map { hex(SHA1.hash(Array($0.utf8))) })
    #expect(sums.count == 131)
  }
}
