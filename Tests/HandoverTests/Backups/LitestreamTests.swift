import Foundation
import Glibc
import SQLite
import TestSupport
import Testing

@testable import Handover

/// A program that answers as Litestream does, and its configuration.
private final class Stage {
  let folder: TemporaryFolder
  let environment: [String: String]

  /// - Parameter body: of the shell, for `restore`, with the file that it asks for in `$out`.
  init(_ body: String = "exit 1", version: String = "0.5.17") throws {
    folder = try TemporaryFolder()
    environment = [
      "PATH": "\(folder.path):/usr/bin:/bin", "LITESTREAM_CONFIG": folder.file("litestream.yml"),
    ]
    try "dbs: []".write(toFile: folder.file("litestream.yml"), atomically: true, encoding: .utf8)
    let script = """
      if [ "$1" = version ]; then echo "\(version)"; exit; fi
      echo "$@" >"\(folder.file("asked"))"
      for word; do [ "$last" = -o ] && out=$word; last=$word; done
      \(body)
      """
    try folder.program("litestream", script)
  }

  /// What came last with `restore`.
  func asked() throws -> String { try String(contentsOfFile: folder.file("asked"), encoding: .utf8) }

  func refusal(asOf time: UnixTime? = nil, patience: Duration = .seconds(60)) -> String {
    var litestream = Litestream(environment)
    litestream.patience = patience
    do {
      try litestream.restore("/srv/handover.sqlite", asOf: time, to: folder.file("out"))
      return "it did not fail"
    } catch { return words(for: error) }
  }
}

@Suite("Litestream, asked for its copy") struct LitestreamTests {
  @Test("Versions that can be relied on, and those that can't")
  func versions() throws {
    for version in ["0.5.17", "v0.5.17\n", "0.5.18", "0.6.0", "1.0", "0.10.0"] {
      #expect(Litestream.problem(withVersion: version) == nil, "\(version)")
    }
    for version in ["0.5.16", "0.5.9", "v0.3.13", "0.5.17-rc.1", "(development build)", ""] {
      #expect(Litestream.problem(withVersion: version) != nil, "\(version)")
    }
    #expect(try Stage(version: "0.5.9").refusal().contains("Litestream 0.5.9 may lose data"))
    #expect(try Stage(version: "0.5.9").refusal().contains("install 0.5.17 or later"))
  }

  @Test("handover check names one that is too old, or not installed, where it is to be used")
  func check() throws {
    let stage = try Stage(version: "0.5.16")
    let replicating = ["HANDOVER_DATA": stage.folder.file("data"), "HANDOVER_REPLICATION": "litestream"]
    func problems(_ environment: [String: String]) throws -> [String] {
      try Application.wrongVariables(in: environment.merging(replicating) { $1 })
    }
    #expect(try problems(stage.environment).first?.contains("Litestream 0.5.16 may lose data") == true)
    #expect(try problems(["PATH": "/nowhere"]).first?.contains("Litestream is not installed") == true)
    let current = try Stage()
    #expect(try problems(current.environment) == [])
    _ = current.folder
    let without = stage.environment.merging(["HANDOVER_DATA": stage.folder.file("data")]) { $1 }
    #expect(try Application.wrongVariables(in: without) == [])
  }

