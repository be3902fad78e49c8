import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// An installation that is well, on a machine of the test's.
private final class Patient {
  let site: TestSite
  let machine: Locked<Machine>
  /// What systemctl says of each unit.
  let units = Locked<[String: [String: String]]>([:])
  let unitFile: String
  /// Whether Litestream copies the database elsewhere.
  var replicates = false
  /// Whether its cells are on several hosts.
  var hasHosts = false
  /// Whether it stands by for its cell, and whether a process does so.
  var standsBy = false
  var held: FileLock?
  /// What Postfix says of what waits in it.
  var queue = ""
  /// Another way for e-mail than the site's.
  var mail: Configuration.MailDelivery?

  static let answer = "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nokclosed\n"
  static let certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"

  private static let timer = [
    "ActiveState": "active", "SubState": "waiting", "UnitFileState": "enabled",
    "NextElapseUSecRealtime": "Sun 2026-05-03 01:41:13 UTC",
  ]

  init(_ url: String = "https://export.example.com") throws {
    site = try TestSite(["HANDOVER_URL": url])
    let data = site.configuration.data
    unitFile = data.path + "/nginx/handover.service"
    try FileManager.default.createDirectory(atPath: data.path + "/nginx", withIntermediateDirectories: true)
    try "[Service]\nNoNewPrivileges=yes\nProtectSystem=strict\n".write(
      toFile: unitFile, atomically: true, encoding: .utf8)
    machine = Locked(
      Machine(
        isBooted: true, socket: nil, free: { _ in 50_000_000_000 }, run: { _, _, _ in nil },
        page: { _, _, _ in "Status: 200 OK\r\n\r\nok" }, answer: { _, _ in Self.answer }, units: { nil },
        users: { _ in ["handover (7)"] }))
    for (unit, state) in [
      ("handover.socket", ["ActiveState": "active", "UnitFileState": "enabled"]),
      (
        "handover.service",
        [
          "ActiveState": "active", "UnitFileState": "enabled", "FragmentPath": unitFile, "NRestarts": "0",
          "ExecMainStartTimestamp": "Sat 2026-05-02 08:30:00 UTC",
        ]
      ),
      ("handover-backup.timer", Self.timer),
      ("handover-drill.timer", Self.timer),
      ("handover-backup.service", ["ActiveState": "inactive", "UnitFileState": "static"]),
      ("handover-mail.path", ["LoadState": "not-found", "ActiveState": "inactive"]),
    ] {
      units.withLock { $0[unit] = state }
    }
    plantTools()
    try note("backup", ageInHours: 10)
    try note("drill", ageInHours: 8)
    _ = try site.exports.keys.current()
    // As they are by the server's umask.
    for path in FileManager.default.subpaths(atPath: data.path) ?? [] {
      var status = stat()
      guard unsafe lstat("\(data.path)/\(path)", &status) == 0 else { continue }
      chmod("\(data.path)/\(path)", status.st_mode & S_IFMT == S_IFDIR ? 0o700 : 0o600)
    }
  }

  /// The programs that the doctor runs, and what each says.
  func plantTools(
    ntp: String = "yes", expires: Bool = false, tls: String = certificate + answer,
    isOthers: Bool = false, hasVirtualisation: Bool = false, litestream: String? = "0.5.17\n"
  ) {
    machine.withLock { [units, queue] in
      $0.units = {
        units.withLock { units in
          units.map { id, values in
            (["Id": id].merging(values) { $1 }).map { "\($0)=\($1)" }.joined(separator: "\n")
          }.joined(separator: "\n\n")
        }
      }
      $0.run = { program, arguments, _ in
        switch (program, arguments.first) {
        case ("postqueue", _): return (0, queue)
        case ("timedatectl", _): return (0, ntp + "\n")
        case ("systemd-detect-virt", _): return (hasVirtualisation ? 0 : 1, "")
        case ("litestream", "version"): return litestream.map { (0, $0) }
        case ("openssl", "s_client"): return (0, tls)
        // As it is: with -checkend it says nothing of the host.
        case ("openssl", "x509") where arguments.contains("-checkend"):
          return (expires ? 1 : 0, "notAfter=Dec  1 12:00:00 2026 GMT\n")
        case ("openssl", "x509"): return (0, "Hostname x does \(isOthers ? "NOT " : "")match certificate\n")
        default: return nil
        }
      }
    }
  }

