import Foundation
import Testing

@testable import Mustache

/// The cases that github.com/mustache/spec publishes, where `CONFORMANCE_DATA` names a folder that has them
/// as `mustache-spec/specs/*.json`.
@Suite("The published cases")
struct PublishedCases {
  static let files: [URL] = {
    let data = ProcessInfo.processInfo.environment["CONFORMANCE_DATA"] ?? "/nonexistent"
    let folder = URL(fileURLWithPath: data).appendingPathComponent("mustache-spec/specs")
    let all =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    let optional = ["~lambdas", "~dynamic-names"]
    return all.filter {
      $0.pathExtension == "json" && !optional.contains($0.deletingPathExtension().lastPathComponent)
    }
  }()

  @Test("Every case renders as published", .enabled(if: !files.isEmpty), arguments: files)
  func published(file: URL) throws {
    let cases = try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).tests
    #expect(!cases.isEmpty)
    for published in cases {
      var sources = (published.partials ?? [:]).mapValues { Array($0.utf8) }
      sources["the case"] = Array(published.template.utf8)
      let label = Comment(rawValue: "\(file.lastPathComponent): \(published.name)")
      if published.name == "Failed Lookup" {
        // Here we differ on purpose (the specification says SHOULD): a misspelt partial is found at the
        // start.
        #expect(throws: TemplateError.self, label) { try Library(sources) }
        continue
      }
      let output = try Library(sources).render("the case", published.data.value)
      #expect(String(decoding: output, as: UTF8.self) == published.expected, label)
    }
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
