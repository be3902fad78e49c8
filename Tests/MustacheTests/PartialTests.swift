import Testing

@testable import Mustache

@Suite("Partials")
struct PartialTests {
  @Test("A partial sees the context of its tag and may have partials of its own")
  func context() throws {
    let partials = ["row": "<{{n}}{{> other/mark }}>", "other/mark": "{{mark}}"]
    #expect(
      try render("{{#l}}{{>row}}{{/l}}", ["mark": "!", "l": [["n": 1], ["n": 2]]], partials) == "<1!><2!>")
  }

  @Test("A partial may include itself, as deep as the data goes")
  func recursion() throws {
    let tree: Value = ["c": "X", "n": [["c": "Y", "n": []], ["c": "Z", "n": []]]]
    #expect(try render("{{>node}}", tree, ["node": "{{c}}<{{#n}}{{>node}}{{/n}}>"]) == "X<Y<>Z<>>")
  }

  @Test(
    "Alone on its line, every line of it is indented; inside a line nothing is",
    arguments: [
      ("\\\n {{>p}}\n/\n", "|\n{{{x}}}\n|\n", "\\\n |\n <\n->\n |\n/\n"),
      ("| {{>p}} |", "\t|\t", "| \t|\t |"),
      ("  {{x}}  {{> p}}\n", ">\n>", "  &lt;\n-&gt;  >\n>\n"),
      ("|\r\n{{>p}}\r\n|", ">", "|\r\n>|"),
      ("|\r\n  {{>p}}\r\n|", "1\r\n2\r\n", "|\r\n  1\r\n  2\r\n|"),
      ("  {{>p}}\n>", ">\n>", "  >\n  >>"),
      (">\n  {{>p}}", ">\n>", ">\n  >\n  >"),
      ("  {{>p}}\n", "{{#l}}\n{{.}}\n{{/l}}\n", "  1\n  2\n"),
      ("  {{>p}}\n", "{{#l}}{{.}}{{/l}}\n", "  12\n"),
      ("  {{>p}}\n", "{{#l}}\n{{.}}{{/l}}\n", "  1  2\n"),
      ("  {{>p}}\n", "a\n\n{{! gone }}\nb{{! gone }}\n", "  a\n  \n  b\n"),
      ("  {{>p}}\n", "{{#none}}\n-\n{{/none}}\n", ""),
      ("  {{>p}}\n", " {{>q}}\n", "   1\n   2"),
      ("  {{>p}}\n", "{{>q}};\n", "  1\n2;\n"),
    ])
  func indentation(template: String, partial: String, expected: String) throws {
    #expect(try render(template, ["x": "<\n->", "l": [1, 2]], ["p": partial, "q": "1\n2"]) == expected)
  }
}
