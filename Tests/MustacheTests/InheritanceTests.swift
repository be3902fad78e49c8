import Testing

@testable import Mustache

@Suite("Inheritance")
struct InheritanceTests {
  @Test("A block shows its own content until a child replaces it")
  func blocks() throws {
    let layout = ["layout": "<{{$a}}own {{x}}{{/a}}|{{$b}}own{{/b}}>"]
    #expect(try render("{{$a}}own {{x}}{{/a}}", ["x": "X"]) == "own X")
    #expect(try render("{{<layout}}{{/layout}}{{>layout}}", ["x": "X"], layout) == "<own X|own><own X|own>")
    #expect(try render("{{<layout}}{{$b}}new {{x}}{{/b}}{{/layout}}", ["x": "X"], layout) == "<own X|new X>")
    #expect(
      try render("{{<layout}} text {{x}}{{$b}}new{{/b}} text {{/layout}}", ["x": "X"], layout)
        == "<own X|new>")
  }

  @Test("Blocks and the context do not meet")
  func names() throws {
    #expect(
      try render("{{<l}}{{$x}}block{{/x}}{{/l}}", ["x": "data"], ["l": "{{$x}}own{{/x}} {{x}}"])
        == "block data")
  }

  @Test("What replaces a block sees the context at the block")
  func scope() throws {
    let value: Value = ["fruit": "apples", "nested": ["fruit": "bananas"]]
    let layout = ["l": "{{#nested}}{{$b}}{{/b}}{{/nested}}"]
    #expect(try render("{{<l}}{{$b}}I say {{fruit}}.{{/b}}{{/l}}", value, layout) == "I say bananas.")
  }

  @Test("The outermost child wins")
  func levels() throws {
    let others = ["p": "{{<o}}{{$a}}p{{/a}}{{/o}}", "o": "{{<g}}{{$a}}o{{/a}}{{/g}}", "g": "{{$a}}g{{/a}}"]
    #expect(try render("{{<p}}{{$a}}c{{/a}}{{/p}}", [:], others) == "c")
    #expect(try render("{{<p}}{{/p}}", [:], others) == "p")
    let loop = [
      "parent": "{{$foo}}default{{/foo}} {{$bar}}{{<parent2}}{{/parent2}}{{/bar}}",
      "parent2": "{{$foo}}other{{/foo}} {{<parent}}{{$bar}}stop{{/bar}}{{/parent}}",
    ]
    let output = try render("{{<parent}}{{$foo}}override{{/foo}}{{/parent}}", [:], loop)
    #expect(output == "override override override stop")
  }

  @Test("A block inside what replaces another one has nothing to do with blocks of the same name around it")
  func hygiene() throws {
    let others = [
      "page": "<title>{{$title}}{{/title}}</title>{{$body}}{{/body}}",
      "dialog": "<h2>{{$title}}{{/title}}</h2>",
    ]
    let page =
      "{{<page}}{{$title}}P{{/title}}{{$body}}{{<dialog}}{{$title}}D{{/title}}{{/dialog}}{{/body}}{{/page}}"
    #expect(try render(page, [:], others) == "<title>P</title><h2>D</h2>")
    #expect(try render("{{<l}}{{$a}}1{{$a}}2{{/a}}{{/a}}{{/l}}", [:], ["l": "{{$a}}{{/a}}"]) == "12")
  }

  @Test(
    "What fills a block is indented like the block",
    arguments: [
      // The block's own line, one text inside a line.
      ("{{<l}}{{$b}}hammer{{/b}}{{/l}}", "stop:\n  {{$b}}own{{/b}}\n", "stop:\n  hammer\n"),
      ("{{<l}}{{$b}}\none\ntwo{{/b}}\n{{/l}}\n", "Hi,\n  {{$b}}{{/b}}\n", "Hi,\n  one\n  two\n"),
      ("{{<l}}{{$b}}\n    one\n    two\n{{/b}}{{/l}}\n", "Hi,\n  {{$b}}\n  {{/b}}\n", "Hi,\n  one\n  two\n"),
      ("{{<l}}{{$b}}\none\ntwo\n{{/b}}{{/l}}\n", "Hi,\n{{$b}}\n  own\n{{/b}}\n", "Hi,\n  one\n  two\n"),
      (
        "{{<l}}\n{{$b}}\n  {{x}}\n    two\n{{/b}}\n{{/l}}\n.", "<\n {{$b}}\n {{/b}}\n>\n",
        "<\n X\n   two\n>\n."
      ),
      // Alone on its line the parent is indented too; otherwise it stays where it stands.
      ("Hi,\n  {{<l}}{{/l}}\n", "one\n{{$b}}{{/b}}two\n", "Hi,\n  one\n  two\n"),
      ("  {{<l}}{{/l}};\n", "one\ntwo", "  one\ntwo;\n"),
      ("{{<l}}{{/l}}", "{{$b}}\n  own\n    deeper\n{{/b}}\n", "  own\n    deeper\n"),
      ("{{<l}}{{$b}}\n  one\n\n  two\n{{/b}}{{/l}}", "{{$b}}{{/b}}", "one\n\ntwo\n"),
    ])
  func indentation(child: String, layout: String, expected: String) throws {
    #expect(try render(child, ["x": "X"], ["l": layout]) == expected)
  }

  @Test("A block inside a replaced block keeps its place")
  func nested() throws {
    let parent = "{{<g}}{{$b}}\n  one\n  {{$n}}\n    two\n  {{/n}}\n{{/b}}{{/g}}\n"
    let output = try render(
      "{{<p}}{{$n}}\nthree\n{{/n}}{{/p}}\n", [:], ["p": parent, "g": "{{$b}}own{{/b}}"])
    #expect(output == "one\n  three\n")
  }
}
