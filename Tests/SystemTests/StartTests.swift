import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What keeps `handover serve` from starting: one clear line, exit 1, and nothing started.
  @Suite struct StartTests {
    @Test("The program needs no Swift where it runs", .enabled(if: Checkout.isRelease))
    func libraries() throws {
      let libraries = try Tool.run("ldd", [Checkout.handover]).output
      #expect(libraries.contains("libsqlite3"))
      for name in ["swift", "Foundation", "dispatch"] { #expect(!libraries.contains(name), "\(libraries)") }
    }

    @Test("Every variable that is wrong is named in one line")
    func variables() throws {
      let wrong = [
        "PORT": "99999", "HANDOVER_URL": "ftp://x", "HANDOVER_GROUP": "no-such-group",
        "HANDOVER_MAIL": "pigeon:x",
        "HANDOVER_MAIL_FROM": "nobody", "HANDOVER_EXPORTS_AT_ONCE": "0", "HANDOVER_EXPORTS_PER_DAY": "-1",
        "HANDOVER_THREADS": "many", "HANDOVER_REQUEST_THREADS": "1.5", "HANDOVER_COMPRESSION": "10",
        "HANDOVER_SUPPORT_URL": "javascript:alert(1)", "HANDOVER_LOG": "loud",
        "HANDOVER_PROXIES": "0.0.0.0/0",
        "HANDOVER_BREACHED": "/no/such/list",
      ]
      let site = try Site(wrong)
      let line = try refusal(of: site)
      for (name, value) in wrong {
        #expect(line.contains("\(name) is '\(value)'"), "\(name): \(line)")
      }
      #expect(!FileManager.default.fileExists(atPath: site.data.path))
    }

    @Test("A sendmail that is not there is a wrong variable")
    func sendmail() throws {
      let line = try refusal(of: Site(["HANDOVER_MAIL": "sendmail:/no/such/program"]))
      #expect(line.contains("HANDOVER_MAIL is 'sendmail:/no/such/program'"))
    }

    @Test("A data folder whose socket's path is longer than 107 bytes is refused before it is made")
    func longPath() throws {
      let folder = try TemporaryFolder()
      let path = folder.path + "/" + String(repeating: "a", count: 107 - folder.path.utf8.count - 15)
      let line = try refusal(of: Site(["HANDOVER_DATA": path + "b"]))
      #expect(line.contains("108 bytes"), "\(line)")
      #expect(!FileManager.default.fileExists(atPath: path + "b"))
      let longest = try Site(["HANDOVER_DATA": path])
      try longest.startServer()
      try eventually("the longest path works; \(longest.logs)") {
        FileManager.default.fileExists(atPath: path + "/handover.sock")
      }
      #expect(try longest.server?.stop() == 0)
    }

    @Test("A socket that another program answers on is left alone, and what a dead server left is replaced")
    func socket() throws {
      let site = try Site()
      try site.startServer()
      try eventually("the socket is there") { FileManager.default.fileExists(atPath: socket(of: site)) }
      let other = try Site()
      try FileManager.default.createDirectory(at: other.data, withIntermediateDirectories: true)
      try FileManager.default.linkItem(atPath: socket(of: site), toPath: socket(of: other))
      #expect(
        try refusal(of: other).contains("another server answers on \(socket(of: other)); stop it first"))
      site.server?.kill()
      #expect(FileManager.default.fileExists(atPath: socket(of: site)))
      try site.start()
      try site.stop()
      try FileManager.default.removeItem(atPath: socket(of: other))
      try Data("precious".utf8).write(to: URL(filePath: socket(of: other)))
      #expect(try refusal(of: other).contains("is in the way of the socket"))
      #expect(try Data(contentsOf: URL(filePath: socket(of: other))) == Data("precious".utf8))
    }

    @Test("A database that is newer than the program, or another program's, or none, is refused unchanged")
    func database() throws {
      let site = try Site()
      _ = try site.handover("organisation", "add", "One")
      let file = site.data.appending(path: "handover.sqlite")
      #expect(
        try Tool.run("sqlite3", [file.path, "PRAGMA user_version = 9999"])
          .succeeded)
      let newer = try Data(contentsOf: file)
      #expect(try refusal(of: site).contains("version 9999, newer than this program"))
      #expect(try Data(contentsOf: file) == newer)
      #expect(try site.handover("organisation", "list").status == 1)

      try FileManager.default.removeItem(at: file)
      #expect(
        try Tool.run("sqlite3", [file.path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)"])
          .succeeded)
      #expect(try refusal(of: site).contains("another program"))
      #expect(try site.rows("SELECT x FROM theirs") == ["1"])

      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
      try Data(repeating: 0x61, count: 50_000).write(to: file)
      #expect(try refusal(of: site).contains("is damaged, or is none; restore it from a backup"))
    }

    @Test(
      "A time zone that the system does not know is refused, with what to do, and the operator can change it")
    func zone() throws {
      let site = try Site()
      _ = try site.handover("organisation", "add", "One", "--time-zone", "Asia/Calcutta")
      #expect(try site.rows("SELECT time_zone FROM organisation") == ["Asia/Kolkata"])
      let file = site.data.appending(path: "handover.sqlite").path
      #expect(
        try Tool.run("sqlite3", [file, "UPDATE organisation SET time_zone = 'Mars/Olympus'"]).succeeded)
      let line = try refusal(of: site)
      #expect(line.contains("organisation 1 has 'Mars/Olympus'"))
      #expect(line.contains("handover organisation change --organisation 1 --time-zone ZONE"))
      let output = FileManager.default.temporaryDirectory.appending(path: "mars-\(UUID()).zip").path
      let export = try site.handover("export", "--organisation", "1", "--output", output)
      #expect(export.status == 1 && export.error.contains("'Mars/Olympus'"))
      #expect(try site.handover("organisation", "change", "--organisation", "1").status == 64)
      #expect(
        try site.handover("organisation", "change", "--organisation", "1", "--time-zone", "Asia/Tokyo").output
          == "1\tOne\n")
      try site.start()
      try site.stop()
    }

    @Test("A data folder that cannot be made or written is refused")
    func unwritable() throws {
      let folder = try TemporaryFolder()
      let closed = folder.appending("closed")
      try FileManager.default.createDirectory(
        at: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
      let inside = try Site(["HANDOVER_DATA": closed.appending(path: "data").path])
      #expect(try refusal(of: inside, asRootWithoutPower: true).contains("can't make the folder"))
      let file = folder.appending("file")
      try Data().write(to: file)
      #expect(try refusal(of: Site(["HANDOVER_DATA": file.path])).contains(file.path))
      #expect(try refusal(of: Site(["HANDOVER_DATA": "/proc/handover"])).contains("can't make the folder"))
    }

    @Test("A key file that others can read, an empty one, a broken one and a link to one are refused")
    func keys() throws {
      let site = try Site()
      #expect(try site.handover("keys", "rotate").succeeded)
      let keys = site.data.appending(path: "keys").path
      let manager = FileManager.default
      let good = try Data(contentsOf: URL(filePath: keys))
      for mode in [0o640, 0o604, 0o666] {
        try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: keys)
        #expect(try refusal(of: site).contains("chmod 600 \(keys)"))
      }
      try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys)
      try write(Data(), to: keys)
      #expect(try refusal(of: site).contains("is empty"))
      try write(good + Data("nonsense\n".utf8), to: keys)
      #expect(try refusal(of: site).contains("has no key in line"))
      try manager.removeItem(atPath: keys)
      try manager.createSymbolicLink(atPath: keys, withDestinationPath: "/etc/hostname")
      #expect(try refusal(of: site).contains("symbolic link"))
      try manager.removeItem(atPath: keys)
      try site.start()
      let mode = try manager.attributesOfItem(atPath: keys)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      try site.stop()
    }

    private func write(_ bytes: Data, to path: String) throws {
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.truncate(atOffset: 0)
      try handle.write(contentsOf: bytes)
      try handle.close()
    }

    private func socket(of site: Site) -> String { site.data.appending(path: "handover.sock").path }

    /// Starts it, expects it to end by itself, and returns what it said.
    private func refusal(of site: Site, asRootWithoutPower: Bool = false) throws -> String {
      var words = [Checkout.handover, "serve"]
      if asRootWithoutPower, geteuid() == 0 {
        words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] + words
      }
      let result = try Tool.run(
        words[0], Array(words.dropFirst()), environment: site.environment, folder: Repository.folder,
        timeout: .seconds(30))
      #expect(result.status == 1)
      #expect(result.output == "")
      #expect(result.error.hasPrefix("handover: "))
      #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
      return result.error
    }
  }
}