  func note(_ name: String, ageInHours hours: Int, isGood: Bool = true, file: String? = nil) throws {
    let folder = site.configuration.data.path + "/operation"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let ended = (site.clock.now - .hours(hours)).iso8601
    let place = file.map { "\"\($0)\"" } ?? "null"
    let reason = isGood ? "" : "no room"
    try "{\"ended\":\"\(ended)\",\"seconds\":1.5,\"ok\":\(isGood),\"reason\":\"\(reason)\",\"file\":\(place)}"
      .write(toFile: "\(folder)/\(name).json", atomically: true, encoding: .utf8)
    chmod("\(folder)/\(name).json", 0o600)
  }

  /// A file of settings that was changed some hours before now.
  func putSettings(changedHoursAgo hours: Int) throws {
    let file = site.configuration.data.path + "/nginx/handover.conf"
    try Data().write(to: URL(filePath: file))
    let changed = site.clock.now - .hours(hours)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: Double(changed.rawValue))], ofItemAtPath: file)
    machine.withLock { $0.settings = file }
  }

  /// Completes an export of the organisation, and returns the archive.
  func export(by owner: User) throws -> String {
    let exports = site.exports
    guard case .done(let id) = try exports.request(.organisation, by: owner, from: "203.0.113.7"),
      let job = try exports.takeNext()
    else { throw Unexpected("no export") }
    let archive = try makeArchive(job, in: exports.folder, now: site.clock.now, site.database)
    _ = try exports.complete(job, archive, after: .seconds(2))
    return exports.folder.archive(id)
  }

  /// Takes a backup, notes it, and returns its file.
  func takeBackup() throws -> String {
    let folder = try BackupFolder(site.configuration.data.path + "/nginx")
    let file = folder.backup(at: site.clock.now)
    try site.database.backup(to: file, of: site.configuration.data, at: site.clock.now)
    try note("backup", ageInHours: 1, file: file)
    return file
  }

  /// A spool, and a unit that empties it.
  func makeSpool() throws -> String {
    let folder = site.configuration.data.path + "/nginx/spool"
    for name in ["", "/tmp", "/new", "/cur", "/failed"] {
      try FileManager.default.createDirectory(atPath: folder + name, withIntermediateDirectories: true)
      chmod(folder + name, 0o770)
    }
    mail = .maildir(folder)
    machine.withLock { $0.spool = folder }
    units.withLock { $0["handover-mail.path"] = ["ActiveState": "active", "UnitFileState": "enabled"] }
    return folder
  }

  /// Lets nginx read by this process's group, as the socket's unit has it.
  func giveReaders() throws {
    let data = site.configuration.data
    let group = unsafe getgrgid(getegid()).map { unsafe String(cString: $0.pointee.gr_name) }
    units.withLock { $0["handover.socket"]?["SocketGroup"] = group }
    for path in [data.path, data.exports, data.documents, data.assets] {
      for name in [""] + (FileManager.default.subpaths(atPath: path) ?? [])
      where path != data.path || name == "" {
        var status = stat()
        guard unsafe lstat("\(path)/\(name)", &status) == 0 else { continue }
        chmod(
          "\(path)/\(name)",
          status.st_mode & S_IFMT == S_IFDIR ? 0o710 | (path == data.path ? 0 : 0o040) : 0o640)
      }
    }
    #expect(findings() == [])
  }

  func lack(_ program: String) { machine.withLock { $0.has = { $0 != program } } }

  func chmod(_ path: String, _ mode: mode_t) { _ = unsafe Glibc.chmod(path, mode) }

  func findings() -> [Finding] {
    var configuration = site.configuration
    if replicates {
      configuration.replica = Replica(
        of: configuration.data.database, socket: configuration.data.replicaSocket)
    }
    if hasHosts {
      let identity = WebRequest.Identity(authorities: "", certificate: "/h/host.crt", key: "")
      configuration.directory = DirectoryPlace(
        addresses: ["https://10.0.0.1", "https://10.0.0.2"], host: "10.0.0.1:8443", identity: identity)
    }
    if standsBy { configuration.standBy = .byHand }
    configuration.mail = mail ?? configuration.mail
    let data = configuration.data
    return Doctor(
      configuration: configuration, machine: machine.withLock { $0 }, clock: site.clock.clock,
      open: { try Database(data, for: .reading) },
      checkKeys: {
        let keys = try KeyFile(
          path: data.keys, now: 0, randomness: .counting(), isNeeded: false)
        _ = try keys.current()
      }
    ).findings()
  }
}

/// Something that goes wrong, and what the doctor must say of it: nothing else.
struct Fault: Sendable, CustomTestStringConvertible {
  let name: String
  let check: String
  let says: String
  fileprivate let plant: @Sendable (Patient) throws -> Void

  var testDescription: String { name }

