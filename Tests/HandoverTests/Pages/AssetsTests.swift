import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("The files that browsers keep")
struct AssetsTests {
  let folder: TemporaryFolder
  let data: DataFolder
  let publicFolder: String

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    data = DataFolder(path: folder.file("data"))
    try data.prepare(group: nil)
    publicFolder = folder.file("Public")
    try FileManager.default.copyItem(atPath: Repository.path + "/Public", toPath: publicFolder)
  }

  private func bytes(at address: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(fileURLWithPath: data.path + address))).map { Array($0) }
  }

  @Test("Each address is a file with that content, and its name changes with the content")
  func addresses() throws {
    let first = try Assets(from: publicFolder, to: data)
    #expect(first.media.count > 5)
    for address in [first.css, first.js, first.icon, first.picture] + first.media.values {
      #expect(address.wholeMatch(of: /\/assets\/[a-z-]+\.[0-9a-f]{8}\.[a-z0-9]+/) != nil, "\(address)")
      #expect(bytes(at: address)?.isEmpty == false, "\(address)")
    }
    let before = bytes(at: first.css)
    try Data("body { color: red }".utf8).write(to: URL(fileURLWithPath: publicFolder + "/css/99-new.css"))
    let second = try Assets(from: publicFolder, to: data)
    #expect(second.css != first.css && second.js == first.js)
    #expect(bytes(at: first.css) == before)
    #expect(bytes(at: second.css).map { $0.count > before?.count ?? 0 } == true)
  }

  @Test("A file that was damaged is written again")
  func damaged() throws {
    let first = try Assets(from: publicFolder, to: data)
    let whole = bytes(at: first.js)
    try Data().write(to: URL(fileURLWithPath: data.path + first.js))
    #expect(try Assets(from: publicFolder, to: data).js == first.js)
    #expect(bytes(at: first.js) == whole)
  }

  @Test("Files of versions before stay, but not for ever")
  func versions() throws {
    var addresses: [String] = []
    for version in 0..<60 {
      try Data("/* \(version) */".utf8).write(to: URL(fileURLWithPath: publicFolder + "/css/99-new.css"))
      addresses.append(try Assets(from: publicFolder, to: data).css)
    }
    let kept = addresses.filter { bytes(at: $0) != nil }
    #expect(kept == addresses.suffix(41))
  }
}
