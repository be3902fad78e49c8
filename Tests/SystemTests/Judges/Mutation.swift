import Foundation

/// One thing that somebody has done to an archive: what `handover verify` and verify.html judge alike.
struct Mutation: Sendable {
  let name: String
  /// The file in which both find it; nil where it is the ZIP itself, or where nothing is wrong.
  let file: String?
  let isSound: Bool
  /// What the archive is written as: `csv`, `both`, or `xlsx` for a workbook alone.
  let format: String
  let make: @Sendable (ForgedArchive) throws -> [UInt8]

  init(
    _ name: String, in file: String? = nil, isSound: Bool = false, format: String = "csv",
    _ make: @escaping @Sendable (ForgedArchive) throws -> [UInt8]
  ) {
    self.name = name
    self.file = file
    self.isSound = isSound
    self.format = format
    self.make = make
  }

  /// What is left for datapackage.json and the manifest to tell.
  enum Renewal: Sendable {
    case nothing, manifest, all
  }

  /// A text in a file is another.
  static func edit(
    _ name: String, _ file: String, _ old: String, _ new: String, renewing: Renewal = .all,
    found: String? = nil, isSound: Bool = false
  ) -> Mutation {
    Mutation(name, in: isSound ? nil : found ?? file, isSound: isSound) { archive in
      var archive = archive
      try archive.replace(old, with: new, in: file)
      if renewing == .all, file.hasSuffix(".csv") { try archive.renewPackage() }
      if renewing != .nothing { archive.renewManifest() }
      return try archive.packed()
    }
  }

  /// The files are others; the manifest lists them.
  static func files(
    _ name: String, in file: String?, isSound: Bool = false, format: String = "csv",
    _ change: @escaping @Sendable (inout ForgedArchive) throws -> Void
  ) -> Mutation {
    Mutation(name, in: file, isSound: isSound, format: format) { archive in
      var archive = archive
      try change(&archive)
      archive.renewManifest()
      return try archive.packed()
    }
  }

  /// The bytes of the ZIP are others.
  static func bytes(
    _ name: String, in file: String? = nil, format: String = "csv",
    _ change: @escaping @Sendable (inout [UInt8]) -> Void
  ) -> Mutation {
    Mutation(name, in: file, format: format) { archive in
      var bytes = archive.original
      change(&bytes)
      return bytes
    }
  }
}

extension Mutation {
  /// The archive is of `JudgeTests.office`.
  static let all =
    ofCells + ofRows + ofText + ofDescription + ofReading + ofScope + ofFiles + ofBytes + ofDocuments
    + ofWorkbook(beside: true) + ofWorkbook(beside: false) + ofWorkbookAlone

  private static let ofCells: [Mutation] = [
    edit("a letter of a name", "Deals.csv", "Banksia", "Banksie", renewing: .nothing),
    edit("a letter of a name, the manifest renewed", "Deals.csv", "Banksia", "Banksie", renewing: .manifest),
    edit("a letter of a text, all renewed", "Notes.csv", "Called", "Calles", isSound: true),
    edit("a name that is not the deal's", "Notes.csv", "Banksia", "Banksie"),
    edit("a name that is not the owner's", "Deals.csv", "Ann Lee,ann@", "Ann Les,ann@"),
    edit("an address that is not the owner's", "Deals.csv", "ann@example.com", "amn@example.com"),
    edit("a list that lacks a contact", "Deals.csv", "C-1; C-2", "C-1"),
    edit("a list with another order", "Deals.csv", "C-1; C-2", "C-2; C-1"),
    edit("a list with a deal too many", "Contacts.csv", ",D-1,", ",D-1; D-2,"),
    edit("another primary contact", "DealContacts.csv", "D-1,C-2,,2", "D-1,C-2,primary,2"),
    edit("the same position twice", "DealContacts.csv", "D-1,C-2,,2", "D-1,C-2,,1"),
    edit("a link to nobody", "DealContacts.csv", "D-1,C-2,", "D-1,C-9,"),
    edit("a user who is not there", "Tasks.csv", "U-2,Bob", "U-7,Bob"),
    edit("a day that is none", "Contacts.csv", "1980-02-29", "1981-02-29"),
    edit("a time that is none", "Notes.csv", "2026-05-01T08:00:00Z", "2026-05-01T25:00:00Z"),
    edit("a time without its zone", "Notes.csv", "2026-05-01T08:00:00Z", "2026-05-01T08:00:00"),
    edit("an amount with one decimal", "Deals.csv", "650000.00", "650000.0"),
    edit("an amount with a comma", "Deals.csv", "650000.00", "\"650,000.00\""),
    edit("a rate with five decimals", "Deals.csv", "5.89", "5.89001"),
    edit("a rate with a zero at its end", "Deals.csv", "5.89", "5.890"),
    edit("a whole number that is none", "Deals.csv", ",360,", ",36O,"),
    edit("a word that is none of a list", "Tasks.csv", ",open,", ",opened,"),
    edit("a yes in the place of a true", "Users.csv", "user,true", "user,yes"),
    edit("a second owner", "Users.csv", "user,true", "owner,true"),
    edit("an id with a zero in front", "Notes.csv", "N-1,", "N-01,"),
    edit("an id of another kind", "Notes.csv", "N-1,", "D-1,"),
    edit("no id", "Notes.csv", "N-1,", ","),
  ]

