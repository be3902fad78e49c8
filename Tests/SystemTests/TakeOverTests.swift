import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// A cell that is copied to a store, and the other host, which takes it over from there: with the real etcd, Litestream,
  /// rclone and nginx. People reach the other host.
  @Suite struct TakeOverTests {
    let site: Site
    let demo: Demo
    private let etcd: EtcdProcess
    /// What the host of the cell has, and the other one, for that cell.
    private let home: [String: String]
    private let there: [String: String]
    private let replica: [CellReplica]
    /// The ways to the store and to etcd that the cell's host alone uses.
    private let way: URL
    private let certificates: URL

    init() throws {
      let folder = try TemporaryFolder()
      let store = folder.appending("store")
      try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
      site = try Site(["HANDOVER_STORE": store.path, "HANDOVER_REPLICATION": "litestream"], behind: .host)
      // The other host's nginx has a way to the cell, as that of a host that stands by.
      try FileManager.default.createDirectory(
        at: site.folder.appending("other/data/stand-by"), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      demo = try site.startWithDemo()
      etcd = try #require(site.etcd)
      keep = folder
      way = folder.appending("way")
      try FileManager.default.createSymbolicLink(at: way, withDestinationURL: store)
      certificates = folder.appending("certificates")
      let shared = try #require(site.environment["HANDOVER_HOST_CERTIFICATES"])
      try FileManager.default.copyItem(at: URL(filePath: shared), to: certificates)
      let log = site.folder.appending("litestream.log")
      replica = [
        try CellReplica(of: "data", in: URL(filePath: site.folder.path), to: way, log: log),
        try CellReplica(of: "data", in: site.folder.appending("other"), to: store, log: log),
      ]
      home = site.environment.merging(replica[0].environment) { $1 }.merging([
        "HANDOVER_STORE": way.path, "HANDOVER_HOST_CERTIFICATES": certificates.path,
      ]) { $1 }
      there = site.environment.merging(replica[1].environment) { $1 }.merging([
        "HANDOVER_DATA": replica[1].data.path, "HANDOVER_HOST": try #require(site.frontHost),
      ]) { $1 }
      try replica[0].start()
      _ = try site.server?.stop()
      try site.startServer(under: ["env"] + home.map { "\($0.key)=\($0.value)" })
      server = try #require(site.server)
      try site.waitForHealth()
    }

    private let keep: TemporaryFolder
    private let server: ChildProcess

    private func start(_ environment: [String: String], _ more: [String: String] = [:]) throws -> ChildProcess
    {
      let log = site.folder.appending("server.log")
      return try ChildProcess(
        Checkout.handover, ["serve"], environment: environment.merging(more) { $1 },
        folder: Repository.folder,
        output: log, error: log)
    }

    private func takeOver(_ environment: [String: String]) throws -> Tool.Result {
      try Tool.run(
        Checkout.handover, ["cell", "take-over", "data"], environment: environment, folder: Repository.folder,
        timeout: .seconds(60))
    }

    /// A client of the cell's host, without cookies.
    private var atHome: Client {
      Client(port: Int(home["PORT"] ?? "") ?? 0, host: "localhost:\(site.port)")
    }

    /// Keeps the cell's host from the others and from the store, or no longer.
    private func cut(_ isCut: Bool = true) throws {
      try FileManager.default.removeItem(at: way)
      try FileManager.default.createSymbolicLink(
        atPath: way.path, withDestinationPath: isCut ? "/dev/null/nowhere" : keep.appending("store").path)
      let authority = certificates.appending(path: "ca.crt")
      let hidden = certificates.appending(path: "hidden")
      if isCut {
        try FileManager.default.moveItem(at: authority, to: hidden)
        try Data("nobody\n".utf8).write(to: authority)
      } else {
        try FileManager.default.removeItem(at: authority)
        try FileManager.default.moveItem(at: hidden, to: authority)
      }
    }

    /// Somebody who disables and enables a user, again and again, at the cell's own host.
    private final class Changes: @unchecked Sendable {
      private let client: Client
      private let token: String
      private let user: String
      private let lock = NSLock()
      private var isStopped = false
      private var acknowledged: [ContinuousClock.Instant] = []
      private var others: [String] = []
      private let ended = DispatchSemaphore(value: 0)

      init(_ site: Site, _ demo: Demo) throws {
        let port = try #require(site.environment["PORT"].flatMap { Int($0) })
        client = Client(port: port, host: "localhost:\(site.port)")
        try client.signIn(demo.owner.email, demo.owner.password)
        let id = try Site.rows(
          "SELECT id FROM user WHERE email = '\(demo.user.email)'", in: site.data.path + "/handover.sqlite")
        user = "/settings/organisation/users/U-\(id[0])"
        token = try client.get("/settings/organisation/users").csrfToken ?? ""
        Thread.detachNewThread { [self] in
          var number = 0
          while lock.withLock({ !isStopped }) {
            number += 1
            // What is promised, and what is not.
            let (path, fields) =
              switch number % 3 {
              case 0:
                (
                  "/settings/organisation/users",
                  [("name", "Zoe Lang"), ("email", "n\(number)@x.example"), ("role", "user")]
                )
              case 1: ("\(user)/disable", [])
              default: ("\(user)/enable", [])
              }
            let answer = try? client.post(path, fields + [("csrf_token", token)])
            lock.withLock {
              if answer?.status == 303 {
                acknowledged.append(.now)
              } else {
                others.append("\(answer?.status ?? 0)")
              }
            }
            // Whatever became of it, the same user is in one of the two states.
            usleep(20_000)
          }
          ended.signal()
        }
      }

      var count: Int { lock.withLock { acknowledged.count } }
      var last: ContinuousClock.Instant? { lock.withLock { acknowledged.last } }
      var refused: [String] { lock.withLock { others } }

      func stop() {
        lock.withLock { isStopped = true }
        ended.wait()
      }
    }

    /// How many changes a database says that there were.
    private func changes(in data: URL) throws -> Int {
      let query =
        "SELECT count(*) FROM activity WHERE what IN ('people.disabled', 'people.enabled') OR detail LIKE '%@x.example%'"
      let rows = try Site.rows(query, in: data.path + "/handover.sqlite")
      return try #require(rows.first.flatMap { Int($0) })
    }

    @Test(
      "A host that stands by hands on, takes the cell over when told so, and the former one stands by in its turn"
    )
    func standBy() throws {
      let other = try start(there, ["HANDOVER_STAND_BY": "by-hand"])
      defer { other.kill() }
      try eventually("it follows; \(site.logs)") { site.logs.contains("event=stand-by.follows") }
      let owner = try site.client(of: demo.owner)
      #expect(try owner.get("/settings/export").status == 200, "handed on by who stands by")
      try eventually("it has a copy") {
        FileManager.default.fileExists(atPath: replica[1].data.path + "/stand-by/1/handover.sqlite-txid")
      }
      let promised = try Tool.run(
        Checkout.handover, ["user", "change", "--organisation", "1", demo.user.email, "--role", "admin"],
        environment: home, folder: Repository.folder)
      #expect(promised.succeeded && promised.error == "", "\(promised)")
      server.kill()
      replica[0].kill()
      let begun = ContinuousClock.now
      let taken = try takeOver(there)
      #expect(taken.succeeded && taken.output.contains("the server that stands by"), "\(taken)")
      try eventually("the other host serves it; \(site.logs.suffix(3_000))") {
        try owner.get("/settings/export").status == 200
      }
      print("taken over by hand, with a copy that was ready: \(ContinuousClock.now - begun)")
      let role = "SELECT role FROM user WHERE email = '\(demo.user.email)'"
      #expect(try Site.rows(role, in: replica[1].data.path + "/handover.sqlite") == ["admin"])
      try replica[1].start()

      // The former one comes back.
      let former = try start(home, ["HANDOVER_STAND_BY": "by-hand"])
      defer { former.kill() }
      try eventually("it stands by") {
        site.logs.contains("epoch=2")
          && !FileManager.default.fileExists(atPath: site.data.path + "/replica.env")
      }
      try eventually("it has a copy") {
        FileManager.default.fileExists(atPath: site.data.path + "/stand-by/2/handover.sqlite-txid")
      }
      // Litestream forgets after some minutes what it has copied.
      let state = site.data.appending(path: ".handover.sqlite-litestream/ltx/0")
      for name in try FileManager.default.contentsOfDirectory(atPath: state.path).sorted().dropLast() {
        try FileManager.default.removeItem(at: state.appending(path: name))
      }
      #expect(try takeOver(home).succeeded)
      #expect(other.waitForEnd(.seconds(30)) == 1, "the other one has heard of it")
      let again = try start(there, ["HANDOVER_STAND_BY": "by-hand"])
      defer { again.kill() }
      try eventually("it serves again") { try owner.get("/settings/export").status == 200 }
      let folders = try FileManager.default.contentsOfDirectory(atPath: site.data.path)
      #expect(folders.contains { $0.hasPrefix("before-restore-") }, "what it had is kept: \(folders)")
      try replica[0].start()
    }

    @Test("A host that is to take a cell over by itself does so when the other one is gone")
    func automatic() throws {
      let other = try start(there, ["HANDOVER_STAND_BY": "automatic"])
      defer { other.kill() }
      try eventually("it follows") { site.logs.contains("event=stand-by.follows") }
      let owner = try site.client(of: demo.owner)
      // A server that is only started anew is not gone.
      server.kill()
      try site.startServer(under: ["env"] + home.map { "\($0.key)=\($0.value)" })
      let again = try #require(site.server)
      try site.waitForHealth()
      usleep(15_000_000)
      #expect(
        try owner.get("/settings/export").status == 200 && !site.logs.contains("event=stand-by.takes-over"))
      again.kill()
      replica[0].kill()
      let begun = ContinuousClock.now
      try eventually("the other host serves it; \(site.logs.suffix(3_000))") {
        try owner.get("/settings/export").status == 200
      }
      print("taken over by itself: \(ContinuousClock.now - begun)")
    }

    @Test("A host that is cut off stops before another one begins, and nothing is lost that it said was done")
    func cutOff() throws {
      let changes = try Changes(site, demo)
      try eventually("some are done") { changes.count > 20 }
      try cut()
      let cutAt = ContinuousClock.now
      let taken = try takeOver(there)
      let takenAt = ContinuousClock.now
      #expect(taken.succeeded, "\(taken)")
      #expect(site.logs.contains("event=health.failed problem=lease"))
      changes.stop()
      let last = try #require(changes.last)
      #expect(last < takenAt)
      let kept = try self.changes(in: replica[1].data)
      #expect(kept >= changes.count, "\(kept) of \(changes.count) are there")
      print(
        "cut off: \(changes.count) acknowledged, \(kept) taken over; the last one \(last - cutAt) after the cut"
      )
      #expect(try atHome.get("/login").status == 503, "it answers nothing")
      try cut(false)
      #expect(server.waitForEnd(.seconds(30)) == 1, "it has heard that the cell was taken over")
      let after = try start(there)
      defer { after.kill() }
      let owner = site.client()
      try eventually("the other host serves it") {
        (try? owner.signIn(demo.owner.email, demo.owner.password)) != nil
      }
    }

    @Test("A host that was frozen while its cell was taken over says of nothing that it is done")
    func frozen() throws {
      let changes = try Changes(site, demo)
      try eventually("some are done") { changes.count > 20 }
      server.send(SIGSTOP)
      replica[0].send(SIGSTOP)
      let before = changes.count
      let taken = try takeOver(there)
      #expect(taken.succeeded, "\(taken)")
      let after = try start(there)
      defer { after.kill() }
      try eventually("the other host serves it") {
        (try? site.client().signIn(demo.owner.email, demo.owner.password)) != nil
      }
      server.send(SIGCONT)
      replica[0].send(SIGCONT)
      #expect(server.waitForEnd(.seconds(30)) == 1, "it has heard that the cell was taken over")
      changes.stop()
      #expect(changes.count == before, "nothing was said to be done after the thaw: \(changes.refused)")
      let kept = try self.changes(in: replica[1].data)
      #expect(kept >= before, "\(kept) of \(before)")
      let parts = try FileManager.default.contentsOfDirectory(atPath: keep.file("store/cells/data"))
      #expect(parts.contains("000001") && !parts.contains("000002"), "\(parts)")
    }

    @Test("With etcd and the store away for a while nothing is answered, and then all goes on")
    func away() throws {
      let owner = atHome
      try owner.signIn(demo.owner.email, demo.owner.password)
      etcd.kill()
      usleep(9_000_000)
      #expect(try owner.get("/settings/export").status == 200, "the store is there")
      try cut()
      try eventually("it answers no longer") { try owner.get("/settings/export").status == 503 }
      try eventually("the log says so") { site.logs.contains("event=health.failed problem=lease") }
      try cut(false)
      try eventually("it goes on") { try owner.get("/settings/export").status == 200 }
      try etcd.start()
      try eventually("etcd is followed") { site.logs.contains("event=directory.followed") }
      #expect(try owner.get("/settings/export").status == 200)
    }
  }
}
