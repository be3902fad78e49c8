import Foundation
import Secrets
import Testing
import ZIP

@testable import Handover

/// `handover verify` against workbooks with one fault each, whose bytes, CRC-32 and SHA-256 are told anew: only a look into
/// the cells can tell.
@Suite struct WorkbookCheckTests {
  private let fixture: ImportFixture
  private static let file = DataPackage.Workbook.file

  init() throws {
    fixture = try ImportFixture()
    try fixture.importFolder(VerificationTests.office)
  }

  private struct Fault {
    let sheet: Int
    let old: String
    let new: String
    /// Where the workbook is alone; nil where nothing is wrong with it then.
    let alone: String?
    /// Beside the CSV files.
    let beside: String

    init(_ sheet: Int, _ old: String, _ new: String, alone: String?, beside: String) {
      self.sheet = sheet
      self.old = old
      self.new = new
      self.alone = alone
      self.beside = beside
    }
  }

  private static let faults = [
    Fault(
      5, ">C-1</t>", ">C-9</t>",
      alone: "DealContacts, line 3, column contact_id: C-9 is not in Contacts.csv",
      beside: "DealContacts, line 3, column contact_id: it is not what DealContacts.csv has"),
    Fault(
      3, ">Home</t>", ">Tent</t>",
      alone: "Notes, line 2, N-1, column deal_name: the cell is not what Deals.csv has for D-1",
      beside: "Notes, line 2, N-1, column deal_name: it is not what Notes.csv has"),
    Fault(
      4, ">open</t>", ">shut</t>",
      alone: "Tasks, line 2, T-1, column status: \"shut\" is not one of open, completed",
      beside: "Tasks, line 2, T-1, column status: it is not what Tasks.csv has"),
    Fault(
      2, ">C-2</t>", ">C-7</t>",
      alone: "Contacts, line 4, C-5, column contact_id: C-5 stands after C-7: rows are in the order of ids",
      beside: "Contacts, line 3, C-2, column contact_id: it is not what Contacts.csv has"),
    Fault(
      4, "<v>46144</v>", "<v>46144.5</v>",
      alone:
        "Tasks, line 2, T-1, column due_date: \"2026-05-02T12:00:00\" is not a date; write it as 2026-05-02",
      beside: "Tasks, line 2, T-1, column due_date: it is not what Tasks.csv has"),
    Fault(
      1, "<v>12000.50</v>", "<v>12000.5</v>",
      alone: "Deals, line 2, D-1, column loan_amount: it is not written as in an export",
      beside: "Deals, line 2, D-1, column loan_amount: it is not what Deals.csv has"),
    Fault(
      1, "<v>5.89</v>", "<f>2+3.89</f><v>5.89</v>",
      alone: "Deals, line 2, D-1, column interest_rate: it is not written as in an export",
      beside: "Deals, line 2, D-1, column interest_rate: it is not what Deals.csv has"),
    Fault(
      1, "s=\"1\" t=\"inlineStr\"><is><t>Car</t></is>", "><v>7</v>",
      alone: "Deals, line 3, D-2, column deal_name: it is not written as in an export",
      beside: "Deals, line 3, D-2, column deal_name: it is not what Deals.csv has"),
    Fault(
      1, "<row r=\"3\">", "<row r=\"3\" hidden=\"1\">",
      alone: "Deals, line 3, D-2, column deal_id: it is not written as in an export",
      beside: "Deals, line 3, D-2, column deal_id: it is not what Deals.csv has"),
    Fault(
      6, ">role</t>", ">duty</t>", alone: "Users, line 1: the header does not name the columns of an export",
      beside: "Users, line 1: the header is not that of an export"),
    Fault(
      6, "</sheetData>", "<row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is><t>U-9</t></is></c></row></sheetData>",
      alone: "Users, line 4, U-9, column role: the cell is empty",
      beside: "Users, line 4: the sheet does not end before this row"),
    Fault(
      2, "<v>25569</v>", "<v>25570</v>", alone: nil,
      beside: "Contacts, line 2, C-1, column date_of_birth: it is not what Contacts.csv has"),
    Fault(
      2, ">=Bea</t>", ">'=Bea</t>", alone: nil,
      beside: "Contacts, line 3, C-2, column full_name: it is not what Contacts.csv has"),
  ]

