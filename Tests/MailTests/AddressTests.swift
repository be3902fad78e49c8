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
      "a@b-", "a@b_c", "é@b", "a@é..b", "a@-é", "a@é-", "a@é_b", "a@é b", "a@\u{301}a", "a@xn--é",
      "a@é\u{200B}", "a@😀", "a@é\r\nBcc: c@d", "a@é\0",
      "a@" + String(repeating: "é", count: 64), "a@" + String(repeating: "é", count: 2_000),
      "\"a b\"@c", "a@[127.0.0.1]", "a@b,c@d", "a@b;c", "a@b\r\nBcc: c@d",
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

  @Test(
    "A domain with letters beyond ASCII is kept in its xn-- form, however it is typed",
    arguments: [
      ("a@é", "a@xn--9ca"), ("maria@bücher.example", "maria@xn--bcher-kva.example"),
      ("Maria@BÜCHER.Example", "Maria@xn--bcher-kva.example"), ("a@bu\u{308}cher.de", "a@xn--bcher-kva.de"),
      ("a@straße.de", "a@xn--strae-oqa.de"), ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
      ("a@почта.рф", "a@xn--80a1acny.xn--p1ai"), ("a@ｅxample.com", "a@example.com"),
      ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
    ])
  func internationalDomains(text: String, email: String) {
    #expect(Address(email: text)?.email == email)
    #expect(Address("Maria <\(text)>")?.email == email)
  }

  @Test(
    "Punycode is that of the published cases (RFC 3492, 7.1)",
    arguments: [
      ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"), ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
      ("他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"),
      ("pročprostěnemluvíčesky", "proprostnemluvesky-uyb24dma41a"),
      ("למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"),
      ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
      ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"), ("ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"),
      ("そのスピードで", "d9juau41awczczp"), ("-> $1.00 <-", "-> $1.00 <--"),
    ])
  func publishedPunycode(text: String, code: String) {
    #expect(punycode(Array(text.unicodeScalars)) == code)
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