  fileprivate init(
    _ name: String, _ check: String, _ says: String, _ plant: @escaping @Sendable (Patient) throws -> Void
  ) {
    (self.name, self.check, self.says, self.plant) = (name, check, says, plant)
  }

  /// Root alone gives files away.
  static let all = geteuid() == 0 ? every : every.filter { $0.name != "a lock of another user" }

  private static let every: [Fault] = [
    Fault("database open to all", "files", "handover.sqlite is open to other users: mode 0644") {
      $0.chmod($0.site.configuration.data.database, 0o644)
    },
    Fault("nobody stands by", "socket", "nobody stands by for the cell, though HANDOVER_STAND_BY says so") {
      $0.standsBy = true
      let folder = $0.site.configuration.data.standBy(1)
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try Data().write(to: URL(filePath: folder + "/handover.sqlite"))
      $0.chmod(folder + "/handover.sqlite", 0o600)
    },
    Fault("nothing to stand by with", "replica", "there is no copy of the cell here yet to stand by with") {
      $0.standsBy = true
      let data = $0.site.configuration.data
      try FileManager.default.createDirectory(
        atPath: data.standBy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let lock = try FileLock(path: data.standByLock)
      #expect(lock.tryLock())
      $0.held = lock
    },
    Fault("folder open to all", "files", "is open to other users: mode 0755; run chmod 710") {
      $0.chmod($0.site.configuration.data.path, 0o755)
    },
    Fault("keys open to a group", "files", "keys is open to other users: mode 0640; run chmod 600") {
      $0.chmod($0.site.configuration.data.keys, 0o640)
    },
    Fault("an archive that all may read", "files", "a.zip is open to other users: mode 0644; run chmod 640") {
      let path = $0.site.configuration.data.exports + "/a.zip"
      try Data().write(to: URL(filePath: path))
      $0.chmod(path, 0o644)
    },
    Fault("a lock of another user", "files", "write.lock belongs to nobody, and the data folder to") {
      _ = unsafe chown($0.site.configuration.data.writeLock, 65534, 65534)
    },
    Fault("a secret that its group may read", "files", "mode 0640; run chmod 600") {
      let folder = $0.site.configuration.data.storage
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try Data().write(to: URL(filePath: folder + "/1"))
      $0.chmod(folder + "/1", 0o640)
    },
    Fault("no room", "space", "100 MB are free on the disk") {
      $0.machine.withLock { $0.free = { _ in 100_000_000 } }
    },
    Fault("an older schema", "database", "is of an earlier version") {
      try $0.site.database.write {
        try $0.execute("PRAGMA user_version = \((try $0.value("PRAGMA user_version") ?? 0) - 1)")
      }
    },
    Fault("a newer schema", "database", "newer than this program") {
      try $0.site.database.write { try $0.execute("PRAGMA user_version = 999") }
    },
    Fault("a table that is gone", "database", "is not whole: activity_at is missing") {
      try $0.site.database.write { try $0.execute("DROP INDEX activity_at") }
    },
    Fault("a stranger in the database", "database", "do not take turns: sqlite3 (12)") {
      $0.machine.withLock { $0.users = { _ in ["handover (7)", "sqlite3 (12)"] } }
    },
    Fault("a log that grows", "log", "the write-ahead log has 300 MB") {
      $0.machine.withLock { $0.size = { $0.hasSuffix("-wal") ? 300_000_000 : DiskSpace.size(of: $0) } }
    },
    Fault("a clock that was set back", "clock", "the clock says 2026-05-02T09:30:00Z") { patient in
      let organisation = try patient.site.addOrganisation()
      try patient.site.database.write {
        try $0.activity.record(
          Event(.mailGivenUp, of: organisation.id, by: .server, at: patient.site.clock.now + .hours(2)))
      }
    },
    Fault(
      "a move that nobody ends", "database",
      "organisation 7 is on its way to the cell b since 2026-05-02T07:30:00Z"
    ) {
      patient in
      let now = patient.site.clock.now
      try patient.site.database.write {
        try $0.moves.set(OrganisationID(rawValue: 7), .left, cell: "b", at: now - .hours(2))
        // One that is under way, and those that are done.
        try $0.moves.set(OrganisationID(rawValue: 8), .leaving, cell: "b", at: now - .minutes(50))
        try $0.moves.set(OrganisationID(rawValue: 9), .gone, cell: "b", at: now - .hours(2))
        try $0.moves.set(OrganisationID(rawValue: 10), .arrived, cell: "b", at: now - .hours(2))
      }
    },
    Fault("no time server", "clock", "nothing sets the clock right") { $0.plantTools(ntp: "no") },
    Fault("no keys", "keys", "keys") {
      try FileManager.default.removeItem(atPath: $0.site.configuration.data.keys)
    },
    Fault("an e-mail that waits", "mail", "1 e-mail can't be sent, the oldest for 2 hours") { patient in
      try patient.addLetter()
      patient.site.clock.move(by: .hours(2))
    },
    Fault("an e-mail that was given up", "mail", "1 e-mail of the last 24 hours could not be sent") {
      patient in
      try patient.addLetter()
      try patient.site.database.write {
        try $0.execute("UPDATE letter SET given_up_at = next_attempt_at, text = '', html = ''")
      }
    },
    Fault("a spool that nobody empties", "mail", "that nobody sends") { patient in
      let file = try patient.makeSpool() + "/new/1"
      try Data().write(to: URL(filePath: file))
      patient.chmod(file, 0o600)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: Double(patient.site.clock.now.rawValue) - 3600)],
        ofItemAtPath: file)
    },
    Fault("a spool that its group can't use", "mail", "/cur is not there for the server and for what sends") {
      $0.chmod(try $0.makeSpool() + "/cur", 0o700)
    },
    Fault("no mail server", "mail", "no program is called sendmail") {
      _ = try $0.makeSpool()
      $0.lack("sendmail")
    },
    Fault("a mail server that is off", "mail", "postfix.service is not active") { patient in
      _ = try patient.makeSpool()
      patient.units.withLock { $0["postfix.service"] = ["ActiveState": "inactive"] }
    },
    Fault(
      "e-mail that Postfix gets nowhere", "mail", "2 e-mails nowhere, the oldest for 3 hours: Host not found"
    ) {
      patient in
      let (own, hour) = (patient.site.configuration.mailFrom.email, patient.site.clock.now.rawValue - 3600)
      patient.queue = [(hour - 60, own), (hour - 7200, own), (hour + 60, own), (0, "root@localhost")].map {
        #"{"queue_name": "deferred", "arrival_time": \#($0), "sender": "\#($1)", "recipients": "#
          + #"[{"address": "x@x.example", "delay_reason": "Host not found"}]}"#
      }.joined(separator: "\n")
      patient.plantTools()
    },
    Fault("a spool whose unit is off", "units", "handover-mail.path doesn't start with the machine") {
      patient in
      _ = try patient.makeSpool()
      patient.units.withLock { $0["handover-mail.path"]?["UnitFileState"] = "disabled" }
    },
    Fault("a sendmail in the sandbox", "mail", "keeps /usr/sbin/sendmail from sending") { patient in
      patient.mail = .sendmail("/usr/sbin/sendmail")
      patient.units.withLock { $0["handover.service"]?["NoNewPrivileges"] = "yes" }
    },
    Fault("no room for files", "space", "only 12 more files can be made") {
      $0.machine.withLock { $0.freeFiles = { _ in 12 } }
    },
    Fault("data in memory", "space", "is in memory") {
      $0.machine.withLock { $0.unfitness = { _ in "in memory" } }
    },
    Fault("a folder of root's", "files", "and the server runs as somebody; run chown -R somebody:") {
      patient in
      patient.units.withLock { $0["handover.service"]?["User"] = "somebody" }
    },
    Fault("archives that nginx can't read", "files", "/exports can't be read by nginx") {
      try $0.giveReaders()
      $0.chmod($0.site.configuration.data.exports, 0o2700)
    },
    Fault("a folder that nginx can't pass", "files", "can't be read by nginx, whose group is") {
      try $0.giveReaders()
      $0.chmod($0.site.configuration.data.path, 0o700)
    },
    Fault("a document that was lost", "files", "what 1 document held is missing or cut, the first") {
      patient in
      let organisation = try patient.site.addOrganisation()
      try patient.site.database.write {
        try $0.execute(
          "INSERT INTO document_content (organisation_id, sha256, bytes, added_at) VALUES (\(organisation.id.rawValue), zeroblob(32), 1, 1)"
        )
      }
    },
    Fault("archives that were lost", "files", "of 2 finished exports are missing or cut, of organisation 1,")
    {
      patient in
      let owner = try patient.site.addUser("Maria", .owner, to: patient.site.addOrganisation())
      _ = unsafe unlink(try patient.export(by: owner))
      _ = unsafe truncate(try patient.export(by: owner), 2)
    },
    Fault("a last backup that is gone", "backup", "can't be read: No such file or directory") {
      _ = unsafe unlink(try $0.takeBackup())
    },
    Fault("a last backup that was cut", "backup", "bytes, and had") {
      _ = unsafe truncate(try $0.takeBackup(), 1000)
    },
    Fault(
      "a last backup that all may read", "files", "handover-2026-05-02T093000Z.sqlite is open to other users"
    ) {
      $0.chmod(try $0.takeBackup(), 0o644)
    },
    Fault("no drill", "drill", "no drill has ever proven") { patient in
      _ = try patient.takeBackup()
      patient.site.clock.move(by: .hours(40))
      try patient.note("backup", ageInHours: 1, file: patient.takeBackup())
      try FileManager.default.removeItem(atPath: patient.site.configuration.data.operationState(.drill))
    },
    Fault("another address", "socket", "runs with another address than https://export.example.com") {
      $0.machine.withLock { $0.page = { _, _, _ in "Status: 421 Misdirected Request\r\n\r\n" } }
    },
    Fault("archives that are away", "socket", "says why at /health: exports; mount the disk") {
      $0.machine.withLock {
        $0.page = { target, _, _ in
          target == "/health" ? "Status: 503 No\r\n\r\nexports" : "Status: 200 OK\r\n\r\nok"
        }
      }
    },
    Fault("a site that nginx refuses", "nginx", "would not start again: unknown directive") {
      $0.machine.withLock { $0.refusal = { "unknown directive" } }
    },
    Fault("a certificate of another host", "certificate", "that is not for export.example.com") {
      $0.plantTools(isOthers: true)
    },
    Fault("no QR codes", "programs", "there is no qrencode") { $0.lack("qrencode") },
    Fault("no rclone for a linked storage", "programs", "there is no rclone: documents can't be copied") {
      let folder = $0.site.configuration.data.storage
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try Data().write(to: URL(filePath: folder + "/1"))
      $0.chmod(folder + "/1", 0o600)
      $0.lack("rclone")
    },
    Fault("a unit that was masked", "units", "handover-drill.timer is masked, so it never starts") {
      $0.units.withLock {
        $0["handover-drill.timer"] = [
          "LoadState": "masked", "ActiveState": "failed", "UnitFileState": "masked",
        ]
      }
    },
    Fault("nginx off at the next start", "units", "nginx.service doesn't start with the machine") {
      $0.units.withLock { $0["nginx.service"] = ["ActiveState": "active", "UnitFileState": "disabled"] }
    },
    Fault("a unit that systemd has not read", "units", "a unit has changed") {
      $0.units.withLock { $0["handover.service"]?["NeedDaemonReload"] = "yes" }
    },
    Fault("no backup", "backup", "no backup has ever been made") { patient in
      try FileManager.default.removeItem(atPath: patient.site.configuration.data.operationState(.backup))
      _ = try patient.site.addOrganisation()
      patient.site.clock.move(by: .hours(37))
      // The timers are there, and the night was not used.
      for timer in ["handover-backup.timer", "handover-drill.timer"] {
        patient.units.withLock { $0[timer]?["NextElapseUSecRealtime"] = "Mon 2026-05-04 01:41:13 UTC" }
      }
      try patient.note("drill", ageInHours: 1)
    },
    Fault("an old backup", "backup", "the last backup was 2 days ago") {
      try $0.note("backup", ageInHours: 50)
    },
    Fault("a backup that failed", "backup", "the last backup failed: no room") { patient in
      try patient.note("backup", ageInHours: 1, isGood: false)
      patient.units.withLock { $0["handover-backup.service"]?["ActiveState"] = "failed" }
    },
    Fault("an old drill", "drill", "the last drill was 3 days ago") { try $0.note("drill", ageInHours: 72) },
    Fault("a drill that failed", "drill", "the last drill failed: no room") {
      try $0.note("drill", ageInHours: 1, isGood: false)
    },
    Fault("no server", "socket", "the server doesn't answer at") {
      $0.machine.withLock {
        $0.page = { _, _, path in throw SystemError("connect to", path, code: ECONNREFUSED) }
      }
    },
    Fault("another server", "socket", "is no Handover that is well") {
      $0.machine.withLock { $0.page = { _, _, _ in "Status: 500 No\r\n\r\nno" } }
    },
    Fault("no nginx", "nginx", "nobody answers at port 443 for export.example.com") {
      $0.plantTools(tls: "connect:errno=111\n")
    },
    Fault("nobody at the port", "nginx", "with a certificate; run systemctl start nginx") {
      $0.plantTools(tls: "")
      $0.machine.withLock {
        $0.answer = { _, port in throw SystemError("connect to", "port \(port)", code: ECONNREFUSED) }
      }
    },
    Fault("nginx without the socket", "nginx", "it can't reach the server's socket") {
      $0.plantTools(tls: Patient.certificate + "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>")
    },
    Fault("another site", "nginx", "with 404, and not as Handover") {
      $0.plantTools(tls: Patient.certificate + "HTTP/1.1 404 Not Found\r\n\r\n")
    },
    Fault("a certificate that ends", "certificate", "of export.example.com ends on Dec  1 12:00:00 2026 GMT")
    {
      $0.plantTools(expires: true)
    },
    Fault("a certificate that was renewed", "certificate", "than /etc/a.pem, which was renewed meanwhile") {
      $0.plantTools(expires: true)
      $0.machine.withLock {
        $0.certificates = { ["/etc/a.pem": Patient.certificate.replacing("MII", with: "MIJ")] }
      }
    },
    Fault(
      "an etcd that is away", "directory", "etcd, the directory of all hosts, can't be reached (no answer)"
    ) {
      $0.hasHosts = true
      $0.machine.withLock {
        $0.unreachableMembers = { ["https://10.0.0.1": "no answer", "https://10.0.0.2": "none"] }
      }
    },
    Fault("a member of etcd that is away", "directory", "one of etcd's members does not answer: none") {
      $0.hasHosts = true
      $0.machine.withLock { $0.unreachableMembers = { ["https://10.0.0.2": "none"] } }
    },
    Fault("a server that the network is kept from", "directory", "has heard nothing of etcd for 121 s") {
      $0.hasHosts = true
      $0.machine.withLock {
        let page = $0.page
        $0.page = { target, host, socket in
          target == "/metrics"
            ? "Status: 200\r\n\r\nhandover_directory_lag_seconds 121.5\n" : try page(target, host, socket)
        }
      }
    },
    Fault("a store that is away", "store", "the store that all hosts reach can't be reached (no answer)") {
      $0.machine.withLock { $0.store = { throw StoreAway(reason: "no answer") } }
    },
    Fault("a store that lacks documents", "store", "what 1 document held is not in the store") { patient in
      let owner = try patient.site.addUser("Maria", .owner, to: patient.site.addOrganisation())
      let deal = try patient.site.addDeal(1, to: owner.organisation)
      try patient.site.addDocument("a.pdf", "a", to: deal, by: owner)
      patient.machine.withLock { $0.store = { [:] } }
    },
    Fault("a server that can't reach the store", "store", "the server can't reach the store") {
      $0.hasHosts = true
      $0.machine.withLock {
        let page = $0.page
        $0.store = { [:] }
        $0.page = { target, host, socket in
          target == "/metrics"
            ? "Status: 200\r\n\r\nhandover_store_ok 0\n" : try page(target, host, socket)
        }
      }
    },
    Fault(
      "hosts' certificates that end", "certificate",
      "/h/host.crt, by which the hosts know each other, ends on Dec  1"
    ) {
      $0.hasHosts = true
      $0.machine.withLock {
        let run = $0.run
        $0.run = { program, arguments, text in
          arguments.contains("/h/host.crt")
            ? (1, "notAfter=Dec  1 12:00:00 2026 GMT\n") : run(program, arguments, text)
        }
      }
    },
    Fault("a replica that is behind", "replica", "the copy elsewhere is behind: no answer") {
      $0.replicates = true
      $0.machine.withLock { $0.replica = { "no answer" } }
    },
    Fault(
      "no Litestream that runs", "replica", "Litestream doesn't run, so nothing is copied elsewhere: refused"
    ) {
      $0.replicates = true
      $0.machine.withLock {
        $0.replica = { "refused" }
        $0.isReplicaRunning = { false }
      }
    },
    Fault("no Litestream", "replica", "Litestream is not installed") {
      $0.replicates = true
      $0.plantTools(litestream: nil)
      $0.machine.withLock { $0.replica = { "refused" } }
    },
    Fault("an old Litestream", "replica", "Litestream 0.5.16 may lose data") {
      $0.replicates = true
      $0.plantTools(litestream: "v0.5.16\n")
      $0.machine.withLock { $0.replica = { "behind" } }
    },
    Fault("Litestream beside", "sqlite", "both copy the log into the database") {
      let path = $0.site.configuration.data.path + "/.handover.sqlite-litestream"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    },
    Fault("a unit that is off", "units", "handover.socket doesn't start with the machine") { patient in
      for unit in ["handover.socket", "handover.service"] {
        patient.units.withLock { $0[unit]?["UnitFileState"] = "disabled" }
      }
    },
    Fault("a timer that is off", "units", "handover-drill.timer doesn't start with the machine") {
      $0.units.withLock {
        $0["handover-drill.timer"] = ["ActiveState": "inactive", "UnitFileState": "disabled"]
      }
    },
    Fault("a timer that was stopped", "units", "handover-backup.timer is enabled and not active") {
      $0.units.withLock { $0["handover-backup.timer"]?["ActiveState"] = "inactive" }
    },
    Fault("a timer that waits for years", "units", "drill.timer does not run before 2099-01-01T00:05:00Z") {
      $0.units.withLock {
        $0["handover-drill.timer"]?["NextElapseUSecRealtime"] = "Thu 2099-01-01 00:05:00 UTC"
      }
    },
    Fault("a timer without another time", "units", "handover-backup.timer never runs again") {
      $0.units.withLock { $0["handover-backup.timer"]?["SubState"] = "elapsed" }
    },
    Fault("a server that ends by itself", "units", "again, 3 times, the last at 2026-05-02T08:30:00Z") {
      $0.units.withLock { $0["handover.service"]?["NRestarts"] = "3" }
    },
    Fault("a program that was replaced", "units", "the program was replaced, and the one from before runs on")
    {
      try $0.putSettings(changedHoursAgo: 0)
      $0.machine.withLock { $0.isReplaced = { true } }
    },
    Fault("settings that were changed", "environment", "handover.conf has changed, and the server runs with")
    {
      try $0.putSettings(changedHoursAgo: 0)
    },
    Fault("a unit that failed", "units", "handover.service has failed") {
      $0.units.withLock { $0["handover.service"]?["ActiveState"] = "failed" }
    },
    Fault("a sandbox that was opened", "sandbox", "from the server: NoNewPrivileges, ProtectSystem;") {
      $0.units.withLock {
        $0["handover.service"]?["DropInPaths"] = "/etc/systemd/system/handover.service.d/mail.conf"
        $0["handover.service"]?["NoNewPrivileges"] = "no"
        $0["handover.service"]?["ProtectSystem"] = "no"
      }
    },
  ]
}

