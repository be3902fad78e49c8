@testable import Mustache

/// A template rendered with partials and parents beside it.
func render(_ template: String, _ value: Value = [:], _ others: [String: String] = [:]) throws -> String {
  var sources = others.mapValues { Array($0.utf8) }
  sources["main"] = Array(template.utf8)
  return String(decoding: try Templates(sources).render("main", value), as: UTF8.self)
}