  private static let ofRows: [Mutation] = [
    files("a row less, said by nobody", in: "Notes.csv") { archive in
      archive["Notes.csv"] = lines(archive, "Notes.csv") { $0.removeLast() }
      try archive.renewPackage()
    },
    files("a row twice", in: "Notes.csv") { archive in
      archive["Notes.csv"] = lines(archive, "Notes.csv") { $0.append($0[$0.count - 1]) }
      try archive.renewPackage()
      try archive.changeResource("Notes.csv") { $0["rows"] = ($0["rows"] as? Int ?? 0) + 1 }
      try archive.changePackage { $0["rows"] = ($0["rows"] as? Int ?? 0) + 1 }
    },
    files("two rows that have changed places", in: "Tasks.csv") { archive in
      archive["Tasks.csv"] = lines(archive, "Tasks.csv") { $0.swapAt(1, 2) }
      try archive.renewPackage()
    },
    files("a contact's row gone, with its counts", in: "DealContacts.csv") { archive in
      archive["Contacts.csv"] = lines(archive, "Contacts.csv") { $0.remove(at: 1) }
      try archive.renewPackage()
      try archive.changeResource("Contacts.csv") { $0["rows"] = ($0["rows"] as? Int ?? 0) - 1 }
      try archive.changePackage { $0["rows"] = ($0["rows"] as? Int ?? 0) - 1 }
    },
  ]

  private static let ofText: [Mutation] = [
    edit("no byte order mark", "Deals.csv", "\u{FEFF}", ""),
    edit("a line that ends with LF alone", "Deals.csv", "\r\n", "\n"),
    edit("quotes that nothing asks for", "Notes.csv", "Banksia", "\"Banksia\""),
    edit("a formula without its mark", "Deals.csv", "'=1+1", "=1+1"),
    edit("a mark that nothing asks for", "Notes.csv", "Called", "'Called"),
    edit("a column with another name", "Deals.csv", "deal_ref", "deal_reference"),
    edit("a cell too many", "Notes.csv", "N-1,", "N-1,,"),
    edit("a quote that stays open", "Tasks.csv", "T-1,", "\"T-1,"),
    files("bytes that are not UTF-8", in: "Notes.csv") { archive in
      guard let place = archive["Notes.csv"].firstRange(of: Array("Called".utf8)) else { return }
      archive["Notes.csv"][place.lowerBound] = 0xFF
      try archive.renewPackage()
    },
  ]

