import Foundation
import Secrets
import TestSupport
import Testing
import ZIP

@testable import Handover

/// The documents themselves in an archive.
@Suite struct DocumentArchiveTests {
  let small: SmallOffice
  let office: ExportOffice

  init() throws {
    small = try SmallOffice()
    office = small.office
  }

  private var zip: String { office.folder + "/export.zip" }

  /// Adds a document of the small office, as `Documents` keeps them.
  private func add(_ id: Int, _ name: String, _ content: String, to deal: Int = 1, isRemoved: Bool = false)
    throws
  {
    let bytes = Array(content.utf8)
    let sha256 = SHA256.hash(bytes)
    try office.database.write { connection in
      try connection.run(
        """
        INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at, removed_at)
        VALUES (2, ?, ?, ?, ?, ?, 0, ?)
        """, id, deal, name, bytes.count, sha256, isRemoved ? 1 : nil)
      try connection.documents.keep(
        sha256, bytes: bytes.count, of: small.organisation.id, at: ExportOffice.now)
    }
    let path = path(of: content)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path))
  }

  private func path(of content: String) -> String {
    office.documents.folder.content(SHA256.hash(Array(content.utf8)), of: small.organisation.id)
  }

  private func export(_ scope: Scope = .organisation) throws -> Unpacked {
    try office.export(small.organisation, scope, withDocuments: true)
  }

  private func documents(_ archive: Unpacked) -> [String: String] {
    archive.files.filter { $0.key.hasPrefix("Documents/") }.mapValues { String(decoding: $0, as: UTF8.self) }
  }

  @Test("Each document is in the folder of its deal, as it was taken in, and `verify` finds all of them")
  func whole() throws {
    try add(1, "Payslip.pdf", String(repeating: "May ", count: 300_000))
    try add(2, "empty", "")
    try add(3, "=1+1.pdf", "of a user", to: 2)
    try add(4, "Gone.pdf", "without a deal", to: 99)
    try add(5, "removed.pdf", "removed", isRemoved: true)
    let archive = try export()
    #expect(
      documents(archive) == [
        "Documents/D-1 Smith, _House_/Payslip.pdf": String(repeating: "May ", count: 300_000),
        "Documents/D-1 Smith, _House_/empty": "", "Documents/D-2 =cmd/=1+1.pdf": "of a user",
        "Documents/D-99/Gone.pdf": "without a deal",
      ])
    let text = try #require(archive.report.documents?.text)
    #expect(
      text
        == "4 documents: no storage is linked, so none is copied anywhere. 4 documents are in the ZIP, in Documents/, "
        + "1.2 MB.")
    #expect(archive.text("README.txt").contains(text))
    let package = try DataPackage(decoding: archive.files[DataPackage.file] ?? [])
    #expect(package.documents == .init(files: 4, bytes: 1_200_023, missing: []))
    let verification = try Verification(of: zip)
    #expect(verification.problems == [])
    #expect(verification.documents?.files == 4 && verification.documents?.bytes == 1_200_023)
    #expect(
      archive.text("README.txt").contains(/Documents\/ +4 files  the documents themselves/))
    #expect(archive.text("README.txt").contains("Documents that nobody has added to Handover."))
    #expect(archive.names.suffix(3) == ["datapackage.json", "README.txt", Manifest.file])
  }

  @Test("Documents are stored as they are: what doesn't compress takes no time, and any program reads it")
  func stored() throws {
    try add(1, "a.pdf", String(repeating: "a", count: 600_000))
    _ = try export()
    let entry = try #require(try ArchiveReader(path: zip).entry(named: "Documents/D-1 Smith, _House_/a.pdf"))
    #expect(entry.summary.isStored && entry.summary.compressedBytes == 600_000)
    #expect(try Tool.run("unzip", ["-tq", zip]).succeeded)
  }

  @Test(
    "Names that no system takes, or that differ in case alone, are made safe; the true ones stand in the list"
  )
  func names() throws {
    for (index, name) in ["Payslip.pdf", "payslip.PDF", "../../etc/passwd", "CON", "a\u{202E}fdp.exe"]
      .enumerated()
    {
      try add(index + 1, name, "\(index)")
    }
    let archive = try export()
    #expect(
      documents(archive).keys.sorted()
        == [
          "CON", "Payslip.pdf", "_._.._etc_passwd", "a_fdp.exe", "payslip (F-2).PDF",
        ].map { "Documents/D-1 Smith, _House_/" + ($0 == "CON" ? "_CON" : $0) }.sorted())
    #expect(try archive.column("name", of: .documents)[2] == "../../etc/passwd")
    #expect(try Verification(of: zip).problems == [])
  }

  @Test("The same content twice in an organisation is there under both names")
  func twins() throws {
    try add(1, "a.pdf", "same")
    try add(2, "b.pdf", "same")
    try add(3, "a.pdf", "same", to: 2)
    #expect(try documents(export()).count == 3)
    #expect(try Verification(of: zip).problems == [])
  }

  @Test(
    "Documents under one name, under another than their own, or of another size than is listed are found",
    arguments: [
      ("a2.pdf", "a1.pdf", "the archive has two files of this name"),
      ("a2.pdf", "A1.PDF", "some systems take its name for that of another file"),
      ("a2.pdf", "a3.pdf", "it is not called as F-2 is in Documents.csv"),
      ("Smith", "Smyth", "its folder is not called as D-1 is in Deals.csv"),
    ])
  func renamed(_ old: String, _ new: String, _ problem: String) throws {
    try add(1, "a1.pdf", "one")
    try add(2, "a2.pdf", "two")
    _ = try export()
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: zip)))
    for place in bytes.indices where bytes[place...].starts(with: old.utf8) {
      bytes.replaceSubrange(place..<(place + old.utf8.count), with: new.utf8)
    }
    try Data(bytes).write(to: URL(filePath: zip))
    let name = "Documents/D-1 Smith, _House_/a2.pdf".replacing(old, with: new)
    let problems = try Verification(of: zip).problems.map(\.description)
    #expect(problems.contains("\(name): \(problem)"), "\(problems)")
    // A name that is there twice hides nothing else.
    let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    let end = bytes.count - 22
    let offset = UInt32(directory + 1000)
    for place in 0..<4 { bytes[end + 16 + place] = UInt8(truncatingIfNeeded: offset >> (8 * UInt32(place))) }
    bytes.insert(contentsOf: [UInt8](repeating: 7, count: 1000), at: directory)
    try Data(bytes).write(to: URL(filePath: zip))
    #expect(
      try Verification(of: zip).problems.first?.message
        == "The directory is damaged, or not the one that was written")
  }

  @Test("A document of another size than is listed is found")
  func size() throws {
    try add(1, "a.pdf", "seven b")
    _ = try export()
    let fixture = try ImportFixture()
    var files = try fixture.files(of: zip)
    let index = try #require(files.firstIndex { $0.name == Table.Name.documents.file })
    let list = String(decoding: files[index].bytes, as: UTF8.self)
    files[index].bytes = Array(list.replacing("a.pdf,7,", with: "a.pdf,8,").utf8)
    fixture.renewManifest(of: &files)
    let problems = try Verification(of: fixture.zip(files)).problems.map(\.description)
    #expect(
      problems.contains("Documents.csv, F-1, column bytes: it says 8, but the document has 7"), "\(problems)")
  }

  @Test("What is missing or damaged on the disk is left out and told, and all else is there")
  func lost() throws {
    for (index, content) in ["first", "missing", "damaged", "longer", "folder", "last"].enumerated() {
      try add(index + 1, "\(content).pdf", content)
    }
    // Large enough that some of it is written before it turns out to be another.
    let large = String(repeating: "large ", count: 1_000_000)
    try add(7, "large.pdf", large)
    try FileManager.default.removeItem(atPath: path(of: "missing"))
    try Data("DAMAGED".utf8).write(to: URL(filePath: path(of: "damaged")))
    try Data("longer and longer".utf8).write(to: URL(filePath: path(of: "longer")))
    try FileManager.default.removeItem(atPath: path(of: "folder"))
    try FileManager.default.createDirectory(atPath: path(of: "folder"), withIntermediateDirectories: false)
    try Data((large.dropLast() + "!").utf8).write(to: URL(filePath: path(of: large)))
    let archive = try export()
    #expect(documents(archive).values.sorted() == ["first", "last"])
    let text = try #require(archive.report.documents?.text)
    #expect(
      text.hasSuffix(
        "2 documents are in the ZIP, in Documents/, 9 bytes. 5 documents are NOT in the ZIP, since the server’s copy is missing "
          + "or damaged: F-2, F-3, F-4, F-5, F-7. Tell the operator."), "\(text)")
    let package = try DataPackage(decoding: archive.files[DataPackage.file] ?? [])
    #expect(package.documents?.missing == ["F-2", "F-3", "F-4", "F-5", "F-7"])
    #expect(try Verification(of: zip).problems == [])
  }

  @Test(
    "Where the folder of documents is away, the export fails with that reason, and nothing is called missing")
  func away() throws {
    try add(1, "a.pdf", "a")
    _ = try export()
    let folder = office.documents.folder.path
    try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let error = #expect(throws: JobFailure.self) { try export() }
    #expect(error?.reason == "The documents can’t be reached on the server at the moment.")
    #expect(error?.isFinal == false)
  }

  @Test("Without that choice there are none, and datapackage.json says nothing of them")
  func unwanted() throws {
    try add(1, "a.pdf", "a")
    let archive = try office.export(small.organisation)
    #expect(documents(archive).isEmpty)
    #expect(try DataPackage(decoding: archive.files[DataPackage.file] ?? []).documents == nil)
  }

  @Test("A user's export has those of the user's deals")
  func scope() throws {
    try add(1, "a.pdf", "a")
    try add(2, "b.pdf", "b", to: 2)
    #expect(try documents(export(.user(UserID(rawValue: 2)))).values.sorted() == ["b"])
    #expect(try Verification(of: zip).problems == [])
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let change: @Sendable (inout [(name: String, bytes: [UInt8])]) -> Void
    let problems: [String]
    var testDescription: String { problems[0] }
  }

  private static let first = "Documents/D-1 Smith, _House_/a.pdf"

  @Test(
    "`verify` finds documents that are missing, added, changed or in another deal's folder",
    arguments: [
      Fault(
        change: { $0.removeAll { $0.name == first } },
        problems: [
          "Documents.csv, F-1: the document is not in Documents/",
          "datapackage.json: it says 2 documents of 2 bytes, but there are 1 of 1",
        ]),
      Fault(
        change: { files in
          for index in files.indices where files[index].name == first { files[index].bytes = [0] }
        },
        problems: [
          "\(first): Documents.csv has no document of D-1 with this content (SHA-256)",
          "Documents.csv, F-1: the document is not in Documents/",
        ]),
      Fault(
        change: { $0.append(("Documents/D-1 x/c", [1])) },
        problems: [
          "Documents/D-1 x/c: Documents.csv has no document of D-1 with this content (SHA-256)",
          "datapackage.json: it says 2 documents of 2 bytes, but there are 3 of 3",
        ]),
      Fault(
        change: { files in
          for index in files.indices where files[index].name == first {
            files[index].name = "Documents/D-2/a.pdf"
          }
        },
        problems: [
          "Documents/D-2/a.pdf: Documents.csv has no document of D-2 with this content (SHA-256)",
          "Documents.csv, F-1: the document is not in Documents/",
        ]),
      Fault(
        change: { files in
          for index in files.indices where files[index].name == first { files[index].name = "Documents/a" }
        },
        problems: [
          "Documents/a: it is not in the folder of a deal",
          "Documents.csv, F-1: the document is not in Documents/",
        ]),
      Fault(
        change: { files in
          for index in files.indices where files[index].name == "datapackage.json" {
            files[index].bytes = Array(
              String(decoding: files[index].bytes, as: UTF8.self).replacing(
                /"missing" : \[\s*\]/, with: "\"missing\" : [\"F-1\", \"F-9\"]"
              ).utf8)
          }
        },
        problems: [
          "datapackage.json: it says that F-1 is missing, but it is there",
          "datapackage.json: it says that F-9 is missing, but there is no such document",
        ]),
    ])
  func faults(fault: Fault) throws {
    try add(1, "a.pdf", "a")
    try add(2, "b.pdf", "b", to: 2)
    let archive = try export()
    var files = archive.names.map { (name: $0, bytes: archive.files[$0] ?? []) }
    fault.change(&files)
    let problems = try withExtendedLifetime(ImportFixture()) { fixture in
      fixture.renewManifest(of: &files)
      return try Verification(of: fixture.zip(files)).problems.map(\.description)
    }
    #expect(problems == fault.problems)
  }

  @Test("Progress counts documents by their bytes, beside the rows")
  func progress() throws {
    try add(1, "a.pdf", String(repeating: "a", count: 1_000_000))
    let progress = ExportProgress()
    _ = try office.builder().build(
      small.organisation, .organisation, withDocuments: true, publishedAs: zip, progress: progress)
    let state = progress.state
    #expect(state.percent == 100 && state.documentBytes == 1_000_000 && state.documentTotal == 1_000_000)
    #expect(state.checked == office.size(of: "export.zip"))
    var half = state
    half.documentBytes = 0
    #expect(half.percent < 10)
  }
}
