import HTTP
import Mustache

/// What a page asks before it does what can't be undone: it names the thing, and says what happens to it and what
/// stays. The page has the address of the form that it leads to; with JavaScript it is shown as a dialog.
struct Question {
  let title: Sentence
  /// What happens, and what stays, a sentence each.
  let facts: [Sentence]
  /// Where the answer is posted to.
  let action: String
  var fields = Form()
  /// What the button does, in its own words.
  let button: String
  /// The other answer.
  var keep = "Keep it"
  /// Where the other answer leads.
  let back: String
  /// A text that goes with the answer.
  var reply: Reply?
  /// Whether it ends the session that asks.
  var signsOut = false

  struct Reply {
    let label: Sentence
    let value: String
    var problem: String?
  }
}

extension SignedIn {
  /// The page that asks.
  func ask(_ question: Question, at tab: Tab, status: Status = .ok) throws -> Response {
    try settingsPage(
      "pages/question", at: tab,
      [
        "title": ["sentence": question.title.value],
        "facts": .list(question.facts.map { ["sentence": $0.value] }),
        "action": .text(question.action),
        "fields": .list(question.fields.fields.map { ["name": .text($0.name), "value": .text($0.value)] }),
        "button": .text(question.button),
        "keep": .text(question.keep),
        "back": .text(question.back),
        "signs_out": .bool(question.signsOut),
        "reply": question.reply.map {
          ["sentence": $0.label.value, "value": .text($0.value), "problem": Value($0.problem)]
        } ?? .null,
      ], status: status)
  }
}