  private static let ofDescription: [Mutation] = [
    edit("a description that is not JSON", "datapackage.json", "{", "["),
    edit("created at another moment", "datapackage.json", "\"created\" : \"2", "\"created\" : \"1"),
    edit("a local time of no zone", "datapackage.json", "_local\" : \"", "_local\" : \"1"),
    edit("a description without its files", "datapackage.json", "\"resources\"", "\"resourcez\""),
    package("rows that are not there", "Deals.csv") { $0["rows"] = 7 },
    package("other bytes", "Deals.csv", found: "Deals.csv") { $0["bytes"] = 7 },
    package("another CRC-32", "Deals.csv", found: "Deals.csv") { $0["crc32"] = "00000000" },
    package("another SHA-256", "Deals.csv", found: "Deals.csv") {
      $0["sha256"] = String(repeating: "0", count: 64)
    },
    package("no SHA-256 of a file", "Deals.csv") { $0["sha256"] = nil },
    package("a file of another name", "Deals.csv") { $0["path"] = "Deal.csv" },
    package("a schema without keys", "Notes.csv") { resource in
      var schema = resource["schema"] as? [String: Any]
      schema?["foreignKeys"] = []
      resource["schema"] = schema
    },
    files("another sum of rows", in: "datapackage.json") {
      try $0.changePackage { $0["rows"] = 1 }
    },
    files("one contact, but not whose", in: "datapackage.json") {
      try $0.changePackage { $0["scope"] = ["type": "contact"] }
    },
    manifest("a line of the manifest is another") { lines in
      lines[1] = String(repeating: "0", count: 64) + lines[1].dropFirst(64)
    },
    manifest("a line of the manifest is missing") { $0.remove(at: 0) },
    manifest("a line of the manifest stands twice") { $0.insert($0[2], at: 0) },
    manifest("a line of the manifest is none") { $0.insert("Deals.csv", at: 1) },
    manifest("a manifest of a file that is not there") { $0[0] += "x" },
    manifest("a manifest in another order") { $0.swapAt(0, 1) },
    package("a file that is said to be of HTML", "Deals.csv") { $0["mediatype"] = "text/html" },
    package("a file that is said to be Latin", "Deals.csv") { $0["encoding"] = "iso-8859-1" },
    package("a file that is said to be JSON", "Deals.csv") { $0["format"] = "json" },
    package("a file that is said to be no table", "Deals.csv") { $0["type"] = "file" },
    package("a title of another file", "Deals.csv") { $0["title"] = "Notes" },
    package("a name of another file", "Deals.csv") { $0["name"] = "notes" },
    package("a dialect without a header", "Deals.csv") { resource in
      var dialect = resource["dialect"] as? [String: Any]
      dialect?["header"] = false
      resource["dialect"] = dialect
    },
    edit("another profile", "datapackage.json", "profiles/2.0", "profiles/9.0"),
    edit("another name of the whole", "datapackage.json", "\"handover-export\"", "\"export\""),
  ]

  /// What programs would read in different ways.
  private static let ofReading: [Mutation] = [
    json("a member that stands twice", rows, rows + " 1,\n " + rows),
    json("a member that stands twice, once in another spelling", rows, "\"r\\u006fws\" : 1,\n " + rows),
    json("a byte order mark in JSON", "{", "\u{FEFF}{"),
    json("a comma too many", "\n}", ",\n}"),
    json("a comment in JSON", "{", "// all\n{"),
    json("half of a character", "\"title\" : \"", "\"title\" : \"\\ud800"),
    json("a number with a zero in front", rows, rows + " 0"),
    json("a number with a fraction", rows, "\"x\" : 1.0,\n " + rows),
    json("a number that is negative", rows, "\"x\" : -1,\n " + rows),
    json("a number beyond those that are exact", rows, "\"x\" : 9007199254740992,\n " + rows),
    json(
      "lists in lists in lists", rows,
      "\"x\" : " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + ",\n " + rows),
    json(
      "a member that nobody knows", rows, "\"x\" : [9007199254740991, {\"y\" : null}],\n " + rows,
      isSound: true),
    files("JSON in UTF-16", in: "datapackage.json") { archive in
      let text = archive.text("datapackage.json")
      archive["datapackage.json"] = Array(text.data(using: .utf16) ?? Data())
    },
  ]

  private static let rows = "\"rows\" :"

  private static func json(_ name: String, _ old: String, _ new: String, isSound: Bool = false) -> Mutation {
    edit(name, "datapackage.json", old, new, isSound: isSound)
  }

  private static let ofScope: [Mutation] = [
    scope("a scope that is none", ["type": "galaxy"]),
    scope("a scope that hides another line", ["type": "organisation\nsnapshot: x"]),
    scope("one user, but not which", ["type": "user"]),
    scope("one user who is a contact too", ["type": "user", "user_id": "U-1", "contact_id": "C-1"]),
    scope("everything, and a user", ["type": "organisation", "user_id": "U-1"]),
    scope("one user, who has not all of the deals", ["type": "user", "user_id": "U-1"], found: "Deals.csv"),
    scope("one user, who is not there", ["type": "user", "user_id": "U-9"], found: "Users.csv"),
  ]