extension Patient {
  func addLetter() throws {
    let organisation = try site.addOrganisation()
    try site.database.write {
      try $0.letters.add(
        StoredLetter(
          kind: "test", messageID: "<1@localhost>", to: Recipient(name: "Maria", email: "maria@x.example"),
          subject: "Test", text: "Test", html: "Test", writtenAt: site.clock.now), of: organisation.id)
    }
  }
}

@Suite("What is wrong with an installation") struct DoctorTests {
  @Test("Nothing is said of one that is well")
  func well() throws {
    let patient = try Patient()
    #expect(patient.findings() == [])
    // A drop-in that loosens nothing, and a container, whose host keeps the time.
    patient.units.withLock {
      $0["handover.service"]?["DropInPaths"] = "/etc/systemd/system/handover.service.d/memory.conf"
      $0["handover.service"]?["NoNewPrivileges"] = "yes"
      $0["handover.service"]?["ProtectSystem"] = "strict"
    }
    patient.plantTools(ntp: "no", hasVirtualisation: true)
    #expect(patient.findings() == [])
    // One of the package's that opens the network.
    for name in ["storage.conf", "hosts.conf"] {
      patient.units.withLock {
        $0["handover.service"]?["DropInPaths"] = "/etc/systemd/system/handover.service.d/\(name)"
        $0["handover.service"]?["PrivateNetwork"] = "no"
      }
      #expect(patient.findings() == [])
    }
    patient.replicates = true
    #expect(patient.findings() == [])
    // What has been as it is since before the server's start, and a certificate beside another one, whatever its lines.
    try patient.putSettings(changedHoursAgo: 2)
    patient.machine.withLock {
      $0.certificates = {
        ["/etc/a.pem": "", "/etc/b.pem": "x\n" + Patient.certificate.replacing("MII", with: "M\r\nII")]
      }
    }
    #expect(patient.findings() == [])
    // A backup that runs, whose timer has no next time; a server that ended last week.
    patient.units.withLock {
      $0["handover-backup.timer"]?["SubState"] = "running"
      $0["handover-backup.timer"]?["NextElapseUSecRealtime"] = ""
      $0["handover.service"]?["NRestarts"] = "3"
      $0["handover.service"]?["ExecMainStartTimestamp"] = "Sat 2026-04-25 08:30:00 UTC"
    }
    patient.machine.withLock { $0.settings = nil }
    #expect(patient.findings() == [])
  }

