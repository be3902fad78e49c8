import Foundation
import Testing

@testable import Mustache

@Suite("Templates")
struct TemplatesTests {
  @Test(
    "A template that can't be parsed is refused with its place",
    arguments: [
      ("a\n  {{name", .unclosedTag, 2, 3), ("{{{x}}", .unclosedTag, 1, 1), ("é\té{{! x", .unclosedTag, 1, 4),
      ("{{a {{b}}", .unclosedTag, 1, 1), ("{{a{{b}}", .unclosedTag, 1, 1), ("{{=<% %>}}", .unclosedTag, 1, 1),
      ("{{}}", .badName, 1, 1), ("x\r\n{{# }}", .badName, 2, 1), ("{{a b}}", .badName, 1, 1),
      ("{{a..b}}", .badName, 1, 1), ("{{.a}}", .badName, 1, 1), ("{{#a.}}{{/a.}}", .badName, 1, 1),
      ("{{=<%=}}", .badDelimiters, 1, 1), ("{{=a b c=}}", .badDelimiters, 1, 1),
      ("{{== ==}}", .badDelimiters, 1, 1),
      ("{{#a}}\n{{#b}}{{/b}}\n", .unclosedSection, 1, 1), ("\n {{^a}}", .unclosedSection, 2, 2),
      ("{{<main}}", .unclosedSection, 1, 1), ("{{$b}}", .unclosedSection, 1, 1),
      ("ab{{/a}}", .strayClose, 1, 3), ("{{#a}}{{#b}}\n{{/a}}{{/b}}", .strayClose, 2, 1),
    ] as [(String, TemplateError.Code, Int, Int)])
  func refused(source: String, code: TemplateError.Code, line: Int, column: Int) throws {
    let error = #expect(throws: TemplateError.self) { try render(source) }
    let problem = try #require(error?.problems.first)
    #expect(error?.problems.count == 1)
    #expect(problem.code == code)
    #expect(problem.template == "main")
    #expect(problem.line == line && problem.column == column)
  }

  @Test("A message says what to do")
  func messages() throws {
    let error = #expect(throws: TemplateError.self) { try render("\n{{#rows}}\n{{/row}}") }
    #expect(error?.description == "main:3:1: 'rows' of line 2 is open here; close it before {{/row}}.")
  }

  @Test("All problems of all templates are told together, in order")
  func together() throws {
    let sources = ["b": "{{>none}}\n {{<no}}{{/no}}", "a": "{{#x}}", "c": "{{>a}}"].mapValues {
      Array($0.utf8)
    }
    let error = #expect(throws: TemplateError.self) { try Templates(sources) }
    let problems = try #require(error?.problems)
    #expect(problems.map(\.code) == [.unclosedSection, .unknownTemplate, .unknownTemplate])
    #expect(problems.map { "\($0.template):\($0.line):\($0.column)" } == ["a:1:1", "b:1:1", "b:2:2"])
  }

  @Test("A template that is not there can't be rendered")
  func unknown() throws {
    let error = #expect(throws: TemplateError.self) { try Templates([:]).render("pages/none", [:]) }
    #expect(error?.problems.map(\.code) == [.unknownTemplate])
    #expect(error?.problems.map(\.template) == ["pages/none"])
  }

  @Test(
    "Templates that include each other without an end are an error, not a crash",
    arguments: [
      "\n {{>main}}", "{{<main}}{{/main}}", "{{#x}}{{>b}}{{/x}}", "{{<b}}{{$a}}{{>main}}{{/a}}{{/b}}",
    ])
  func endless(source: String) throws {
    let others = ["b": "{{$a}}{{>main}}{{/a}}"]
    let error = #expect(throws: TemplateError.self) { try render(source, ["x": true], others) }
    #expect(error?.problems.map(\.code) == [.recursion])
  }

  @Test("The deepest rendering fits into a thread with a stack of 512 KiB")
  func stack() {
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      let output = try? render(
        "{{<b}}{{$a}}{{#x}}{{>main}}{{/x}}{{/a}}{{/b}}", ["x": true], ["b": "{{$a}}{{/a}}"])
      #expect(output == nil)
      finished.signal()
    }
    thread.stackSize = 512 * 1024
    thread.start()
    finished.wait()
  }

  @Test("Sections nested without measure are refused")
  func nesting() throws {
    let fits = String(repeating: "{{#x}}", count: 64) + "!" + String(repeating: "{{/x}}", count: 64)
    #expect(try render(fits, ["x": true]) == "!")
    let error = #expect(throws: TemplateError.self) { try render("{{#x}}" + fits + "{{/x}}") }
    #expect(error?.problems.map(\.code) == [.nestedTooDeep])
    #expect(error?.problems.map(\.column) == [1 + 64 * 6])
  }

  @Test("Rendering goes on behind what the output holds")
  func appending() throws {
    var output = Array("head ".utf8)
    try Templates(["a": Array("{{x}}".utf8)]).render("a", ["x": "tail"], into: &output)
    #expect(String(decoding: output, as: UTF8.self) == "head tail")
  }

  @Test("Names that the value lacks are told, each once with its template")
  func missing() throws {
    let templates = try Templates(
      [
        "page": "{{title}}{{#rows}}{{id}}{{>icon}}{{/rows}}{{^gone}}{{/gone}}{{a.b}}{{null}}",
        "icon": "{{label}}",
      ]
      .mapValues { Array($0.utf8) })
    let value: Value = ["rows": [["id": 1], ["label": "x"], [:]], "a": ["c": 1], "null": nil]
    let names = try templates.missing(in: "page", for: value)
    #expect(names == ["icon: label", "page: a.b", "page: gone", "page: id", "page: title"])
    #expect(try templates.missing(in: "icon", for: ["label": nil]).isEmpty)
  }
}
