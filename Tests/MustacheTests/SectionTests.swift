import Testing

@testable import Mustache

@Suite("Sections")
struct SectionTests {
  @Test(
    "True values open a section, false ones its inversion",
    arguments: [true, 1, "x", ["k": "v"], ["item"], [:]] as [Value])
  func truthy(value: Value) throws {
    #expect(try render("{{#x}}yes{{/x}}{{^x}}no{{/x}}", ["x": value]) == "yes")
  }

  @Test(
    "Null, false, 0, an empty text, an empty list and a missing name are false",
    arguments: [nil, false, 0, "", []] as [Value])
  func falsy(value: Value) throws {
    #expect(try render("{{#x}}yes{{/x}}{{^x}}no{{/x}}", ["x": value]) == "no")
    #expect(try render("{{#y}}yes{{/y}}{{^y}}no{{/y}}", ["x": value]) == "no")
  }

  @Test("A list repeats the section for each item, whatever the item is")
  func lists() throws {
    #expect(try render("{{#l}}({{.}}){{/l}}", ["l": ["a&", 0, "", false]]) == "(a&amp;)(0)()(false)")
    #expect(try render("{{#l}}{{n}},{{/l}}", ["l": [["n": 1], ["n": 2]]]) == "1,2,")
    #expect(try render("{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", ["l": [[1, 2], ["a"]]]) == "(12)(a)")
    #expect(try render("{{#.}}({{n}}){{/.}}", [["n": "a"], ["n": "b"]]) == "(a)(b)")
  }

  @Test("A filter changes what stands in its section, escaped and with the names around it")
  func filters() throws {
    let value: Value = ["f": .filter { [0x5B] + $0 + [0x5D] }, "x": "a<b"]
    #expect(try render("x{{#f}} {{x}}{{/f}}y", value) == "x[ a&lt;b]y")
    #expect(
      try render("{{#f}}{{#f}}{{x}}{{/f}}{{> p}}{{/f}}{{f}}{{^f}}no{{/f}}", value, ["p": "p"])
        == "[[a&lt;b]p]")
  }

  @Test("The innermost value that has the name decides")
  func context() throws {
    let value: Value = ["a": "outer", "b": "outer", "s": ["b": "inner"], "c": ["d": "dotted"]]
    #expect(try render("{{#s}}{{a}} {{b}} {{c.d}}{{/s}} {{b}}", value) == "outer inner dotted outer")
    #expect(try render("{{#a}}{{.}} is {{a}}{{/a}}", value) == "outer is outer")
    #expect(try render("{{#c.d}}{{.}}{{/c.d}}{{^c.x}} none{{/c.x}}", value) == "dotted none")
    #expect(try render("({{#s}}{{b}}{{/s}})", ["b": "outer", "s": ["b": nil]]) == "()")
  }

  @Test("Sections of one name lie in each other and beside each other")
  func nesting() throws {
    let template = "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |{{#b}}F{{/b}}"
    #expect(try render(template, ["b": true]) == "| A B C D E |F")
    #expect(try render(template, ["b": false]) == "| A  E |")
  }

  @Test(
    "A tag alone on its line takes the line with it",
    arguments: [
      ("|\n{{#b}}\n-\n{{/b}}\n|\n", "|\n-\n|\n"),
      ("|\n  {{#b}}\t\n-\n\t{{/b}} \n|\n", "|\n-\n|\n"),
      ("|\r\n{{#b}}\r\n{{/b}}\r\n|", "|\r\n|"),
      ("  {{#b}}\n#{{/b}}\n/", "#\n/"),
      ("#{{#b}}\n/\n  {{/b}}", "#\n/\n"),
      ("{{^x}}\n-\n{{/x}}\n", "-\n"),
      ("\n\n{{#b}}\n\n{{/b}}\n\n", "\n\n\n\n"),
    ])
  func standalone(template: String, expected: String) throws {
    #expect(try render(template, ["b": true]) == expected)
  }

  @Test(
    "Beside anything else it leaves the blanks alone",
    arguments: [
      (" | {{#b}}\t|\t{{/b}} | \n", " | \t|\t | \n"),
      (" | {{#b}} {{! blanks }}\n {{/b}} | \n", " |  \n  | \n"),
      (" {{#b}}YES{{/b}}\n {{#b}}GOOD{{/b}}\n", " YES\n GOOD\n"),
      (" {{#b}}{{/b}}\n", " \n"),
      ("{{#b}}\r{{/b}}", "\r"),
    ])
  func inline(template: String, expected: String) throws {
    #expect(try render(template, ["b": true]) == expected)
  }
}