  @Test("What keeps it from restoring is said in words that help")
  func refusals() throws {
    let stage = try Stage("echo 'Error: no matching backup files available' >&2; exit 1")
    #expect(stage.refusal() == "the store of the copy elsewhere has nothing")
    #expect(
      stage.refusal(asOf: UnixTime(rawValue: 7)).hasSuffix("has nothing of before 1970-01-01T00:00:07Z"))
    #expect(try stage.asked().contains("-timestamp 1970-01-01T00:00:07Z"))
    let other = try Stage("echo 'Error: database not found in config: /srv/handover.sqlite' >&2; exit 1")
    #expect(other.refusal().contains("names no database /srv/handover.sqlite"))
    let damaged = try Stage("echo 'Error: decode database: file checksum mismatch' >&2; exit 1")
    #expect(
      damaged.refusal()
        == "Litestream can't restore the copy elsewhere: decode database: file checksum mismatch")
    #expect(try Stage("kill -9 $$").refusal() == "Litestream was killed by signal 9")
    #expect(try Stage("exit 0").refusal() == "Litestream has restored nothing")
    try FileManager.default.removeItem(atPath: damaged.folder.file("litestream.yml"))
    #expect(
      damaged.refusal().contains("litestream.yml, which says where the copy elsewhere is: No such file"))
    try FileManager.default.removeItem(atPath: other.folder.file("litestream"))
    #expect(other.refusal().contains("Litestream is not installed"))
  }

  @Test("One that waits for its store for ever is ended; one to which something comes is not")
  func hanging() throws {
    let begun = ContinuousClock.now
    #expect(
      try Stage("sleep 60").refusal(patience: .milliseconds(100)).contains(
        "nothing has come from the store of the copy elsewhere"))
    #expect(.now - begun < .seconds(10))
    let slow = "for i in 1 2 3 4 5 6; do echo $i >>\"$out.tmp\"; sleep 0.1; done; mv \"$out.tmp\" \"$out\""
    #expect(try Stage(slow).refusal(patience: .milliseconds(400)) == "it did not fail")
  }

  @Test("It gets the secrets beside its configuration and its own variables, and none of ours")
  func secrets() throws {
    let stage = try Stage("env >\"$out\"")
    try "# The store\nLITESTREAM_SECRET_ACCESS_KEY=geheim\n".write(
      toFile: stage.folder.file("litestream.env"), atomically: true, encoding: .utf8)
    let own = ["AWS_REGION": "eu-1", "HANDOVER_DATA": "/srv", "NOTIFY_SOCKET": "/run/x"]
    try Litestream(stage.environment.merging(own) { $1 }).restore(
      "a", asOf: nil, to: stage.folder.file("out"))
    let found = try String(contentsOfFile: stage.folder.file("out"), encoding: .utf8)
    #expect(found.contains("LITESTREAM_SECRET_ACCESS_KEY=geheim") && found.contains("AWS_REGION=eu-1"))
    #expect(!found.contains("HANDOVER_DATA") && !found.contains("NOTIFY_SOCKET"))
  }

  @Test("The copy is put in place as a backup is; documents and keys stay, and what was there lies aside")
  func restores() throws {
    let it = try BackedOffice()
    let (names, keys) = (try it.names(), try Data(contentsOf: URL(filePath: it.data.keys)))
    let documents = try BackedOffice.files(it.data.documents)
    let stage = try Stage("cp '\(it.backup())' \"$out\"")
    try it.office.database.write {
      _ = try $0.organisations.add(named: "Later", timeZone: "UTC", at: UnixTime(rawValue: 7))
    }
    let environment = it.environment.merging(stage.environment) { $1 }
    // It holds the folder as long as it lives.
    let dry = try Restoring(.replica(asOf: nil), isDryRun: true, environment: environment).lines
    #expect(dry[0].hasPrefix("The copy elsewhere, the newest, "))
    #expect(dry.contains { $0.hasSuffix(" Later: is lost; it is not in the copy elsewhere") })
    #expect(!FileManager.default.fileExists(atPath: it.data.path + "/restoring"))
    try Restoring(.replica(asOf: nil), isDryRun: false, environment: environment).giveUp()
    #expect(!FileManager.default.fileExists(atPath: it.data.path + "/restoring"))
    #expect(try it.names() == names + ["Later"])
    let lines = try Restoring(
      .replica(asOf: Date(timeIntervalSince1970: 7)), isDryRun: false, environment: environment
    ).run { _, _ in }
    #expect(lines.count == 1 && lines[0].hasPrefix("the copy elsewhere is in place"))
    #expect(try stage.asked().contains("-timestamp 1970-01-01T00:00:07Z"))
    #expect(try it.names() == names)
    #expect(try Data(contentsOf: URL(filePath: it.data.keys)) == keys)
    #expect(try BackedOffice.files(it.data.documents) == documents)
    let empty = ["HANDOVER_DATA": stage.folder.file("new/data")].merging(stage.environment) { $1 }
    let look = try Restoring(.replica(asOf: nil), isDryRun: true, environment: empty)
    #expect(look.lines.last?.contains("nothing is lost") == true)
    #expect(!FileManager.default.fileExists(atPath: stage.folder.file("new")))
    let there = try Restoring(.replica(asOf: nil), isDryRun: false, environment: empty).run { _, _ in }
    #expect(there.last?.contains("can't be found in \(stage.folder.file("new/data/documents"))") == true)
    #expect(
      try Database(DataFolder(path: stage.folder.file("new/data"))).read {
        try $0.organisations.all().map(\.name)
      } == names)
  }

  @Test("A copy that is not ours, not whole or not sound is refused, and nothing is changed")
  func unsound() throws {
    let it = try BackedOffice(hasRecords: false)
    let file = try it.backup()
    for (sql, text) in [
      ("PRAGMA application_id = 7", "the copy elsewhere is a database of another program"),
      ("PRAGMA user_version = 9999", "the copy elsewhere: "),
      ("DROP VIEW export_with_names", "the copy elsewhere is not whole"),
      (
        "PRAGMA foreign_keys = OFF; DELETE FROM organisation; INSERT INTO user (organisation_id, id, name, role, "
          + "active, created_at) VALUES (9, 9, 'A', 'user', 1, 1)", "the copy elsewhere is not sound"
      ),
    ] {
      let copy = it.backups.file("\(abs(sql.hashValue)).sqlite")
      try FileManager.default.copyItem(atPath: file, toPath: copy)
      do { try Connection(path: copy, mode: .scratch).execute(sql) }
      let stage = try Stage("cp '\(copy)' \"$out\"")
      let environment = it.environment.merging(stage.environment) { $1 }
      let refusal = withExtendedLifetime(stage) {
        it.refusal { _ = try Restoring(.replica(asOf: nil), isDryRun: false, environment: environment) }
      }
      #expect(refusal.contains(text), "\(sql): \(refusal)")
      #expect(!FileManager.default.fileExists(atPath: it.data.path + "/restoring"))
      #expect(try it.names() == ["One"])
    }
  }
}
