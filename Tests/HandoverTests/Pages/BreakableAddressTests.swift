import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("Addresses that break where a person would break them")
struct BreakableAddressTests {
  private func marked(_ html: String) -> String {
    String(decoding: BreakableAddress.mark(Array(html.utf8)), as: UTF8.self)
  }

  @Test("An address breaks before its @ and its dots, and holds together elsewhere")
  func borders() {
    #expect(
      marked("mei-lin.chua@harbour.example")
        == "<span class=\"address\">mei-lin<wbr>.chua<wbr>@harbour<wbr>.example</span>")
  }

  @Test("In a sentence the words around it stay as they are, and so does its full stop")
  func sentence() {
    #expect(
      marked("Sent to a@b.example, c@d.example. Ver.2 of\n it &amp; 3.5")
        == """
        Sent to <span class="address">a<wbr>@b<wbr>.example,</span> <span class="address">c<wbr>@d<wbr>.example.</span> \
        Ver.2 of\n it &amp; 3.5
        """)
    for text in ["", " ", "no address. None.", "  two  blanks "] { #expect(marked(text) == text) }
    for text in ["@", "@@", ".@.", "a@", "@b"] {
      #expect(marked(text).replacing("<wbr>", with: "") == "<span class=\"address\">\(text)</span>")
    }
  }

  @Test("A part too long for a narrow page may break anywhere")
  func long() {
    let long = String(repeating: "x", count: 25)
    #expect(marked(long + "@b.example") == long + "<wbr>@b<wbr>.example")
    #expect(marked(long.dropLast() + "@b.example").hasPrefix("<span"))
  }

  @Test("No template of a page prints an address that could break elsewhere")
  func templates() throws {
    var addresses = 0
    for folder in ["pages", "partials"] {
      let folder = Repository.appending("Templates/" + folder)
      for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
        let template = try String(contentsOf: file, encoding: .utf8)
        for match in template.matches(of: /\{\{([a-z_]+\.)?(email|aggregator)\}\}/) {
          let before = template[..<match.range.lowerBound]
          // In an attribute or an option, or a figure of its name.
          if before.hasSuffix("=\"") || before.hasSuffix("mailto:") { continue }
          if before.hasSuffix("&#x2068;") || match.output.1 == "limits." { continue }
          addresses += 1
          #expect(before.hasSuffix("{{#breakable}}"), "\(file.lastPathComponent): \(match.output.0)")
        }
      }
    }
    #expect(addresses > 10)
  }
}
