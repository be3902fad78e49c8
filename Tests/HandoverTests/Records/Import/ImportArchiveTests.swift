import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite struct ImportArchiveTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  private let deals = Array("deal_id\nD-1\n".utf8)

  @Test("The order of the files in a ZIP makes no difference")
  func order() throws {
    let report = try fixture.importFiles(
      at: fixture.zip([
        ("README.txt", []), ("Notes.csv", Array("note_id,deal_id,author_id\nN-1,D-1,U-1\n".utf8)),
        ("datapackage.json", []), ("DealContacts.csv", Array("deal_id,contact_id\nD-1,C-1\n".utf8)),
        ("Deals.csv", deals), ("Contacts.csv", Array("contact_id\nC-1\n".utf8)),
        ("Users.csv", Array("user_id\nU-1\n".utf8)),
      ]))
    #expect(report.files.map(\.table) == [.deals, .contacts, .notes, .dealContacts, .users])
  }

  @Test("Files may lie in a folder, beside those that macOS adds")
  func folder() throws {
    try fixture.importFiles(
      at: fixture.zip([
        ("export/Deals.csv", deals), ("__MACOSX/export/._Deals.csv", [0, 5]), ("export/.DS_Store", [0]),
        ("export/notes from Ann.pdf", [1]),
      ]))
    #expect(try fixture.rows("SELECT deal_id FROM deal") == ["1"])
  }

  @Test("Two sets of files are refused")
  func twoSets() throws {
    let zip = try fixture.zip([("Deals.csv", deals), ("old/Deals.csv", deals)])
    let problems = try fixture.refusal { try fixture.importFiles(at: zip) }
    #expect(
      problems == ["\(zip): there are files of an export at its root and in old/; leave one set of them"])
  }

  @Test("A CSV under another name is known by its columns, and else not silently skipped")
  func otherNames() throws {
    let zip = try fixture.zip([("Deals.csv", deals), ("rates.csv", Array("bank\nx\n".utf8))])
    let problems = try fixture.refusal { try fixture.importFiles(at: zip) }
    #expect(problems.count == 1 && problems[0].hasPrefix("rates.csv: the file is none of Deals.csv"))
    try fixture.importFiles(at: fixture.zip([("Deal.csv", deals)]))
    #expect(try fixture.rows("SELECT deal_id FROM deal") == ["1"])
  }

  @Test("Without any file of an export nothing is imported")
  func noFiles() throws {
    let problems = try fixture.refusal(of: ["README.txt": "Hello"])
    #expect(problems.count == 1 && problems[0].contains("there is none of the files Deals.csv, Contacts.csv"))
  }

  @Test("Names that leave the folder are refused")
  func escapingNames() throws {
    let zip = try fixture.zip([("Deals.csv", deals), ("xx/Notes.csv", Array("note_id\n".utf8))])
    try replace("xx/Notes.csv", with: "../Notes.csv", in: zip)
    let problems = try fixture.refusal { try fixture.importFiles(at: zip) }
    #expect(problems == ["../Notes.csv: The name leads out of its folder or is not in its shortest form"])
  }

  @Test("A file that is neither a ZIP nor a CSV of an export is refused, and so is half a ZIP")
  func noZIP() throws {
    let plain = fixture.path("plain.bin")
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: plain))
    #expect(
      try fixture.refusal { try fixture.importFiles(at: plain) }.first?.contains("the file is none of")
        == true)
    let zip = try fixture.zip([("Deals.csv", deals)])
    try Data(contentsOf: URL(fileURLWithPath: zip)).dropLast(10).write(to: URL(fileURLWithPath: plain))
    #expect(try fixture.refusal { try fixture.importFiles(at: plain) }.first?.contains("cut off") == true)
  }

  @Test("An entry larger than its directory says is refused at the first extra byte")
  func largerThanDeclared()
    throws
  {
    // 1 GB of valid rows is what a bomb would unpack to; here the headers say 100 bytes of some more.
    let rows = "deal_id\n" + (1...10_000).map { "D-\($0)\n" }.joined()
    let zip = try fixture.zip([("Deals.csv", Array(rows.utf8))])
    try replace(UInt32(rows.utf8.count), with: 100, in: zip)
    let problems = try fixture.refusal { try fixture.importFiles(at: zip) }
    #expect(problems == ["Deals.csv: The content is larger than the directory says"])
  }

  @Test("Two entries whose claims add up to more than 64 bits are refused, by import and by verify")
  func impossibleSum() throws {
    // Headers of ours with ZIP64 sizes of 2^63 - 1 over two compressed bytes.
    let zip = fixture.path("claims.zip")
    let claim: [UInt8] = [UInt8](repeating: 0xFF, count: 7) + [0x7F]
    let two: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0]
    let zip64 = [1, 0, 16, 0] + claim + two
    func common(_ name: String) -> [UInt8] {
      let sizes = [UInt8](repeating: 0xFF, count: 8)
      return [45, 0, 0, 8, 8, 0, 0, 0, 0x21, 0, 0, 0, 0, 0] + sizes + [UInt8(name.utf8.count), 0, 20, 0]
    }
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for name in ["Deals.csv", "Notes.csv"] {
      let offset = UInt8(bytes.count)
      directory +=
        [0x50, 0x4B, 1, 2, 45, 3] + common(name) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, offset, 0, 0, 0]
      directory += Array(name.utf8) + zip64
      bytes += [0x50, 0x4B, 3, 4] + common(name) + Array(name.utf8) + zip64 + [3, 0]
    }
    let end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 2, 0, 2, 0]
    bytes += directory + end + [UInt8(directory.count), 0, 0, 0, UInt8(bytes.count), 0, 0, 0, 0, 0]
    try Data(bytes).write(to: URL(fileURLWithPath: zip))
    let problem = "Deals.csv: The entry claims to be larger than its compressed bytes can be"
    #expect(try fixture.refusal { try fixture.importFiles(at: zip) } == [problem])
    #expect(try Verification(of: zip).problems.map(\.description) == [problem])
  }

  @Test("Files with holes whose sizes add up to more than 64 bits are refused for what is in them")
  func holes() throws {
    let memory = try TemporaryFolder(inMemory: true)
    for name in ["Deals.csv", "Notes.csv"] {
      let file = unsafe open(memory.file(name), O_WRONLY | O_CREAT, 0o600)
      defer { close(file) }
      // Not every disk has room for such a hole.
      for size in [Int.max, 1 << 62, 1 << 43] where ftruncate(file, size) == 0 { break }
    }
    let problems = try fixture.refusal { try fixture.importFiles(at: memory.path) }
    #expect(problems.count == 2 && problems.allSatisfy { $0.contains("NUL") }, "\(problems)")
  }

  @Test("A gigabyte without a line break is refused at 16 MiB")
  func bomb() throws {
    let zip = try bomb(of: 1 << 30)
    let size = try FileManager.default.attributesOfItem(atPath: zip)[.size] as? Int ?? .max
    #expect(size < 8 << 20)
    let problems = try fixture.refusal { try fixture.importFiles(at: zip) }
    #expect(
      problems.count == 1 && problems[0].hasPrefix("Notes.csv, line 2, column 5: The field is larger than"))
  }

  @Test("Damaged content is refused after all its rows were read")
  func damaged() throws {
    let rows = "note_id,note_content\n" + (1...1_000).map { "N-\($0),Text \($0)\n" }.joined()
    let zip = try fixture.zip([("Notes.csv", Array(rows.utf8))])
    // In local header and directory, so that only the content can tell.
    let crc = try checksum(of: zip)
    try replace(crc, with: crc ^ 1, in: zip)
    let problems = try fixture.refusal { try fixture.importFiles(at: zip) }
    #expect(problems == ["Notes.csv: The content does not have the CRC-32 of the directory"])
  }

  private func bomb(of size: Int) throws -> String {
    let block = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    return try fixture.zip(
      "Notes.csv", Array("note_id,note_content\nN-1,".utf8), thenTimes: size / block.count, block)
  }

  private func checksum(of zip: String) throws -> UInt32 {
    // The local header's, at offset 14 (APPNOTE 4.3.7).
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: zip)))
    return bytes[14..<18].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private func replace(_ old: UInt32, with new: UInt32, in zip: String) throws {
    func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    try replace(bytes(old), with: bytes(new), in: zip)
  }

  private func replace(_ old: String, with new: String, in zip: String) throws {
    try replace(Array(old.utf8), with: Array(new.utf8), in: zip)
  }

  /// In the two headers.
  private func replace(_ old: [UInt8], with new: [UInt8], in zip: String) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: zip)))
    let places = bytes.indices.filter { bytes[$0...].starts(with: old) }
    #expect(places.count == 2)
    for place in places { bytes.replaceSubrange(place..<(place + old.count), with: new) }
    try Data(bytes).write(to: URL(fileURLWithPath: zip))
  }
}
