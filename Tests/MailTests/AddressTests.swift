import Testing

@testable import Mail

@Suite("Addresses")
struct AddressTests {
  @Test(
    "What people write is read",
    arguments: [
      ("a@b", nil, "a@b"), ("<a@b>", nil, "a@b"), ("Sender <sender@localhost>", "Sender", "sender@localhost"),
      ("  Two Words  <first.last+tag@mail.example.org> ", "Two Words", "first.last+tag@mail.example.org"),
      ("\"Last, First\" <a@b.org>", "Last, First", "a@b.org"),
      ("\"a \\\"b\\\" \\\\c\" <a@b.org>", "a \"b\" \\c", "a@b.org"),
      ("Zoë 日本 <a@b.org>", "Zoë 日本", "a@b.org"),
      ("\"\" <a@b.org>", nil, "a@b.org"),
      ("O'Neil <o'neil@xn--bcher-kva.example>", "O'Neil", "o'neil@xn--bcher-kva.example"),
    ] as [(String, String?, String)])
  func reads(text: String, name: String?, email: String) {
    #expect(Address(text) == Address(name: name, email: email))
    #expect(Address(text)?.name == name)
    #expect(Address(text)?.email == email)
  }

  @Test(
    "What is no address is refused",
    arguments: [
      "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c",
      "a@-b",
      "a@b-", "a@b_c", "é@b", "a@é", "\"a b\"@c", "a@[127.0.0.1]", "a@b,c@d", "a@b;c", "a@b\r\nBcc: c@d",
      "a@b\n", "a@b\0",
      "a(b)@c", "a<b>@c", "<a@b", "a@b>", "A <a@b> c", "<<a@b>>", "A <a@b>,B <c@d>", "A, B <a@b>",
      "A: B <a@b>",
      "\"A <a@b>", "\"A\" B <a@b>", "\"A\\\" <a@b>", "A\r\nBcc: c@d <a@b>", "A\nB <a@b>", "A\0 <a@b>",
      "A <a@b\r\n>",
      "A < a@b >", String(repeating: "a", count: 65) + "@b", "a@" + String(repeating: "b", count: 64),
      "a@" + Array(repeating: String(repeating: "b", count: 60), count: 5).joined(separator: "."),
    ])
  func refuses(text: String) {
    #expect(Address(text) == nil)
  }

  @Test("A name with a line break or a NUL is refused", arguments: ["a\r\nb", "a\nb", "a\rb", "a\0b"])
  func names(name: String) {
    #expect(Address(name: name, email: "a@b") == nil)
  }

  @Test("Headers and Message-IDs that could break out are refused")
  func headers() {
    #expect(Header("X-Test", "a b") != nil)
    for (name, value) in [
      ("", "a"), ("X Test", "a"), ("X:", "a"), ("X\r\nY", "a"), ("X-Tést", "a"), ("X-Test", ""),
      ("X-Test", "a\r\nY: b"),
      ("X-Test", "a\n"), ("X-Test", "é"), ("X-Test", " a"), ("X-Test", String(repeating: "a", count: 901)),
      ("Subject", "a"), ("BCC", "a@b"), ("Content-Type", "text/html"), ("mime-version", "1.0"),
    ] {
      #expect(Header(name, value) == nil, "\(name): \(value)")
    }
    #expect(MessageID("a.b@c.d")?.description == "a.b@c.d")
    for text in ["", "a", "@", "a@", "@b", "a@b@c", "<a@b>", "a b@c", "a@b>\r\nBcc: c@d", "a..b@c", "é@b"] {
      #expect(MessageID(text) == nil, "\(text)")
    }
  }
}
