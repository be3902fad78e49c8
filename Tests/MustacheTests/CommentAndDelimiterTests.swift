import Testing

@testable import Mustache

@Suite("Comments and delimiters")
struct CommentAndDelimiterTests {
  @Test(
    "A comment vanishes, with its line where it stands alone",
    arguments: [
      ("12{{! a }}34", "1234"), ("12{{!\n a\n}}34\n", "1234\n"), ("1 {{!a}} 2", "1  2"),
      ("  12 {{! 34 }}\n", "  12 \n"),
      ("a\n{{! b }}\nc\n", "a\nc\n"), ("a\n  {{!\n b\n  }}\nc\n", "a\nc\n"), ("|\r\n{{! b }}\r\n|", "|\r\n|"),
      ("  {{! a }}\n!", "!"), ("!\n  {{! a }}", "!\n"), ("{{!}}", ""), ("{{! {{x}}", ""),
    ])
  func comments(template: String, expected: String) throws {
    #expect(try render(template, ["x": "wrong", "!": "wrong"]) == expected)
  }

  @Test(
    "Delimiters change for the rest of the template",
    arguments: [
      ("{{=<% %>=}}(<%x%>{{x}})", "(Hey{{x}})"), ("({{=[ ]=}}[x])", "(Hey)"),
      ("{{= | | =}}|#x||&x||/x|", "Hey"),
      ("{{=<% %>=}}<%{x}%>", "Hey"), ("{{=<% %>=}}<%={{ }}=%>{{&x}}", "Hey"), ("|{{= @   @ =}}|", "||"),
      ("| {{=@ @=}} |", "|  |"), (" | {{=@ @=}}\n", " | \n"), ("a\n  {{=@ @=}}\nb\n", "a\nb\n"),
      ("|\r\n{{= @ @ =}}\r\n|", "|\r\n|"), ("  {{=@ @=}}\n=", "="), ("=\n  {{=@ @=}}", "=\n"),
    ])
  func delimiters(template: String, expected: String) throws {
    #expect(try render(template, ["x": "Hey"]) == expected)
  }

  @Test("Neither a partial inherits delimiters nor the template those of a partial")
  func reach() throws {
    let output = try render(
      "[{{>p}}]{{= | | =}}[|>p|]|x|", ["x": "yes"], ["p": ".{{x}}.{{= | | =}}.|x|."])
    #expect(output == "[.yes..yes.][.yes..yes.]yes")
  }
}