  @Test("A cell that says something else is found, with its sheet, its row and its column")
  func cells() throws {
    for format in [ArchiveFormat.both, .xlsx] {
      let zip = try fixture.export(format: format)
      #expect(try problems(zip) { _ in } == [])
      for fault in Self.faults {
        let found = try problems(zip) { parts in
          try Self.replace(fault.old, fault.new, in: "xl/worksheets/sheet\(fault.sheet).xml", &parts)
        }
        guard let wanted = format == .xlsx ? fault.alone : fault.beside else {
          #expect(found == [])
          continue
        }
        #expect(
          found.contains { $0.hasPrefix("\(Self.file), sheet \(wanted)") }, "\(format) \(wanted): \(found)")
      }
    }
  }

  @Test("Sheets that are hidden, elsewhere or beside those of an export are found, and parts too")
  func parts() throws {
    let names = "\(Self.file): its sheets are not those that datapackage.json names"
    for format in [ArchiveFormat.both, .xlsx] {
      let zip = try fixture.export(format: format)
      let book = "xl/workbook.xml"
      for (old, new) in [
        ("<sheet name=\"Notes\"", "<sheet state=\"hidden\" name=\"Notes\""), ("\"Notes\"", "\"Nates\""),
        ("</sheets>", "<sheet name=\"More\" sheetId=\"9\" r:id=\"rId1\"/></sheets>"),
      ] {
        #expect(try problems(zip) { try Self.replace(old, new, in: book, &$0) }.contains(names), "\(new)")
      }
      #expect(
        try problems(zip) { parts in
          let (notes, tasks) = (try Self.place(of: 3, in: parts), try Self.place(of: 4, in: parts))
          (parts[notes].bytes, parts[tasks].bytes) = (parts[tasks].bytes, parts[notes].bytes)
        }.contains { $0.hasPrefix("\(Self.file), sheet Notes, line 1: the header ") })
      #expect(
        try problems(zip) { $0.append(("xl/vbaProject.bin", [])) } == [
          "\(Self.file): it has a part that an export does not write: xl/vbaProject.bin"
        ])
      #expect(
        try problems(zip) { try Self.replace("0.00##", "0", in: "xl/styles.xml", &$0) } == [
          "\(Self.file): xl/styles.xml in it is not that of an export"
        ])
    }
  }

  @Test("Texts that were cut are compared as far as they go, and their list too")
  func cut() throws {
    let long = String(repeating: "🎉", count: 16_383) + "ab"
    try fixture.importFolder(["Notes.csv": "note_id,note_content\nN-1,a\nN-2,\(long)\n"])
    for format in [ArchiveFormat.both, .xlsx] {
      #expect(try Verification(of: fixture.export(format: format)).problems == [])
    }
    let zip = try fixture.export(format: .both)
    let list = "xl/worksheets/sheet7.xml"
    #expect(try problems(zip) { _ in } == [])
    #expect(
      try problems(zip) { try Self.replace("<v>32768</v>", "<v>32769</v>", in: list, &$0) } == [
        "\(Self.file): it does not list the cells whose texts were cut"
      ])
    #expect(
      try problems(zip) { try Self.replace("🎉 …", "🎈 …", in: "xl/worksheets/sheet3.xml", &$0) } == [
        "\(Self.file), sheet Notes, line 3, N-2, column note_content: it is not what Notes.csv has"
      ])
  }

  @Test("A workbook alone is told sheet by sheet")
  func sheets() throws {
    let zip = try fixture.export(format: .xlsx)
    let result = try Verification(of: zip)
    #expect(result.files.map(\.name) == Table.Name.ofAll.map(\.rawValue))
    #expect(result.files.map(\.rows) == [3, 3, 2, 1, 3, 2] && result.files.allSatisfy { $0.crc32 != 0 })
  }

  /// What is found after a change of the workbook's parts.
  private func problems(
    _ zip: String, _ change: (inout [(name: String, bytes: [UInt8])]) throws -> Void
  ) throws -> [String] {
    var files = try fixture.files(of: zip)
    let place = try #require(files.firstIndex { $0.name == Self.file })
    let packed = fixture.path("workbook.xlsx")
    try Data(files[place].bytes).write(to: URL(fileURLWithPath: packed))
    var parts = try fixture.files(of: packed)
    try change(&parts)
    files[place].bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture.zip(parts))))
    let description = try #require(files.firstIndex { $0.name == DataPackage.file })
    let former = try #require(try DataPackage(decoding: files[description].bytes).workbook)
    let entry = try #require(
      try ArchiveReader(path: fixture.zip([files[place]])).entry(named: Self.file))
    var text = String(decoding: files[description].bytes, as: UTF8.self)
    for (old, new) in [
      (former.sha256, hex(SHA256.hash(files[place].bytes))), (former.crc32, checksum(entry.summary.crc32)),
      ("\"bytes\" : \(former.bytes),", "\"bytes\" : \(files[place].bytes.count),"),
    ] {
      text.replace(old, with: new)
    }
    files[description].bytes = Array(text.utf8)
    fixture.renewManifest(of: &files)
    return try Verification(of: fixture.zip(files)).problems.map(\.description)
  }

  private static func place(
    of sheet: Int, in parts: [(name: String, bytes: [UInt8])]
  ) throws -> Int {
    try #require(parts.firstIndex { $0.name == "xl/worksheets/sheet\(sheet).xml" })
  }

  private static func replace(
    _ old: String, _ new: String, in part: String, _ parts: inout [(name: String, bytes: [UInt8])]
  ) throws {
    let place = try #require(parts.firstIndex { $0.name == part })
    let text = String(decoding: parts[place].bytes, as: UTF8.self)
    try #require(text.contains(old), "\(old)")
    parts[place].bytes = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
  }
}
