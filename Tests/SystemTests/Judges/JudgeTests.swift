import Foundation
import Secrets
import TestSupport
import Testing

extension SystemTests {
  /// `handover verify` and verify.html, side by side: the same verdict, in the same files. Their words may differ.
  @Suite struct JudgeTests {
    @Test("Whatever is done to an archive, the program and the page in it judge it alike")
    func alike() throws {
      let site = try Site()
      let organisation = try imported(Self.office, into: site)
      var archives: [String: ForgedArchive] = [:]
      for format in ["csv", "both", "xlsx"] {
        archives[format] = try ForgedArchive(exported(organisation, as: format, site: site))
      }
      let documents = Self.office.mapValues { $0.replacing("example.com", with: "example.org") }
      let other = try imported(documents.merging(Self.documents) { $1 }, into: site)
      archives["documents"] = try ForgedArchive(exported(other, as: "csv", "--documents", site: site))
      let page = site.data.appending(path: "verify.html")
      try Data(archives["csv"]?["verify.html"] ?? []).write(to: page)
      let judge = try PageJudge(page)
      #expect(Mutation.all.count >= 80)
      for (number, mutation) in Mutation.all.enumerated() {
        let archive = try #require(archives[mutation.format])
        // Of a name of its own: a browser tells nobody of a file that is chosen again.
        let file = site.data.appending(path: "changed\(number).zip")
        try Data(mutation.make(archive)).write(to: file)
        let program = try site.handover("verify", file.path)
        let found = program.error.split(separator: "\n").dropLast().map(String.init)
        #expect(program.succeeded == mutation.isSound, "\(mutation.name): \(program.error)")
        if let wanted = mutation.file.map(Self.printed) {
          #expect(found.contains { $0.hasPrefix(wanted) }, "\(mutation.name): \(found)")
        }
        let verdict = try judge.verdict(on: file)
        #expect(verdict.isSound == mutation.isSound, "\(mutation.name): \(verdict)")
        let names =
          archive.files.map(\.name) + [mutation.file].compactMap(\.self).filter { !$0.contains("ZIP") }
        let files = Set(found.map { line in names.first { line.hasPrefix(Self.printed($0)) } ?? "" })
        #expect(verdict.files == files, "\(mutation.name): \(verdict), not \(found)")
        #expect(try judge.browser.title != "1", "\(mutation.name)")
      }
    }

    /// A name as the program prints it: what turns the text around is a blank there.
    private static func printed(_ name: String) -> String { name.replacing("\u{202E}", with: " ") }

    @Test(
      "What the server made is whole for both, and its entry in the ledger is made anew",
      arguments: ["csv", "both"])
    func ofServer(format: String) throws {
      let site = try Site()
      let demo = try site.startWithDemo(rows: 300)
      let owner = try site.client(of: demo.owner)
      let form = [("scope", "organisation"), ("format", format)]
      #expect(try owner.submit(form, to: Site.exportPage, from: Site.exportPage).status == 303)
      try site.waitForExport("completed")
      let name = try #require(try site.exportFiles().first)
      let zip = site.data.appending(path: "exports/\(name)")
      #expect(try site.handover("verify", zip.path).succeeded)
      let archive = try ForgedArchive(zip)
      let page = site.data.appending(path: "verify.html")
      try Data(archive["verify.html"]).write(to: page)
      let judge = try PageJudge(page)
      let whole = try judge.verdict(on: zip)
      #expect(whole.isSound, "\(whole)")
      #expect(try judge.browser.find("main").text.contains("Number in the ledger"))
      for (number, change) in Self.ofEntry.enumerated() {
        for isForged in [false, true] {
          var other = archive
          for (file, old, new) in change.edits { try other.replace(old, with: new, in: file) }
          other.renewManifest()
          if isForged { try other.renewHead() }
          let file = site.data.appending(path: "changed\(number)\(isForged).zip")
          try Data(other.packed()).write(to: file)
          // A head that was made anew is told by the e-mail alone.
          let files = isForged ? change.forged : change.files
          let program = try site.handover("verify", file.path)
          let found = program.error.split(separator: "\n").dropLast().map { String($0.prefix { $0 != ":" }) }
          #expect(Set(found) == Set(files), "\(change.edits) \(isForged): \(program.error)")
          let verdict = try judge.verdict(on: file)
          #expect(
            verdict.files == Set(files) && verdict.isSound == files.isEmpty, "\(change.edits): \(verdict)")
        }
      }
    }

    /// What somebody changes in an entered ZIP; the files in which it is found, and those where the head was made anew.
    private struct EntryChange {
      let edits: [(file: String, old: String, new: String)]
      var files = ["datapackage.json"]
      var forged: [String] = []
    }

