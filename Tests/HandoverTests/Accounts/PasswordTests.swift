import Testing

@testable import Handover

@Suite("What is a password")
struct PasswordTests {
  @Test(
    "Any characters will do, as typed",
    arguments: [
      "correct horse", "  blanks kept  ", "päßwörter", "\u{1F511}\u{1F511}", "line\nbreaks\tand tabs",
      String(repeating: "a", count: 256), "' OR 1=1 --", "éééé",
    ])
  func good(_ text: String) {
    #expect(Password(text)?.text == text)
  }

  @Test(
    "What is refused says why",
    arguments: [
      ("", "Choose a password."), ("1234567", "at least 8"), ("\u{1F511}", "at least 8"),
      (String(repeating: "a", count: 257), "256 bytes"), (String(repeating: "é", count: 129), "256 bytes"),
      ("with\0a NUL", "NUL"), ("password", "tried first"), ("Password1", "tried first"),
      ("IloveYou", "tried first"), ("qwertyuiop", "tried first"),
    ])
  func refused(_ text: String, _ reason: String) {
    #expect(Password.problem(with: text)?.contains(reason) == true)
    #expect(Password(text) == nil)
  }

  @Test("The list has 3,000 passwords, all of them long enough to be chosen otherwise")
  func list() {
    #expect(CommonPasswords.all.count == 3_000)
    #expect(CommonPasswords.all.allSatisfy { $0.utf8.count >= 8 && $0 == $0.lowercased() })
  }
}
