import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Commands run while the server is busy: each waits for its turn at the one write lock.
  @Suite struct CommandLoadTests {
    @Test("Commands that write and read work while a server is under load, and make no request fail")
    func commands() throws {
      let crashSite = try CrashSite(rows: 20_000, ["HANDOVER_REQUEST_THREADS": "8"])
      let site = crashSite.site
      let load = try Load(on: site, as: crashSite.demo.owner)
      for round in 1...5 {
        let copy = site.folder.appending("copy-\(round)").path
        for command in [
          ["organisation", "add", "Number \(round)"], ["organisation", "list"], ["keys", "rotate"],
          ["user", "change", crashSite.demo.user.email, "--organisation", "1", "--disable"],
          ["user", "change", crashSite.demo.user.email, "--organisation", "1", "--enable"],
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
        #expect(crashSite.ask() == 303)
        try crashSite.settle()
      }
      let statuses = load.stop()
      #expect(statuses.count > 20)
      #expect(Set(statuses) == [200])
      try crashSite.check("all of that")
      #expect(!site.logs.contains("request.failed"))
    }
  }
}
