import Foundation
import Testing

@testable import Handover

/// Nights of a feed that changes, held against a model that knows nothing of how the product does it.
@Suite struct NightsTests {
  /// Each night is also taken back and applied again, brought once more, and brought as it was exported; and feeds that were
  /// cut off are refused.
  @Test(
    "After each of 30 nights every cell is that of the feed, and the report says what has changed",
    arguments: [1, 2])
  func nights(seed: UInt64) throws { try play(seed: seed, nights: 30, size: 40, changes: 12) }

  @Test(
    "The same of more records in more nights", .enabled(if: isLong), arguments: [11, 12, 13, 14])
  func manyNights(seed: UInt64) throws { try play(seed: seed, nights: 120, size: 400, changes: 150) }

  private static let isLong = ProcessInfo.processInfo.environment["HANDOVER_TEST_LONG"] != nil

  private func play(seed: UInt64, nights: Int, size: Int, changes: Int) throws {
    let fixture = try ImportFixture()
    var model = FeedModel(seed: seed, size: size)
    var before = FeedModel(seed: seed, size: 0)
    var numbers: [Table.Name: [String: String]] = [:]
    var exported: [String: [UInt8]] = try fixture.tables(of: fixture.export())
    for night in 1...nights {
      let place: Comment = "seed \(seed), night \(night)"
      // Each fifth night its files name records as the last export did, which is right where none is new.
      let isByNumber =
        night % 5 == 0 && FeedModel.tables.allSatisfy { model.counts(of: $0, since: before)[0] == 0 }
      let known = numbers
      let files = model.files(calling: isByNumber ? { known[$0]?[$1] ?? "?" } : nil)
      // In one transaction, or by an edition beside the one that is seen; forth, and each third night back and forth.
      var importer = Importer(database: fixture.database, clock: ImportFixture.clock)
      if night % 2 == 0 { importer.mostInPlace = 0 }
      if night % 4 == 0 { try cutOff(files, fixture, importer, exported, place) }
      let difference = fixture.path("difference.db")
      let report = try importer.compare(
        ExportFiles(at: folder(of: files, fixture)), with: fixture.organisation, differenceAt: difference)
      #expect(try fixture.tables(of: fixture.export()) == exported, place)
      try importer.apply(differenceAt: difference, to: fixture.organisation)
      if night % 3 == 0 {
        try importer.apply(differenceAt: difference, to: fixture.organisation, back: true)
        #expect(try records(of: fixture.export(), fixture) == records(exported), place)
        // Users that were made stay, so that it is compared anew.
        _ = try importer.importFiles(
          at: folder(of: files, fixture), into: fixture.organisation, in: fixture.path(""))
      }
      for file in report.files where file.table != .users {
        let counts = [file.added, file.changed, file.gone, file.unchanged]
        #expect(counts == model.counts(of: file.table, since: before), "\(place), \(file.name)")
      }
      let zip = try fixture.export()
      let tables = try fixture.tables(of: zip)
      let differences = model.differences(from: tables, numbers: &numbers)
      try #require(differences == [], "\(place): \(differences.prefix(5))")
      // The model sees what differs.
      if report.files.contains(where: { $0.table != .users && $0.added + $0.changed + $0.gone > 0 }) {
        var others = numbers
        #expect(before.differences(from: tables, numbers: &others) != [], place)
      }
      #expect(try Verification(of: zip).problems == [], place)
      // The same once more, and as it was exported: nothing changes.
      for again in [files, tables] {
        let report = try importer.importFiles(
          at: folder(of: again, fixture), into: fixture.organisation, in: fixture.path(""))
        #expect(report.changesNothing, place)
      }
      #expect(try fixture.tables(of: fixture.export()) == tables, place)
      exported = tables
      before = model
      model.passNight(changes: changes)
    }
  }

  /// The feed was cut off: one of its files has no records. Nothing changes.
  private func cutOff(
    _ files: [String: [UInt8]], _ fixture: ImportFixture, _ importer: Importer, _ exported: [String: [UInt8]],
    _ place: Comment
  ) throws {
    for file in ["Notes.csv", "Tasks.csv", "Deals.csv"] {
      var cut = files
      // Behind the header.
      let lines = (cut[file] ?? []).split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
      cut[file] = Array(lines[0]) + [10]
      #expect(throws: (any Error).self, place) {
        _ = try importer.importFiles(
          at: folder(of: cut, fixture), into: fixture.organisation, in: fixture.path(""))
      }
      #expect(try fixture.tables(of: fixture.export()) == exported, place)
    }
  }

  private func records(of zip: String, _ fixture: ImportFixture) throws -> [String: [UInt8]] {
    try records(fixture.tables(of: zip))
  }

  /// Without the users, who stay when an import is taken back.
  private func records(_ tables: [String: [UInt8]]) -> [String: [UInt8]] {
    tables.filter { $0.key != "Users.csv" }
  }

  private func folder(of files: [String: [UInt8]], _ fixture: ImportFixture) throws -> String {
    let place = fixture.path(UUID().uuidString)
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: "\(place)/\(name)")) }
    return place
  }
}
