import Foundation
import Mustache

extension Templates {
  /// All templates in a folder and its subfolders, named by their path without `.mustache`: `pages/export`.
  ///
  /// - Throws: `TemplateError` with everything that is wrong in any of them, `HandoverError` where the folder
  ///   can't be read.
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
