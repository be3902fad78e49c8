import Foundation
import TestSupport
import Testing

@testable import Mustache

/// The cases that github.com/mustache/spec publishes (Tests/Published).
@Suite("The published cases")
struct PublishedCases {
  /// All that a Mustache must follow; the specification's optional modules are not among them.
  static let files = ["comments", "delimiters", "interpolation", "inverted", "partials", "sections"]

  private let folder = Repository.appending("Tests/Published/mustache-spec/specs")

  @Test("Every case renders as published", arguments: files)
  func published(file: String) throws {
    let data = try Data(contentsOf: folder.appending(path: file + ".json"))
    let cases = try JSONDecoder().decode(File.self, from: data).tests
    #expect(!cases.isEmpty)
    for published in cases {
      var sources = (published.partials ?? [:]).mapValues { Array($0.utf8) }
      sources["the case"] = Array(published.template.utf8)
      let label = Comment(rawValue: "\(file): \(published.name)")
      if published.name == "Failed Lookup" {
        // Here we differ on purpose (the specification says SHOULD): a misspelt partial is found at the
        // start.
        #expect(throws: TemplateError.self, label) { try Templates(sources) }
        continue
      }
      let output = try Templates(sources).render("the case", published.data.value)
      #expect(String(decoding: output, as: UTF8.self) == published.expected, label)
    }
  }

  @Test("Every published file is read")
  func complete() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == Set(Self.files.map { $0 + ".json" }))
  }

  struct File: Decodable {
    var tests: [Case]
  }

  struct Case: Decodable {
    var name: String
    var data: JSON
    var template: String
    var partials: [String: String]?
    var expected: String
  }

  struct JSON: Decodable {
    var value: Value

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        value = .null
      } else if let bool = try? container.decode(Bool.self) {
        value = .bool(bool)
      } else if let integer = try? container.decode(Int.self) {
        value = .integer(integer)
      } else if let double = try? container.decode(Double.self) {
        value = .text("\(double)")
      } else if let text = try? container.decode(String.self) {
        value = .text(text)
      } else if let items = try? container.decode([JSON].self) {
        value = .list(items.map(\.value))
      } else {
        let object = try container.decode([String: JSON].self)
        value = .object(Object(pairs: object.map { ($0.key, $0.value.value) }))
      }
    }
  }
}
