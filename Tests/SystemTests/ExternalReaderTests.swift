import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Exports of every demo organisation, of one user and of an empty organisation, opened with the programs that people
  /// use.
  @Suite struct ExternalReaderTests {
    let site: Site
    let exports: [URL]

    init() throws {
      site = try Site()
      _ = try site.makeDemo(rows: 20_000)
      let added = try site.handover("organisation", "add", "Nobody & \"Nothing\"")
      let empty = try #require(added.output.split(separator: "\t").first).description
      let user = try site.rows("SELECT email FROM user WHERE organisation_id = 1 AND active = 0")[0]
      var exports: [URL] = []
      for scope in [["1"], ["2"], ["3"], [empty], ["1", "--user", user], ["1", "--contact", "C-1"]] {
        let file = site.folder.appending("export\(exports.count).zip")
        let arguments = ["export", "--output", file.path, "--organisation"] + scope
        let made = try site.handover(arguments)
        try #require(made.succeeded, "\(made.error)")
        exports.append(file)
      }
      self.exports = exports
    }

    @Test("unzip, 7z, bsdtar, zip and jar find nothing wrong")
    func archivers() throws {
      for file in exports {
        for command in [
          ["unzip", "-tq", file.path], ["7z", "t", file.path], ["zip", "-T", file.path],
          ["bsdtar", "-tvf", file.path], ["jar", "tf", file.path],
        ] {
          let result = try Tool.run(command[0], Array(command.dropFirst()))
          #expect(result.succeeded, "\(command): \(result.output) \(result.error)")
        }
        let seven = try Tool.run("7z", ["t", file.path]).output
        #expect(!seven.contains("Warning") && !seven.contains("Headers Error"), "\(seven)")
        try unpack(file)
      }
    }

    /// Three programs unpack the same files, byte for byte.
    private func unpack(_ file: URL) throws {
      let folder = try TemporaryFolder()
      for (name, program, arguments) in [
        ("a", "unzip", ["-q", file.path]), ("b", "bsdtar", ["-xf", file.path]),
        ("c", "jar", ["xf", file.path]),
      ] {
        let place = folder.appending(name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        let result = try Tool.run(program, arguments, folder: place)
        #expect(result.succeeded, "\(program): \(result.error)")
      }
      for name in ["b", "c"] {
        let difference = try Tool.run(
          "diff", ["-r", folder.appending("a").path, folder.appending(name).path])
        #expect(difference.succeeded, "\(difference.output)")
      }
    }

    @Test("Python counts the rows that the database has, and no id dangles")
    func python() throws {
      for (file, organisation) in zip(exports, 1...4) {
        let archive = try Archive(file)
        #expect(archive.names.filter { $0 != "Documents.csv" } == Archive.files)
        #expect(try archive.rows == site.counts(of: organisation))
        #expect(archive.dangling == [])
      }
      let left = try site.count("SELECT id FROM user WHERE organisation_id = 1 AND active = 0")
      let ofOne = try Archive(exports[4])
      #expect(
        try ofOne.rows.filter { !["Users.csv", "Documents.csv"].contains($0.key) }
          == site.counts(of: 1, user: left))
      #expect(ofOne.dangling == [])
      #expect(try Archive(exports[3]).rows.values.allSatisfy { $0 == 0 })
    }

    @Test("With documents every program unpacks them, and Frictionless validates Documents.csv with its keys")
    func documents() throws {
      let folder = try TemporaryFolder()
      var contents: [String: Data] = [:]
      for (name, size) in [
        ("Payslip, May.pdf", 3_000_000), ("empty.txt", 0), ("Größe 👍.csv", 5), ("Deals.csv", 9),
      ] {
        let data = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
        try data.write(to: folder.appending(name))
        contents[name] = data
      }
      let paths = contents.keys.sorted().map { folder.appending($0).path }
      let added = try site.handover(["document", "add", "--organisation", "2", "--deal", "D-1"] + paths)
      try #require(added.succeeded, "\(added.error)")
      let zip = site.folder.appending("documents.zip")
      let made = try site.handover("export", "--organisation", "2", "--documents", "--output", zip.path)
      #expect(
        made.succeeded && made.output.contains("4 documents are in the ZIP"), "\(made.output) \(made.error)")
      let verified = try site.handover("verify", zip.path)
      #expect(
        verified.succeeded && verified.output.contains("Documents/\t4 files\t3,000,014 bytes"), "\(verified)")
      for command in [
        ["unzip", "-tq", zip.path], ["7z", "t", zip.path], ["zip", "-T", zip.path],
        ["bsdtar", "-tvf", zip.path],
        ["jar", "tf", zip.path], [Checkout.python, "-m", "frictionless", "validate", zip.path, "--json"],
      ] {
        let result = try Tool.run(command[0], Array(command.dropFirst()))
        #expect(result.succeeded, "\(command): \(result.output.suffix(3_000)) \(result.error)")
      }
      try unpack(zip)
      let archive = try Archive(zip)
      #expect(archive.rows["Documents.csv"] == 4 && archive.dangling == [])
      let place = folder.appending("unpacked")
      #expect(try Tool.run("unzip", ["-q", zip.path, "-d", place.path]).succeeded)
      let deal = try #require(
        try FileManager.default.contentsOfDirectory(atPath: place.path + "/Documents").first)
      #expect(deal.hasPrefix("D-1 "))
      for (name, data) in contents {
        #expect(
          FileManager.default.contents(atPath: "\(place.path)/Documents/\(deal)/\(name)") == data, "\(name)")
      }
    }

    @Test("openpyxl, calamine and LibreOffice read from a workbook what the CSVs say, in every cell")
    func workbook() throws {
      let zip = site.folder.appending("both.zip")
      let made = try site.handover("export", "--organisation", "1", "--format", "both", "--output", zip.path)
      try #require(made.succeeded, "\(made.error)")
      #expect(try site.handover("verify", zip.path).succeeded)
      let place = try TemporaryFolder()
      let result = try Tool.run(
        Checkout.python, [Repository.appending("Tests/Readers/workbook.py").path, zip.path, place.path])
      #expect(result.succeeded, "\(result.output)\(result.error)")
      #expect(result.output.split(separator: "\n").count == 3, "\(result.output)")
    }

    @Test("Frictionless validates every file against datapackage.json")
    func frictionless() throws {
      for file in exports {
        let result = try Tool.run(Checkout.python, ["-m", "frictionless", "validate", file.path, "--json"])
        #expect(
          result.succeeded, "\(file.lastPathComponent): \(result.output.suffix(3_000)) \(result.error)")
      }
    }

    @Test("Whatever an import takes, Frictionless takes: the first and the last of each format")
    func frictionlessOfImports() throws {
      let folder = try TemporaryFolder()
      let long = String(repeating: "long text, ", count: 30_000)
      let texts = [
        "\u{1}\u{7F}", "a\rb", "a\nb\r\nc", " ", "\u{2028}\u{85}", "\u{FEFF}", "\"\"", "'=1", "null", "NaN",
        long,
      ]
      var deals =
        "deal_id,deal_name,deal_value,interest_rate,loan_term_months,settled_date,archived,created_at\n"
      for (id, text) in texts.enumerated() {
        deals += "D-\(id + 1),\"\(text.replacing("\"", with: "\"\""))\",,,,,,\n"
      }
      deals +=
        "D-9007199254740991,x,-92233720368547758.08,922337203685477.5807,-9223372036854775808,0001-01-01,true,0001-01-01T00:00:00Z\n"
      deals += "D-100,x,-0.00,-0.0001,0,9999-12-31,false,9999-12-31T23:59:59Z\n"
      try Data(deals.utf8).write(to: folder.appending("Deals.csv"))
      try Data("contact_id\nC-1\n".utf8).write(to: folder.appending("Contacts.csv"))
      try Data("deal_id,contact_id,role,position\nD-1,C-1,,9007199254740991\n".utf8)
        .write(to: folder.appending("DealContacts.csv"))
      try Data("user_id,name,email,role,active\nU-1,,,,\nU-2,\u{1F98A},a@bücher.example,owner,true\n".utf8)
        .write(to: folder.appending("Users.csv"))
      let added = try site.handover("organisation", "add", "Edges")
      let id = try #require(added.output.split(separator: "\t").first).description
      let taken = try site.handover("import", "--organisation", id, folder.path)
      try #require(taken.succeeded, "\(taken.error)")
      let zip = site.folder.appending("edges.zip").path
      #expect(try site.handover("export", "--organisation", id, "--output", zip).succeeded)
      #expect(try site.handover("verify", zip).succeeded)
      let result = try Tool.run(Checkout.python, ["-m", "frictionless", "validate", zip, "--json"])
      #expect(result.succeeded, "\(result.output.suffix(3_000)) \(result.error)")
      for (name, cell) in [("settled_date", "0000-12-31"), ("created_at", "0000-12-31T00:00:00Z")] {
        try Data("deal_id,\(name)\nD-1,\(cell)\n".utf8).write(to: folder.appending("Deals.csv"))
        let other = try site.handover("organisation", "add", "Year 0")
        let refused = try site.handover(
          "import", "--organisation", String(other.output.prefix { $0 != "\t" }), folder.path)
        #expect(
          refused.status != 0 && refused.error.contains("of the years 0001 to 9999"), "\(refused.error)")
      }
    }

    @Test("Frictionless sees a dangling id: the test above can fail")
    func frictionlessIsAwake() throws {
      let folder = try TemporaryFolder()
      #expect(try Tool.run("unzip", ["-q", exports[1].path, "-d", folder.path]).succeeded)
      let notes = folder.appending("Notes.csv")
      let text = try String(decoding: Data(contentsOf: notes), as: UTF8.self)
      let changed = text.replacing(/,D-[0-9]+,/, with: ",D-99999,", maxReplacements: 1)
      try #require(changed != text)
      try Data(changed.utf8).write(to: notes)
      let package = folder.appending("datapackage.json").path
      let result = try Tool.run(Checkout.python, ["-m", "frictionless", "validate", package])
      #expect(!result.succeeded)
    }

    @Test("LibreOffice opens every CSV with all of its rows, and finds no formula")
    func libreOffice() throws {
      for file in exports {
        let folder = try TemporaryFolder()
        #expect(try Tool.run("unzip", ["-q", file.path, "*.csv", "-d", folder.path]).succeeded)
        let rows = try Archive(file).rows
        // A control sheet with a formula shows that LibreOffice finds one.
        try Data("id,text\r\nX-1,=1+1\r\n".utf8).write(to: folder.appending("Control.csv"))
        let sheets = try Spreadsheet.open((rows.keys + ["Control.csv"]).map(folder.appending))
        #expect(sheets["Control"] == Spreadsheet.Sheet(rows: 2, formulas: 1))
        for (name, count) in rows {
          let sheet = sheets[String(name.dropLast(4))]
          #expect(
            sheet == Spreadsheet.Sheet(rows: count + 1, formulas: 0), "\(file.lastPathComponent) \(name)")
        }
      }
    }
  }
}
