import Foundation
import Mustache
import System

extension Templates {
  /// All templates in a folder and those in its subfolders, named by their path without `.mustache`: `pages/export`.
  ///
  /// - Throws: `TemplateError` with everything that is wrong in any of them, `HandoverError` where the folder
  ///   can't be read.
  init(folder: String) throws {
    var sources: [String: [UInt8]] = [:]
    for name in try names(in: folder) {
      if name.hasSuffix(".mustache") {
        sources[String(name.dropLast(".mustache".count))] = try contents("\(folder)/\(name)")
      } else if !name.contains(".") {
        for file in try names(in: "\(folder)/\(name)") where file.hasSuffix(".mustache") {
          sources["\(name)/" + file.dropLast(".mustache".count)] = try contents("\(folder)/\(name)/\(file)")
        }
      }
    }
    if sources.isEmpty { throw HandoverError("no templates in \(folder)") }
    try self.init(sources)
  }
}

/// Not by an enumerator, for which a folder that can't be read is an empty one.
private func names(in folder: String) throws -> [String] {
  do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
    throw HandoverError("can't read the folder \(folder): \(SystemError.reason(errno))")
  }
}
