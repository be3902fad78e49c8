import Foundation
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite struct VerifyPageTests {
  private let page = Result { try VerifyPage.ofProgram() }

  @Test("The page has the tables as they are declared, and all its places are filled")
  func tables() throws {
    let page = try page.get()
    let text = String(decoding: page.bytes, as: UTF8.self)
    for table in Table.Name.allCases { #expect(text.contains("\"\(table.file); ")) }
    #expect(text.contains("owner_id id U,owner_name,owner_email,"))
    #expect(text.contains("deal_id! id D") && text.contains("contact_type word person|company"))
    #expect(text.matches(of: /%[A-Z]+%/).map(\.output) == [])
    #expect(page.sha256 == SHA256.hash(page.bytes))
  }

  @Test("Beside owner_id stand owner_name and owner_email: the page knows by their names whose they are")
  func names() throws {
    for table in Table.Name.allCases.map(Table.named) {
      for column in table.columns {
        switch column.source {
        case .userName(let id), .recordName(let id): #expect(column.name == id.dropLast(2) + "name")
        case .userEmail(let id): #expect(column.name == id.dropLast(2) + "email")
        case .primaryContactName: #expect(column.name == "primary_contact_name")
        case .stored, .links, .primaryContact: break
        }
      }
    }
  }

  @Test("It is small, and its source can be read: at most 60,000 bytes, in lines")
  func size() throws {
    let bytes = try page.get().bytes
    #expect(bytes.count <= 60_000)
    #expect(bytes.count(where: { $0 == UInt8(ascii: "\n") }) > 600)
  }

  @Test("Its policy allows its own scripts and styles, and nothing else; it names no address")
  func policy() throws {
    let text = String(decoding: try page.get().bytes, as: UTF8.self)
    let policy = try #require(text.firstMatch(of: /http-equiv="Content-Security-Policy" content="([^"]+)"/)).1
    for part in ["default-src 'none'", "connect-src 'none'", "form-action 'none'", "base-uri 'none'"] {
      #expect(policy.contains(part))
    }
    for element in text.matches(of: /(?s)<(script|style)[^>]*>(.*?)<\/(script|style)>/) {
      let hash = Data(SHA256.hash(Array(element.output.2.utf8))).base64EncodedString()
      #expect(policy.contains("'sha256-\(hash)'"))
    }
    #expect(!text.contains("://") && !text.contains("unsafe-"))
    #expect(!text.contains("innerHTML"))
  }
}
