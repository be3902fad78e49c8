import Foundation
import Mustache

extension Templates {
  /// All templates below a folder, named by their path without `.mustache`: `pages/export`.
  ///
  /// - Throws: `TemplateError` with all that is wrong in any of them.
  init(folder: String) throws {
    var sources: [String: [UInt8]] = [:]
    guard let files = FileManager.default.enumerator(atPath: folder) else {
      throw HandoverError("can't read the templates in \(folder)")
    }
    for case let file as String in files where file.hasSuffix(".mustache") {
      sources[String(file.dropLast(".mustache".count))] = try contents("\(folder)/\(file)")
    }
    if sources.isEmpty { throw HandoverError("no templates in \(folder)") }
    try self.init(sources)
  }
}
