import Mustache

/// The input is two templates with a NUL between them, that may include each other.
func fuzzMustache(_ input: [UInt8]) throws {
  let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
  let sources = ["t": parts[0], "u": parts.count > 1 ? parts[1] : []]
  do throws(TemplateError) {
    let templates = try Templates(sources)
    _ = try templates.render("t", view)
  } catch {
    try require(!error.problems.isEmpty, "an error names its problems")
    for problem in error.problems {
      try require(problem.line >= 1 && problem.column >= 1, "a problem has a place")
    }
  }
  try checkEscapes(input)
}

private let view: Value = [
  "a": "x", "b": true, "c": false, "o": ["a": 1, "o": ["a": "deep"]], "l": ["x", ["a": 1], .null], "n": 0,
]

private func checkEscapes(_ text: [UInt8]) throws {
  let text = String(decoding: text, as: UTF8.self)
  let written = try Templates(["t": Array("{{x}}".utf8)]).render("t", ["x": .text(text)])
  try require(
    !written.contains { "<>\"'".utf8.contains($0) }, "what is shown opens no tag and ends no attribute")
  let bare = written.indices.filter { written[$0] == UInt8(ascii: "&") }
  for index in bare {
    let reference = written[index...].prefix(6).prefix { $0 != UInt8(ascii: ";") }
    try require(
      ["&amp", "&lt", "&gt", "&quot", "&#39"].contains(String(decoding: reference, as: UTF8.self)),
      "each & is a reference")
  }
}
