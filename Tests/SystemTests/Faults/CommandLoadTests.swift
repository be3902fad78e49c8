import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The small commands beside a server that is busy: each takes its turn at the one lock for writing.
  @Suite struct LoadedTests {
    @Test("Commands that write and read work beside a server under load, and no request fails of them")
    func commands() throws {
      let patient = try Patient(rows: 20_000, ["HANDOVER_REQUEST_THREADS": "8"])
      let site = patient.site
      let load = try Load(on: site, as: patient.demo.owner)
      for round in 1...5 {
        let copy = site.folder.appending("copy-\(round)").path
        for command in [
          ["organisation", "add", "Number \(round)"], ["organisation", "list"], ["keys", "rotate"],
          ["user", "change", patient.demo.user.email, "--organisation", "1", "--disable"],
          ["user", "change", patient.demo.user.email, "--organisation", "1", "--enable"],
          ["export", "--organisation", "1", "--output", "\(copy).zip"], ["backup", copy],
        ] {
          let result = try site.handover(command)
          #expect(result.status == 0, "\(command): \(result.error)")
        }
        let added = try site.handover(
          "user", "add", "--organisation", "1", "--name", "Number \(round)", "--email",
          "n\(round)@new.example",
          "--role", "user", input: "a long enough password\n")
        #expect(added.status == 0, "\(added.error)")
        let sound = try Tool.run("sqlite3", [copy, "PRAGMA integrity_check"])
        #expect(sound.output == "ok\n")
        #expect(try site.handover("verify", "\(copy).zip").status == 0)
        #expect(patient.ask() == 303)
        try patient.settle()
      }
      let statuses = load.stop()
      #expect(statuses.count > 20)
      #expect(Set(statuses) == [200])
      try patient.check("all of that")
      #expect(!site.logs.contains("request.failed"))
    }
  }
}
