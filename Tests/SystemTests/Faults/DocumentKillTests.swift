import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// SIGKILL before each durable step of the thread that takes documents in: after the restart the document is there whole
  /// or not at all, and bringing it again makes it one.
  @Suite struct DocumentKillTests {
    @Test(
      "Killed before a durable step, an upload leaves nothing half and nothing twice, and comes in when it is brought again"
    )
    func upload() throws {
      let crashSite = try CrashSite()
      let owner = crashSite.owner
      let first = try steps(of: crashSite) { _ = try owner.add([Upload("0.pdf", "counted")], to: "D-1") }
      #expect(["write", "fsync", "rename"].allSatisfy { first[$0, default: 0] > 0 }, "\(first)")
      var (documents, kills, tried) = (["0.pdf": Upload("0.pdf", "counted")], 0, 0)
      for (call, count) in first.sorted(by: { $0.key < $1.key }) {
        for number in Set([1, (count + 1) / 2, count]).sorted() {
          let step = "\(call) \(number) of \(count)"
          tried += 1
          let upload = Upload("\(tried).pdf", bytes: 100_000, seed: UInt8(tried))
          let trace = try Strace(
            crashSite.site.server, thread: "request 1", call, "signal=KILL:when=\(number)")
          let answered = try? owner.add([upload], to: "D-1").status
          let wasKilled = crashSite.site.server?.waitForEnd(.milliseconds(answered == 303 ? 0 : 2_000)) != nil
          withExtendedLifetime(trace) {}
          if wasKilled { kills += 1 }
          try crashSite.restart()
          try check(crashSite, documents, maybe: upload, mustBeThere: answered == 303, step)
          #expect(try owner.add([upload], to: "D-1").status == 303, "\(step)")
          documents[upload.name] = upload
          try check(crashSite, documents, maybe: nil, mustBeThere: false, step)
        }
      }
      #expect(kills * 2 >= tried, "\(kills) kills in \(tried) steps")
      #expect(try crashSite.site.rows("PRAGMA integrity_check") == ["ok"])
    }

    /// The rows are these, and each has its content; what lies there besides is nobody's half.
    private func check(
      _ crashSite: CrashSite, _ documents: [String: Upload], maybe: Upload?, mustBeThere: Bool, _ step: String
    ) throws {
      let site = crashSite.site
      let rows = Set(try site.rows("SELECT name || ' ' || lower(hex(sha256)) FROM document"))
      let all = Set(documents.values.map { "\($0.name) \($0.sha256)" })
      let also = maybe.map { Set(["\($0.name) \($0.sha256)"]) } ?? []
      #expect(rows == all.union(also) || rows == all && !mustBeThere, "\(step): \(rows.count)")
      #expect(try site.count("SELECT count(*) FROM document") == rows.count, "\(step)")
      try eventually("what came in half is gone after \(step): \(try site.documentFiles())") {
        try site.documentFiles().keys.allSatisfy { !$0.hasSuffix(".part") }
      }
      let files = try site.documentFiles()
      #expect(files.allSatisfy { $0.hasSuffix("/" + $1) }, "\(step): a file is not what it is called")
      for row in rows {
        #expect(files.values.contains(String(row.suffix(64))), "\(step): \(row) has no content")
      }
    }

    /// What one undisturbed upload takes.
    private func steps(of crashSite: CrashSite, _ upload: () throws -> Void) throws -> [String: Int] {
      let calls = CrashSite.durable + ["link", "linkat", "renameat2"]
      let trace = try Strace(crashSite.site.server, calls.joined(separator: ","))
      try upload()
      let counts = try trace.counts(of: crashSite.site.server)
      trace.detach()
      return counts["request 1"] ?? [:]
    }
  }
}
