import TestSupport
import Testing

@testable import Mustache

@Suite("Hostile input")
struct HostileInputTests {
  @Test("No bytes crash the parser or the renderer, and what is refused has a place in the text")
  func bytes() throws {
    let pieces: [[UInt8]] =
      [
        "{{", "}}", "{{{", "}}}", "{{#a}}", "{{/a}}", "{{^a}}", "{{<t}}", "{{/t}}", "{{$a}}", "{{>t}}", "{{=",
        "=}}",
        "{{=| |=}}", "|", "{{!", "a", ".", " ", "  ", "\t", "\n", "\r\n", "\r", "é", "{{.}}", "{{a}}",
        "\u{0}",
      ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x82]]
    var random = SeededGenerator(seed: 7)
    var accepted = 0
    for _ in 0..<20_000 {
      var source: [UInt8] = []
      for _ in 0..<Int.random(in: 0...14, using: &random) {
        source += pieces.randomElement(using: &random) ?? []
      }
      do throws(TemplateError) {
        let templates = try Templates(["t": source])
        accepted += 1
        _ = try templates.render("t", ["a": ["x", ["a": 1]]])
      } catch {
        let lines = source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for problem in error.problems {
          try #require(lines.indices.contains(problem.line - 1))
          #expect((1...lines[problem.line - 1].count + 1).contains(problem.column))
        }
      }
    }
    #expect(accepted > 1000)
  }

  @Test(
    "Awkward strings are shown as they are, and open nothing",
    arguments: [
      "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
      "</textarea><svg/onload=a>",
      "&lt;b&gt;", "&#x3C;", "{{x}} {{{x}}} {{#x}}", "\u{0}\u{1B}[31m", "\u{202E}evil", "Ω≈ç√∫˜µ",
      "👩‍👩‍👧 e\u{301}", "田中さん",
      "javascript:alert(1)", "%3Cscript%3E", "`${x}`", "--><!--", "]]>", "\r\nSet-Cookie: a",
      "\u{FEFF}\u{FFFD}",
    ])
  func naughty(text: String) throws {
    let output = try render("<p title=\"{{x}}\" id='{{x}}'>{{x}}</p>", ["x": .text(text)])
    var inside = output.dropFirst("<p title=\"".count).dropLast("</p>".count)
    inside = inside[..<(inside.firstIndex(of: "\"") ?? inside.endIndex)]
    #expect(!inside.contains { "<>'".contains($0) })
    #expect(output == "<p title=\"\(inside)\" id='\(inside)'>\(inside)</p>")
    #expect(unescaped(String(inside)) == text)
  }

  private func unescaped(_ text: String) -> String {
    var text = text
    for (reference, character) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ] {
      text = text.replacing(reference, with: character)
    }
    return text
  }
}