  @Test("Nothing is said of exports that can't be downloaded any more, or whose folder is another one")
  func withoutArchives() throws {
    let patient = try Patient()
    let owner = try patient.site.addUser("Maria", .owner, to: patient.site.addOrganisation())
    let archive = try patient.export(by: owner)
    #expect(patient.findings() == [])
    _ = unsafe unlink(archive)
    #expect(patient.findings().count == 1)
    let data = patient.site.configuration.data
    let inode = try FileIdentity(of: data.exports).inode
    try patient.site.database.write { try $0.installation.noteExports(inode + 1) }
    #expect(patient.findings() == [])
    try patient.site.database.write { try $0.installation.noteExports(inode) }
    #expect(patient.findings().count == 1)
    try patient.site.database.write {
      try $0.execute("UPDATE export SET status = 'expired', ended_at = 1 WHERE status = 'completed'")
    }
    #expect(patient.findings() == [])
  }

  @Test("Nothing is said of one whose first night is ahead, while its timer is on")
  func firstNight() throws {
    let patient = try Patient()
    for kind in OperationState.Kind.allCases {
      try FileManager.default.removeItem(atPath: patient.site.configuration.data.operationState(kind))
    }
    #expect(patient.findings() == [])
    _ = try patient.site.addOrganisation()
    patient.site.clock.move(by: .hours(30))
    #expect(patient.findings() == [])
    patient.units.withLock { $0["handover-backup.timer"]?["ActiveState"] = "inactive" }
    #expect(patient.findings().map(\.check) == ["backup", "units"])
  }

