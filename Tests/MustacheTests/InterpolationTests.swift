import Testing

@testable import Mustache

@Suite("Interpolation")
struct InterpolationTests {
  @Test("A text without tags stays as it is")
  func plain() throws {
    #expect(try render("Hello from {Mustache}! }} {\n") == "Hello from {Mustache}! }} {\n")
    #expect(try render("") == "")
  }

  @Test("A value is escaped; three braces and an ampersand leave it alone")
  func escapes() throws {
    let value: Value = ["x": "a & b < c > d \" e ' f"]
    #expect(try render("{{x}}", value) == "a &amp; b &lt; c &gt; d &quot; e &#39; f")
    #expect(
      try render("{{{x}}}|{{&x}}|{{& x }}|{{{ x }}}", value).split(separator: "|").allSatisfy {
        $0 == "a & b < c > d \" e ' f"
      })
  }

  @Test("A value is not read as a template")
  func verbatim() throws {
    #expect(try render("{{x}}", ["x": "{{y}}", "y": "wrong"]) == "{{y}}")
  }

  @Test("Integers and booleans print; null, lists, objects and missing names print nothing")
  func kinds() throws {
    let value: Value = [
      "n": -85, "min": .integer(.min), "t": true, "f": false, "null": nil, "list": ["a"],
      "object": ["a": "b"],
    ]
    #expect(try render("{{n}} {{min}} {{t}} {{f}}", value) == "-85 -9223372036854775808 true false")
    #expect(try render("({{null}}{{list}}{{object}}{{missing}})", value) == "()")
    #expect(try render("({{x}})({{y}})", ["x": Value("a"), "y": Value(nil)]) == "(a)()")
  }

  @Test("Dotted names go into objects; only their first name climbs the context")
  func dotted() throws {
    #expect(try render("{{a.b.c}}", ["a": ["b": ["c": "deep"]]]) == "deep")
    #expect(try render("({{a.b.c}})", ["a": [:]]) == "()")
    #expect(try render("({{a.b.name}})", ["a": ["b": [:]], "b": ["name": "wrong"]]) == "()")
    #expect(try render("({{#a}}{{b.c}}{{/a}})", ["a": ["b": [:]], "b": ["c": "wrong"]]) == "()")
    #expect(try render("{{#a}}{{b.c}}{{/a}}", ["a": ["x": 1], "b": ["c": "outer"]]) == "outer")
    #expect(try render("({{a.b}})", ["a.b": "never a single key"]) == "()")
  }

  @Test("A dot is the value itself")
  func itself() throws {
    #expect(try render("{{.}} {{{.}}} {{&.}}", "a&b") == "a&amp;b a&b a&b")
    #expect(try render("{{.}}", 85) == "85")
  }

  @Test("Blanks inside a tag do not count, those around it stay")
  func blanks() throws {
    #expect(try render("| {{ x }} |{{\tx\n}}|\n  {{x}}\n", ["x": "-"]) == "| - |-|\n  -\n")
  }

  @Test("A name may be longer than 15 bytes and in any script")
  func names() throws {
    let value: Value = ["estimated_settlement_date": "long", "größe": "wide", "名前": "far"]
    #expect(try render("{{estimated_settlement_date}} {{größe}} {{名前}}", value) == "long wide far")
  }

  @Test("An object takes and loses names")
  func object() {
    var object: Object = ["a": 1]
    object["b"] = "x"
    object["a"] = "y"
    #expect(object.pairs.map(\.0) == ["a", "b"])
    object["b"] = nil
    #expect(object["b"] == nil)
    if case .text(let text) = object["a"] { #expect(text == "y") } else { Issue.record("a is gone") }
  }
}
