import Foundation
import Testing

@testable import Handover

@Suite("The download") struct DownloadTests {
  let fixture: ExportFixture
  let export: Export
  let target: String

  init() throws {
    fixture = try ExportFixture()
    export = try fixture.completed()
    target = try #require(try fixture.exports.links().link(of: export)?.target)
  }

  func follow(_ target: String, by user: User? = nil) throws -> DownloadOutcome {
    try fixture.exports.follow(target, to: export.id, by: user ?? fixture.office.owner)
  }

  @Test("The link leads the owner to the file, named after organisation, scope and its own day")
  func file() throws {
    guard case .file(let file) = try follow(target) else {
      Issue.record("no file")
      return
    }
    #expect(file.file == "\(export.id.rawValue).zip" && file.size == 5)
    // 09:30 on the 2nd in UTC is 19:30 in Sydney.
    #expect(file.name == "Harbour Street Finance, entire organisation, 2026-05-02.zip")
    #expect(file.sha256.count == 64)
    try fixture.database.write { _ = try $0.run("UPDATE export SET format = 'xlsx'") }
    guard case .file(let other) = try follow(target) else { throw Unexpected("no file") }
    #expect(other.name == "Harbour Street Finance, entire organisation, 2026-05-02 (Excel).zip")
  }

  @Test("The link has the form that the contract names")
  func form() {
    let pattern = /\/exports\/[0-9a-f]{32}\/download\?expires=1777800600&signature=[A-Za-z0-9_-]{43}/
    #expect(target.wholeMatch(of: pattern) != nil, "\(target)")
  }

