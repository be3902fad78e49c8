import Testing

@testable import Handover

@Suite("Lists of people to invite") struct InvitationListTests {
  @Test(
    "A person is read as mail programs and tables write one",
    arguments: [
      ("mia@x.example", nil), ("  mia@x.example  ", nil), ("<mia@x.example>", nil),
      ("Mia Rossi <mia@x.example>", "Mia Rossi"),
      ("Mia Rossi<mia@x.example>", "Mia Rossi"), ("\"Rossi, Mia\" <mia@x.example>", "Rossi, Mia"),
      ("Rossi, Mia <mia@x.example>", "Rossi, Mia"), ("'Mia' <mia@x.example>", "Mia"),
      ("Mia Rossi, mia@x.example", "Mia Rossi"),
      ("Mia Rossi\tmia@x.example", "Mia Rossi"), ("mia@x.example Mia Rossi", "Mia Rossi"),
      ("Mia Rossi mia@x.example", "Mia Rossi"),
      ("مي روسي <mia@x.example>", "مي روسي"), ("Mia <mia@x.example>;", "Mia"),
      ("Mia <mia@x.example>,", "Mia"),
    ])
  func one(_ text: String, _ name: String?) {
    let list = InvitationList(text)
    #expect(
      list.people == [InvitationList.Person(line: 1, name: name, email: "mia@x.example")], "\(list.problems)")
  }

  @Test("Several in a line, and blank lines")
  func several() {
    let list = InvitationList(
      "a@x.example, Bo Lee <b@x.example>; c@x.example\r\n\n d@x.example e@x.example\r")
    #expect(list.people.map(\.email) == ["a", "b", "c", "d", "e"].map { $0 + "@x.example" })
    #expect(list.people.map(\.line) == [1, 1, 1, 3, 3] && list.problems.isEmpty)
  }

  @Test(
    "What is wrong stands with its line",
    arguments: [
      ("Mia", "“Mia” has no e-mail address."), ("mia@", "“mia@” is not an e-mail address."),
      ("Mia <mia>", "“mia” is not an e-mail address."),
      ("m@x.example, m@x.example", "“m@x.example” is twice in this line."),
      ("Mia\u{1} <m@x.example>", "“m@x.example”: Write a name in one line, without control characters."),
      ("", "Write at least one e-mail address, such as maria@example.com."),
    ])
  func wrong(_ text: String, _ problem: String) {
    #expect(InvitationList(text).problems.map(\.text) == [problem])
  }
}
