import Foundation
import Secrets

/// Stylesheet and script: the small files of Public, joined into one each at the start, so that a page needs
/// few requests. An address holds a hash of the content, which nginx strips: browsers keep a file for a year
/// and still never use an outdated one.
struct Assets: Sendable {
  let css: String
  let js: String
  let icon: String
  /// Addresses of the Help page's pictures and video, by name without suffix: `ask-light`. Scripts/pictures
  /// makes them; the page shows those that exist.
  let media: [String: String]

  /// Joins the files of `css/` and `js/` in the order of their names, and writes the results where nginx
  /// serves them.
  init(from publicFolder: String, to folder: DataFolder) throws {
    css = try Self.join(publicFolder + "/css", "css", to: folder)
    js = try Self.join(publicFolder + "/js", "js", to: folder)
    icon = try Self.address(NginxPath.icon, "svg", of: contents(publicFolder + "/icons/handover.svg"))
    media = try Self.addresses(in: publicFolder + "/media")
  }

  private static func addresses(in folder: String) throws -> [String: String] {
    var addresses: [String: String] = [:]
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for file in files.map({ URL(filePath: $0) }) {
      let name = file.deletingPathExtension().lastPathComponent
      addresses[name] = try address(
        NginxPath.media(name), file.pathExtension, of: contents("\(folder)/\(file.lastPathComponent)"))
    }
    return addresses
  }

  private static func join(_ folder: String, _ suffix: String, to data: DataFolder) throws -> String {
    var joined: [UInt8] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where name.hasSuffix(".\(suffix)") {
      joined += try contents("\(folder)/\(name)")
    }
    let path = "\(data.assets)/handover.\(suffix)"
    guard FileManager.default.createFile(atPath: path, contents: Data(joined)) else {
      throw HandoverError("can't write \(path)")
    }
    return address(NginxPath.assets, suffix, of: joined)
  }

  private static func address(_ path: String, _ suffix: String, of bytes: [UInt8]) -> String {
    "\(path).\(hex(Array(SHA256.hash(bytes).prefix(4)))).\(suffix)"
  }
}

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw HandoverError("can't read \(path)")
  }
  return Array(data)
}