  private static func scope(
    _ name: String, _ scope: [String: String], found: String = "datapackage.json"
  ) -> Mutation {
    files(name, in: found) { try $0.changePackage { $0["scope"] = scope } }
  }

  /// Of Payslip.pdf and Ratings.pdf, both on the deal Banksia.
  private static let ofDocuments: [Mutation] = [
    files("documents, and nothing changed", in: nil, isSound: true, format: "documents") { _ in },
    bytes("two documents of one name", in: document, format: "documents") {
      rename(&$0, "Ratings.pdf", "Payslip.pdf")
    },
    bytes(
      "two documents whose names differ in case alone", in: "Documents/D-1 Banksia/PAYSLIP.PDF",
      format: "documents"
    ) { rename(&$0, "Ratings.pdf", "PAYSLIP.PDF") },
    document("a document with another name", "Documents/D-1 Banksia/evil.exe"),
    document("a document with a name that Windows keeps", "Documents/D-1 Banksia/CON"),
    document("a document whose name turns the text around", "Documents/D-1 Banksia/\u{202E}fdp.pilsyaP"),
    document("a document with the number of another", "Documents/D-1 Banksia/Payslip (F-2).pdf"),
    document("a document with its own number", "Documents/D-1 Banksia/Payslip (F-1).pdf", isSound: true),
    document("a document in a folder with other words", "Documents/D-1 Waratah/Payslip.pdf"),
    document("a document in the folder of another deal", "Documents/D-2 Hart, _House_/Payslip.pdf"),
    document("a document in no folder of a deal", "Documents/Payslip.pdf"),
    files("a document that is missing", in: "Documents.csv", format: "documents") { $0.remove(document) },
    files("a document of other bytes than are listed", in: "Documents.csv", format: "documents") {
      try $0.replace("Payslip.pdf,3,", with: "Payslip.pdf,4,", in: "Documents.csv")
      try $0.renewPackage()
    },
    files("a document that says something else", in: document, format: "documents") {
      $0[document] = Array("Mai".utf8)
    },
  ]

  private static let document = "Documents/D-1 Banksia/Payslip.pdf"

  private static func document(_ name: String, _ new: String, isSound: Bool = false) -> Mutation {
    files(name, in: isSound ? nil : new, isSound: isSound, format: "documents") { archive in
      for place in archive.files.indices where archive.files[place].name == document {
        archive.files[place].name = new
      }
    }
  }

  private static let ofFiles: [Mutation] = [
    files("a file is missing", in: "Notes.csv") { $0.remove("Notes.csv") },
    files("README.txt is missing", in: "README.txt") { $0.remove("README.txt") },
    files("the description is missing", in: "datapackage.json") { $0.remove("datapackage.json") },
    files("the manifest is missing", in: "manifest-sha256.txt") { $0.remove("manifest-sha256.txt") },
    files("a file that differs from another in case", in: "deals.csv") {
      $0.files.append(("deals.csv", $0["Deals.csv"]))
    },
    files("a file too many", in: "Extra.csv") { $0.files.append(("Extra.csv", Array("a,b\r\n".utf8))) },
    edit(
      "another README.txt", "README.txt", "Export of", "Expert of", renewing: .nothing,
      found: "manifest-sha256.txt"),
    files("scripts in cells, which nothing runs", in: nil, isSound: true) { archive in
      try archive.replace(
        "Called", with: "<img src=x onerror=document.title=1><script>document.title=1</script>",
        in: "Notes.csv")
      try archive.renewPackage()
    },
    files("a script as a file's name", in: "<script>document.title=1<_script>") {
      $0.files.append(("<script>document.title=1<_script>", []))
    },
  ]