  @Test("Nothing is said of one without systemd and behind plain HTTP")
  func checkout() throws {
    let patient = try Patient("http://localhost:8080")
    patient.machine.withLock {
      $0.isBooted = false
      $0.run = { _, _, _ in nil }
    }
    #expect(patient.findings() == [])
    patient.machine.withLock { $0.answer = { _, _ in "HTTP/1.1 502 Bad Gateway\r\n\r\n" } }
    #expect(patient.findings().map(\.check) == ["nginx"])
    // Nobody makes one by himself.
    try FileManager.default.removeItem(atPath: patient.site.configuration.data.operationState(.backup))
    #expect(patient.findings().map(\.check) == ["backup", "nginx"])
  }

  @Test("Each fault is found, with what to do, and nothing else is said", arguments: Fault.all)
  func found(_ fault: Fault) throws {
    let patient = try Patient()
    try fault.plant(patient)
    let findings = patient.findings()
    #expect(findings.count == 1, "\(findings.map(\.description))")
    let finding = try #require(findings.first)
    #expect(
      finding.check == fault.check && finding.description.contains(fault.says), "\(finding.description)")
    #expect(!finding.advice.isEmpty && !finding.description.contains("\n"))
  }

  @Test("Every kind of finding is planted")
  func complete() {
    #expect(Set(Fault.all.map(\.check)) == Set(Finding.Check.allCases.map(\.rawValue)))
  }

  @Test("A data folder that is away is all that is said")
  func away() throws {
    let patient = try Patient()
    let path = patient.site.configuration.data.path
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    defer { try? FileManager.default.moveItem(atPath: path + ".away", toPath: path) }
    #expect(patient.findings().map(\.check) == ["files"])
  }

  @Test("Versions of SQLite that can lose the log")
  func versions() {
    for version in ["3.7.0", "3.40.1", "3.51.2"] { #expect(Doctor.hasResetBug(version)) }
    for version in ["3.6.23", "3.51.3", "3.53.0", "4.0.0"] { #expect(!Doctor.hasResetBug(version)) }
  }
}

@Suite("The environment alone") struct EnvironmentCheckTests {
  @Test("Everything wrong is named in one go, with what Handover doesn't know, and without a secret")
  func all() throws {
    let folder = try TemporaryFolder()
    let problems = try Application.wrongVariables(in: [
      "HANDOVER_DATA": folder.path + "/data", "HANDOVER_URL": "https://maria:geheim@export.example.com/",
      "HANDOVER_THREADS": "0", "HANDOVER_LOG_FORMAT": "xml", "HANDOVER_EXPORT_AT_ONCE": "3",
      "HANDOVER_DROPBOX_APP": "geheim", "HANDOVER_MAIL": "smtp://maria:geheim@mail.example.com",
      "HOME": "/root",
    ])
    #expect(problems.count == 6)
    for name in ["URL", "THREADS", "LOG_FORMAT", "EXPORT_AT_ONCE", "DROPBOX_APP", "MAIL"] {
      #expect(problems.count { $0.hasPrefix("HANDOVER_\(name) ") } == 1, "\(name)")
    }
    #expect(problems.allSatisfy { !$0.contains("geheim") }, "\(problems)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
  }

  @Test("Nothing is said of one that is right")
  func right() throws {
    #expect(
      try Application.wrongVariables(in: [
        "HANDOVER_URL": "https://export.example.com", "HANDOVER_DATA": "/var/lib/nobody",
      ]) == [])
  }
}
