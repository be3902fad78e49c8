import Foundation
import Secrets
import System

/// Stylesheet, script and pictures under names with a hash of their content, where nginx serves them:
/// `handover.0123abcd.css`. Browsers keep such a file for a year and still never use an outdated one. The
/// small files of `css/` and `js/` are joined into one each, so that a page needs few requests.
struct Assets: Sendable {
  let css: String
  let js: String
  let icon: String
  /// The same as a PNG without a transparent corner, for phones' home screens and browsers that know no SVG.
  let picture: String
  /// Addresses of the Help page's pictures and videos, by file: `ask-light.webp`. Scripts/pictures makes them; the page
  /// shows those that exist.
  let media: [String: String]

  /// Writes the files. Those of the versions before stay for a while, since a page that was loaded before an
  /// upgrade still asks for them.
  ///
  /// - Parameter group: nginx's, where it runs as somebody else; it may read them.
  init(from publicFolder: String, to data: DataFolder, group: UInt32? = nil) throws {
    let folder = AssetFolder(path: data.assets, group: group)
    css = try folder.add("handover", "css", Self.joined(publicFolder + "/css", "css"))
    js = try folder.add("handover", "js", Self.joined(publicFolder + "/js", "js"))
    icon = try folder.add("handover", "svg", contents(publicFolder + "/icons/handover.svg"))
    picture = try folder.add("handover", "png", contents(publicFolder + "/icons/handover.png"))
    var media: [String: String] = [:]
    for file in ((try? FileManager.default.contentsOfDirectory(atPath: publicFolder + "/media")) ?? []) {
      let url = URL(filePath: file)
      let name = url.deletingPathExtension().lastPathComponent
      media[file] = try folder.add(name, url.pathExtension, contents("\(publicFolder)/media/\(file)"))
    }
    self.media = media
    try folder.removeOld(keeping: [css, js, icon, picture] + media.values)
  }

  private static func joined(_ folder: String, _ suffix: String) throws -> [UInt8] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .filter { $0.hasSuffix(".\(suffix)") }.flatMap { try contents("\(folder)/\($0)") }
  }
}

private struct AssetFolder {
  let path: String
  let group: UInt32?

  /// So many files of versions before are kept, the newest ones.
  private static let kept = 40

  /// Writes a file, unless it is there.
  /// - Returns: its address.
  func add(_ name: String, _ suffix: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(name).\(hex(Array(SHA256.hash(bytes).prefix(4)))).\(suffix)"
    let target = "\(path)/\(file)"
    if FileManager.default.contents(atPath: target).map({ $0.elementsEqual(bytes) }) != true
      || !isReadable(target)
    {
      // Under its name at once with all of its content: a browser would keep a part of it for a year.
      do {
        var part = try DurableFile(at: "\(path)/.part")
        if let group { try part.setGroup(group, permissions: 0o640) }
        try part.write(bytes)
        try part.publish(as: target)
      } catch { throw HandoverError("can't write \(target): \(error.reason)") }
    }
    return NginxPath.asset(file)
  }

  /// Whether nginx may read the file, which was written while its group was another one perhaps.
  private func isReadable(_ file: String) -> Bool {
    guard let group else { return true }
    var status = stat()
    return unsafe stat(file, &status) == 0 && status.st_gid == group && status.st_mode & 0o040 != 0
  }

  func removeOld(keeping addresses: [String]) throws {
    let others = try FileManager.default.contentsOfDirectory(
      at: URL(fileURLWithPath: path), includingPropertiesForKeys: [.contentModificationDateKey]
    ).filter { !addresses.contains(NginxPath.asset($0.lastPathComponent)) }
    // What a killed server was writing. This one has the folder to itself.
    for leftover in others where leftover.lastPathComponent.hasPrefix(".") {
      try? FileManager.default.removeItem(at: leftover)
    }
    let newestFirst = others.map { ($0, try? $0.resourceValues(forKeys: [.contentModificationDateKey])) }
      .sorted {
        $0.1?.contentModificationDate ?? .distantPast > $1.1?.contentModificationDate ?? .distantPast
      }
    for (old, _) in newestFirst.dropFirst(Self.kept) { try? FileManager.default.removeItem(at: old) }
  }
}

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw HandoverError("can't read \(path): \(SystemError.reason(errno))")
  }
  return Array(data)
}