  private static let ofBytes: [Mutation] = [
    bytes("a bit in what is packed", in: "Deals.csv") { $0[200] ^= 1 },
    bytes("a bit of the first header") { $0[10] ^= 1 },
    bytes("a bit of the directory") { bytes in
      if let place = bytes.lastRange(of: [0x50, 0x4B, 1, 2])?.lowerBound { bytes[place + 12] ^= 1 }
    },
    bytes("a size of the directory that is a bomb's") { bytes in
      if let place = bytes.firstRange(of: [0x50, 0x4B, 1, 2])?.lowerBound { bytes[place + 26] = 0x7F }
    },
    bytes("its last hundred bytes are gone") { $0.removeLast(100) },
    bytes("its second half is gone") { $0.removeLast($0.count / 2) },
    bytes("bytes behind it") { $0 += Array("behind".utf8) },
    bytes("bytes in front of it") { $0.insert(contentsOf: Array("front".utf8), at: 0) },
    bytes("a name that leads out", in: "../ADM.txt") { rename(&$0, "README.txt", "../ADM.txt") },
    bytes("a name that begins at the root", in: "/EADME.txt") { rename(&$0, "README.txt", "/EADME.txt") },
    bytes("two files of one name") { rename(&$0, "Deals.csv", "Users.csv") },
    bytes("a link in the place of a file", in: "Deals.csv") { bytes in
      if let place = bytes.firstRange(of: [0x50, 0x4B, 1, 2])?.lowerBound { bytes[place + 41] = 0xA1 }
    },
    // In the place of a field that says nothing, behind the name.
    bytes("a second name in front of a file", in: "Deals.csv") { bytes in
      let place = 30 + "Deals.csv".utf8.count
      bytes.replaceSubrange(place..<place + 2, with: [0x75, 0x70])
    },
    bytes("a second name in the directory", in: "Deals.csv") { bytes in
      guard let record = bytes.firstRange(of: [0x50, 0x4B, 1, 2])?.lowerBound else { return }
      let place = record + 46 + "Deals.csv".utf8.count
      bytes.replaceSubrange(place..<place + 2, with: [0x75, 0x70])
    },
    bytes("two files of one name, and bytes behind the archive") { bytes in
      rename(&bytes, "Deals.csv", "Users.csv")
      bytes += Array("behind".utf8)
    },
    bytes("nothing") { $0 = [] },
    bytes("a text") { $0 = Array("Deals, contacts, notes and tasks\n".utf8) },
    Mutation("the ZIP of somebody else", in: "This ZIP is not an export") { archive in
      var other = archive
      other.files = [("holiday.txt", Array("Sun".utf8))]
      return try other.packed()
    },
  ]

  private static func package(
    _ name: String, _ file: String, found: String = "datapackage.json",
    _ change: @escaping @Sendable (inout [String: Any]) -> Void
  ) -> Mutation {
    files(name, in: found) { try $0.changeResource(file, change) }
  }

  private static func manifest(
    _ name: String, isSound: Bool = false, _ change: @escaping @Sendable (inout [String]) -> Void
  ) -> Mutation {
    let file = "manifest-sha256.txt"
    return Mutation(name, in: isSound ? nil : file, isSound: isSound) { archive in
      var archive = archive
      var lines = archive.text(file).components(separatedBy: "\n")
      change(&lines)
      archive[file] = Array(lines.joined(separator: "\n").utf8)
      return try archive.packed()
    }
  }

  private static func lines(
    _ archive: ForgedArchive, _ file: String, _ change: (inout [String]) -> Void
  ) -> [UInt8] {
    var lines = archive.text(file).components(separatedBy: "\r\n")
    lines.removeLast()
    change(&lines)
    return Array(lines.map { $0 + "\r\n" }.joined().utf8)
  }

  /// In all headers.
  private static func rename(_ bytes: inout [UInt8], _ old: String, _ new: String) {
    let (old, new) = (Array(old.utf8), Array(new.utf8))
    for place in bytes.indices where bytes[place] == old[0] && bytes[place...].starts(with: old) {
      for offset in new.indices { bytes[place + offset] = new[offset] }
    }
  }
}

extension [UInt8] {
  fileprivate func firstRange(of wanted: [UInt8]) -> Range<Int>? {
    indices.first { self[$0...].starts(with: wanted) }.map { $0..<($0 + wanted.count) }
  }

  fileprivate func lastRange(of wanted: [UInt8]) -> Range<Int>? {
    indices.last { self[$0...].starts(with: wanted) }.map { $0..<($0 + wanted.count) }
  }
}