    private static let zeros = String(repeating: "0", count: 64)
    private static let ofEntry = [
      EntryChange(edits: [("datapackage.json", "\"title\" : \"Export", "\"title\" : \"Expert")]),
      EntryChange(edits: [("README.txt", "Export of", "Expert of")]),
      EntryChange(
        edits: [("README.txt", "  number 1", "  number 7")], files: ["datapackage.json", "README.txt"],
        forged: ["README.txt"]),
      EntryChange(
        edits: [("datapackage.json", "\"number\" : 1", "\"number\" : 2")], forged: ["datapackage.json"]),
      EntryChange(
        edits: [
          (
            "datapackage.json", "\"previous\" : \"\(zeros)",
            "\"previous\" : \"\(String(repeating: "a", count: 64))"
          )
        ], forged: ["datapackage.json"]),
      EntryChange(
        edits: [("datapackage.json", "\"created\" : \"2", "\"created\" : \"1")], forged: ["datapackage.json"]),
      EntryChange(
        edits: [("datapackage.json", "\"snapshot_local\" : \"", "\"snapshot_local\" : \"9")],
        forged: ["datapackage.json"]),
    ]

    /// A small office, as a new organisation.
    private func imported(_ office: [String: String], into site: Site) throws -> String {
      let added = try site.handover("organisation", "add", "Banksia Broking")
      let id = String(added.output.prefix { $0 != "\t" })
      let folder = site.data.appending(path: "office")
      for (name, text) in office {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.replacing("\n", with: "\r\n").utf8).write(to: file)
      }
      let imported = try site.handover("import", "--organisation", id, folder.path)
      #expect(imported.succeeded, "\(imported.error)")
      try FileManager.default.removeItem(at: folder)
      return id
    }

    private func exported(
      _ organisation: String, as format: String, _ options: String..., site: Site
    ) throws -> URL {
      let zip = site.data.appending(path: "\(organisation)\(format).zip")
      let export = try site.handover(
        ["export", "--organisation", organisation, "--format", format, "--output", zip.path] + options)
      #expect(export.succeeded, "\(export.error)")
      return zip
    }

    private static let documents = [
      "Documents.csv": """
      document_id,deal_id,name,bytes,sha256,added_at,state
      F-1,D-1,Payslip.pdf,3,\(hex(SHA256.hash(Array("May".utf8)))),2026-05-01T08:00:00Z,not linked
      F-2,D-1,Ratings.pdf,4,\(hex(SHA256.hash(Array("5.89".utf8)))),2026-05-01T08:00:00Z,not linked

      """,
      "Documents/D-1/Payslip.pdf": "May", "Documents/D-1/Ratings.pdf": "5.89",
    ]

    private static let office = [
      "Users.csv": """
      user_id,name,email,role,active
      U-1,Ann Lee,ann@example.com,owner,true
      U-2,Bob,bob@example.com,user,true

      """,
      "Contacts.csv": """
      contact_id,contact_type,full_name,mobile,date_of_birth,postcode,owner_id,created_at
      C-1,person,Mia King,+61 491 570 006,1980-02-29,0800,U-1,2026-05-01T08:00:00Z
      C-2,person,Leo Hart,,,2000,U-2,2026-05-01T08:00:00Z
      C-3,company,Hart & Sons,,,,U-2,2026-05-01T08:00:00Z

      """,
      "Deals.csv": """
      deal_id,deal_ref,deal_name,owner_id,loan_amount,interest_rate,loan_term_months,summary,created_at
      D-1,0042,Banksia,U-1,650000.00,5.89,360,'=1+1,2026-05-01T08:00:00Z
      D-2,,"Hart, ""House\""",U-2,,,,,2026-05-01T08:00:00Z

      """,
      "DealContacts.csv": """
      deal_id,contact_id,role,position
      D-1,C-1,primary,1
      D-1,C-2,,2

      """,
      "Notes.csv": """
      note_id,deal_id,contact_id,note_content,author_id,created_at
      N-1,D-1,C-1,Called,U-1,2026-05-01T08:00:00Z
      N-2,,C-2,"Two
      lines",U-2,2026-05-02T08:00:00Z

      """,
      "Tasks.csv": """
      task_id,deal_id,task_name,assigned_to_id,due_date,status,created_at
      T-1,D-1,Payslips,U-2,2026-06-01,open,2026-05-01T08:00:00Z
      T-2,,Ring Leo,U-1,,completed,2026-05-01T08:00:00Z

      """,
    ]
  }
}