  @Test("A change of any byte, to any of its neighbours, makes it no link")
  func everyByte() throws {
    let bytes = Array(target.utf8)
    for index in bytes.indices {
      for change in [bytes[index] ^ 1, bytes[index] ^ 0x20, UInt8(ascii: "A")] where change != bytes[index] {
        var tampered = bytes
        tampered[index] = change
        #expect(try follow(String(decoding: tampered, as: UTF8.self)) == .altered(export), "byte \(index)")
      }
      var shorter = bytes
      shorter.remove(at: index)
      #expect(
        try follow(String(decoding: shorter, as: UTF8.self)) == .altered(export), "without byte \(index)")
    }
  }

  @Test("Any other spelling is no link")
  func spellings() throws {
    let id = export.id.rawValue
    let expires = "expires=1777800600"
    let signature = "signature=" + target.suffix(43)
    for other in [
      "/exports/\(id)/download?\(signature)&\(expires)", "\(target)&", "\(target)&x=1", "\(target)=",
      "\(target)#",
      "\(target)%00", "\(target) ", "/exports/\(id)/download", "/exports/\(id)/download?", "",
      "/exports/\(id.uppercased())/download?\(expires)&\(signature)",
      "/exports/%\(String(id.utf8.first ?? 0x30, radix: 16))\(id.dropFirst())/download?\(expires)&\(signature)",
      "/exports/\(id)/download/?\(expires)&\(signature)", "//exports/\(id)/download?\(expires)&\(signature)",
      "/exports/./\(id)/download?\(expires)&\(signature)",
      "/exports/\(id)/download?\(expires)&\(expires)&\(signature)",
      "/exports/\(id)/download?expires=+1777800600&\(signature)",
      "/exports/\(id)/download?expires=01777800600&\(signature)",
      "/exports/\(id)/download?expires=1777800601&\(signature)",
      "/exports/\(id)/download?Expires=1777800600&\(signature)",
      "/exports/\(id)/download?\(expires);\(signature)", "https://handover.example\(target)",
      "/exports/\(id)/download?\(expires)&\(signature.dropLast())%41",
    ] {
      #expect(try follow(other) == .altered(export), "\(other)")
    }
  }

  @Test("The last letter of a signature has four spellings in base64url, and only one is a link")
  func lastLetter() throws {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    let accepted = try alphabet.filter { letter in
      if case .file = try follow(target.dropLast() + String(letter)) { true } else { false }
    }
    #expect(accepted == String(target.suffix(1)))
  }

  @Test("One export's signature does not fit another, nor another organisation's")
  func swapped() throws {
    let other = try fixture.completed()
    let otherTarget = try #require(try fixture.exports.links().link(of: other)?.target)
    #expect(try follow(otherTarget) == .altered(export))
    #expect(try follow(otherTarget, by: fixture.office.admin) == .notFound)
    #expect(try follow(target, by: fixture.other.owner) == .notFound)
  }

  @Test("The owner of this moment and nobody else")
  func notOwner() throws {
    #expect(try follow(target, by: fixture.office.admin) == .notOwner)
    #expect(try follow(target, by: fixture.office.user) == .notOwner)
    try fixture.database.write { try $0.users.setRole(.admin, of: fixture.office.owner) }
    #expect(try follow(target) == .notOwner)
  }

  @Test(
    "It works for 86,399 seconds, and from 86,400 on it is gone",
    arguments: [(86_399, true), (86_400, false), (86_401, false)])
  func boundary(seconds: Int, works: Bool) throws {
    fixture.pass(.seconds(seconds))
    switch try follow(target) {
    case .file: #expect(works)
    case .gone(let row): #expect(!works && row.id == export.id)
    case let outcome: Issue.record("\(outcome)")
    }
  }

  @Test("A revoked export is gone; one whose file is missing is only not there for now")
  func gone() throws {
    fixture.exports.folder.remove(export.id)
    #expect(try follow(target) == .away)
    _ = try fixture.exports.revoke(export.id, by: fixture.office.owner, from: "")
    guard case .gone(let row) = try follow(target) else { throw Unexpected("revoked") }
    #expect(row.status == .revoked)
  }

  @Test("An export that was never completed has no link")
  func uncompleted() throws {
    let id = try fixture.request()
    #expect(try fixture.exports.links().link(of: try fixture.export(id))?.target == nil)
    #expect(try fixture.exports.follow(target, to: id, by: fixture.office.owner) == .notFound)
  }

  @Test("After a rotation the link is the same text and works; new exports get the new key")
  func rotated() throws {
    try fixture.keys.rotate(now: fixture.now.rawValue, forgettingAfter: .days(2))
    #expect(try fixture.exports.links().link(of: export)?.target == target)
    guard case .file = try follow(target) else { throw Unexpected("rotated") }
    #expect(try fixture.completed().archive?.keyID != export.archive?.keyID)
  }

  @Test("A link whose key is gone is none")
  func keyGone() throws {
    try fixture.keys.rotate(now: fixture.now.rawValue)
    fixture.pass(.seconds(1))
    try fixture.keys.rotate(now: fixture.now.rawValue + 10, forgettingAfter: .seconds(1))
    try fixture.keys.rotate(now: fixture.now.rawValue + 20, forgettingAfter: .seconds(1))
    #expect(try fixture.exports.links().link(of: export)?.target == nil)
    #expect(try follow(target) == .altered(export))
  }

  @Test("A long name is cut, so that the file's name fits into 255 bytes")
  func longName() throws {
    try fixture.database.write {
      try $0.run("UPDATE organisation SET name = ?", String(repeating: "日本", count: 100))
      try $0.run("UPDATE user SET name = ?", String(repeating: "é", count: 300))
    }
    let export = try fixture.completed(.user(fixture.office.user.id))
    let target = try #require(try fixture.exports.links().link(of: export)?.target)
    guard case .file(let file) = try fixture.exports.follow(target, to: export.id, by: fixture.office.owner)
    else {
      throw Unexpected("no file")
    }
    #expect(file.name.utf8.count <= 255 && file.name.hasSuffix(", 2026-05-02.zip"))
  }

  private func receipts() throws -> Receipts {
    try fixture.database.read { try $0.downloads.receipts(of: export) }
  }

  @Test("Each download counts in a receipt, and the first one has a mail; the export's row does not change")
  func leavesReceipts() throws {
    let session = try fixture.session("a", of: fixture.office.owner)
    for part in [DownloadPart.whole, .range, .whole] {
      try fixture.exports.recordDownload(of: export, by: session, from: "198.51.100.4", part)
      fixture.pass(.minutes(30))
    }
    #expect(try receipts().count == 3 && receipts().others == 0)
    // It begins at half past nine.
    let lines = Array(try receipts().newest.reversed())
    #expect(lines.map { DownloadPart($0) } == [.whole, .range, .whole])
    #expect(lines[0].detail == "Entire organisation of 2 May 2026, 19:30:00 AEST, whole file")
    #expect(
      lines.first?.actor
        == .user(
          fixture.office.owner.id, name: "Maria Rossi", email: "owner@harbour.example",
          address: "198.51.100.4"))
    #expect(try fixture.letters().filter { $0.hasPrefix("export_downloaded") }.count == 1)
    #expect(try fixture.export(export.id) == export)
  }

  @Test(
    "The downloads of one person within an hour are one line, of whole files and in parts, with their count")
  func receiptsOfAnHour() throws {
    let (owner, admin) = (fixture.office.owner, fixture.office.admin)
    let sessions = try ["a", "b"].map { try fixture.session($0, of: owner) }
    let other = try fixture.session("c", of: admin)
    for number in 0..<200 {
      for part in DownloadPart.allCases {
        try fixture.exports.recordDownload(of: export, by: sessions[number % 2], from: "192.0.2.1", part)
      }
    }
    try fixture.exports.recordDownload(of: export, by: other, from: "192.0.2.1", .whole)
    try fixture.exports.recordDownload(of: export, by: sessions[0], from: "192.0.2.2", .whole)
    #expect(try receipts().count == 402)
    #expect(
      try receipts().newest.map { "\($0.actor.name) \($0.actor.address) \($0.times)" } == [
        "Maria Rossi 192.0.2.2 1", "Ade Okafor 192.0.2.1 1", "Maria Rossi 192.0.2.1 200",
        "Maria Rossi 192.0.2.1 200",
      ])
    fixture.pass(.minutes(30))
    try fixture.exports.recordDownload(of: export, by: sessions[0], from: "192.0.2.1", .whole)
    #expect(try receipts().newest.map(\.times) == [1, 1, 1, 200, 200])
    let again = try fixture.completed()
    try fixture.exports.recordDownload(of: again, by: sessions[0], from: "192.0.2.1", .whole)
    #expect(try receipts().count == 403, "another export has receipts of its own")
  }

  @Test("Whoever comes from ever other addresses leaves ten lines an hour, and every download counts")
  func addresses() throws {
    let session = try fixture.session("a", of: fixture.office.owner)
    for number in 1...300 {
      try fixture.exports.recordDownload(of: export, by: session, from: "2001:db8::\(number)", .whole)
    }
    try fixture.exports.recordDownload(of: export, by: session, from: "2001:db8::3", .whole)
    let lines = try fixture.database.read {
      try $0.activity.events(
        of: export.organisation, about: export.id.rawValue, .exportDownloaded, limit: 1_000)
    }
    #expect(lines.map(\.times) == [291, 1, 1, 1, 1, 1, 1, 2, 1, 1])
    #expect(try receipts().newest.count == Receipts.shown && receipts().count == 301)
    #expect(try receipts().others == 301 - 295)
  }

  @Test("A later part goes on with a download of the same session and export, for an hour")
  func continued() throws {
    let (here, there) = (
      try fixture.session("a", of: fixture.office.owner), try fixture.session("b", of: fixture.office.owner)
    )
    let other = try fixture.completed()
    func isContinued(_ export: Export, _ session: Session) throws -> Bool {
      try fixture.exports.isContinued(export, by: session)
    }
    #expect(try !isContinued(export, here))
    try fixture.exports.recordDownload(of: export, by: here, from: "", .range)
    #expect(try isContinued(export, here))
    #expect(try !isContinued(export, there) && !isContinued(other, here))
    fixture.pass(.seconds(3_599))
    #expect(try isContinued(export, here))
    fixture.pass(.seconds(1))
    #expect(try !isContinued(export, here))
    try fixture.exports.recordDownload(of: export, by: here, from: "", .range)
    fixture.pass(.seconds(-60))
    #expect(try isContinued(export, here), "the clock was set back, so it counts as begun now")
    fixture.exports.sweep()
    fixture.pass(.seconds(3_599))
    #expect(try isContinued(export, here))
    fixture.pass(.seconds(1))
    #expect(try !isContinued(export, here))
    try fixture.database.write { _ = try $0.sessions.removeAll(of: fixture.office.owner) }
    #expect(try !isContinued(export, here))
    try fixture.exports.recordDownload(of: export, by: here, from: "", .range)
    #expect(try !isContinued(export, here), "a session that has ended has begun nothing")
  }
}
