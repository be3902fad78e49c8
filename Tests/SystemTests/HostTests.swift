import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Two hosts: people reach one, and what they have is on the other. `CellTests` has their ways through both.
  @Suite struct HostTests {
    let site: Site
    let demo: Demo
    let etcd: EtcdProcess
    /// What both reach.
    let store: TemporaryFolder

    init() throws {
      store = try TemporaryFolder()
      site = try Site(["HANDOVER_STORE": store.file("documents")], behind: .host)
      demo = try site.startWithDemo()
      etcd = try #require(site.etcd)
    }

    private let users = "/settings/organisation/users"

    @Test(
      "While etcd is away people sign in and work; who needs a new address is told so, and can when it is back"
    )
    func etcdAway() throws {
      let owner = try site.client(of: demo.owner)
      etcd.kill()
      // An invitation waits for who accepts it.
      let added = try owner.submit(
        [("name", "Zoe Lang"), ("email", "zoe@x.example"), ("role", "user")], to: users, from: users + "/new")
      #expect(added.status == 303)
      let letter = try site.letter("the invitation") { $0.to.contains("zoe@x.example") }
      let link = try #require(letter.links.first { $0.contains("/password/reset?token=") })
      let zoe = site.client()
      let page = try zoe.get(String(link.dropFirst(site.url.count)))
      let fields = [
        ("token", page.value(ofField: "token") ?? ""), ("password", "tide and 7 lanterns"),
        ("csrf_token", page.csrfToken ?? ""),
      ]
      let refused = try zoe.post("/password/reset", fields)
      #expect(refused.status == 503 && refused["Retry-After"] == "60", "\(refused.status)")
      #expect(refused.text.contains("Nobody can be given a new way to sign in just now"))
      _ = try site.client(of: demo.owner)
      _ = try site.completedExport(by: owner)
      try eventually("the log says so") { site.logs.contains("event=directory.away") }
      // Both start without it, too.
      try site.restartServers()
      _ = try site.client(of: demo.owner)
      let command = try site.handover(
        "user", "add", "--organisation", "1", "--name", "Yves", "--email", "yves@x.example", "--role", "user",
        input: "tide and 7 lanterns\n")
      #expect(command.status == 1, "\(command)")
      #expect(command.error.contains("etcd, the directory of all hosts, can't be reached"))
      try etcd.start()
      try eventually("it is followed again") { try zoe.post("/password/reset", fields).status == 303 }
      try eventually("the other host has followed") {
        (try? site.client().signIn("zoe@x.example", "tide and 7 lanterns")) != nil
      }
    }

    @Test("An address that signs in at one host is refused at the other, and followed there within seconds")
    func oneAddress() throws {
      let organisation = try site.handoverInFront("organisation", "add", "Beta Brokers").output
      let id = try #require(organisation.firstMatch(of: /[0-9]{8,}/)).output
      #expect(id == "4294967297")
      func add(_ email: String) throws -> Tool.Result {
        try site.handoverInFront(
          "user", "add", "--organisation", String(id), "--name", "Ben", "--email", email, "--role", "user",
          input: "tide and 7 lanterns\n")
      }
      #expect(try add(demo.owner.email).error.contains("somebody of another organisation signs in with"))
      #expect(try add("ben@x.example").succeeded)
      try eventually("the other host has followed") {
        (try? site.client().signIn("ben@x.example", "tide and 7 lanterns")) != nil
      }
      let list = try site.handover("cell", "list").output
      #expect(list.contains("front\t1\t1\t1\telsewhere\t127.0.0.1:"), "\(list)")
      let moved = try site.handover("organisation", "move", "1", "--to", "front")
      #expect(moved.status == 1 && moved.error.contains("the cell front is on another host"))
    }

    @Test("Nobody asks as a host who has no certificate of theirs, and no header makes anybody one")
    func strangers() throws {
      let port = try #require(site.environment["HANDOVER_HOST"]?.split(separator: ":").last)
      let folder = try #require(site.environment["HANDOVER_HOST_CERTIFICATES"])
      let elsewhere = try TemporaryFolder()
      let stranger = try HostCertificates(in: elsewhere)
      func ask(_ more: [String]) throws -> String {
        try Tool.run(
          "curl",
          [
            "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", "\(folder)/ca.crt", "--connect-to",
            "handover-host::127.0.0.1:", "-H", "Host: localhost:\(site.port)", "-H", "X-Handover-Cell: data",
            "-H",
            "X-Handover-Target: /login", "https://handover-host:\(port)/login",
          ] + more
        ).output
      }
      let own = ["--cert", "\(folder)/host.crt", "--key", "\(folder)/host.key"]
      #expect(try ask(own) == "200")
      #expect(try ask([]) == "400")
      #expect(
        try ask(["--cert", "\(stranger.folder)/host.crt", "--key", "\(stranger.folder)/host.key"]) == "400")
      let owner = try site.client(of: demo.owner)
      let addresses = ["X-Real-IP", "X-Handover-Target", "X-Handover-Host", "X-Handover-Request"]
      for header in addresses {
        #expect(
          try owner.get("/settings/export", [header: "/settings"]).text.contains("<h1>Export"), "\(header)")
      }
      #expect(!site.logs.contains("\n/settings "))
    }

    @Test("Two hosts with one cell: the second is refused, with what to do")
    func twice() throws {
      try site.stop()
      let other = site.environment.merging(["HANDOVER_HOST": "127.0.0.1:9"]) { $1 }
      let started = try Tool.run(
        Checkout.handover, ["serve"], environment: other, folder: Repository.folder, timeout: .seconds(20))
      #expect(started.status == 1)
      #expect(started.error.contains("two hosts must not serve one cell"))
      #expect(started.error.contains("handover cell take-over data"))
    }

    @Test("A cell is taken over by who has its folder, and its former server ends by itself")
    func takeOver() throws {
      let other = site.environment.merging(["HANDOVER_HOST": "127.0.0.1:9"]) { $1 }
      func takeOver(_ name: String, _ environment: [String: String]) throws -> Tool.Result {
        try Tool.run(
          Checkout.handover, ["cell", "take-over", name], environment: environment, folder: Repository.folder)
      }
      #expect(try takeOver("data", other).error.contains("is in use by a running server"))
      try site.stop()
      #expect(try takeOver("front", other).error.contains("HANDOVER_CELL names the cell data, and not front"))
      #expect(try takeOver("data", site.environment).error.contains("is this host's already"))
      let taken = try takeOver("data", other)
      #expect(taken.succeeded && taken.output.contains("the cell data is this host's now"), "\(taken)")
      // The former host's copy says otherwise while etcd is away: it serves, and ends when it hears of it.
      etcd.kill()
      try site.startServer()
      try eventually("it serves") { site.logs.matches(of: /event=server.started/).count == 3 }
      try etcd.start()
      #expect(site.server?.waitForEnd(.seconds(30)) == 1)
      #expect(site.logs.contains("the cell data has been taken over by the host 127.0.0.1:9"))
    }

    /// Litestream of the cell on a host, whose cells lie in a folder.
    private func replica(in cells: URL) throws -> CellReplica {
      try CellReplica(
        of: "data", in: cells, to: site.folder.appending("store"),
        log: site.folder.appending("litestream.log"))
    }

    @Test(
      "A cell's copy is taken over on another host as it was, and what its former host still writes is read by nobody"
    )
    func replica() throws {
      try site.stop()
      let replicating = ["HANDOVER_REPLICATION": "litestream"]
      let home = site.environment.merging(replicating) { $1 }
      let first = try replica(in: URL(filePath: site.folder.path))
      try first.start()
      func handover(_ arguments: [String], _ environment: [String: String]) throws -> Tool.Result {
        try Tool.run(Checkout.handover, arguments, environment: environment, folder: Repository.folder)
      }
      let change = ["user", "change", "--organisation", "1", demo.user.email, "--role", "admin"]
      let promised = try handover(change, home)
      #expect(promised.succeeded && promised.error == "", "\(promised)")
      first.kill()

      // The other host, which has nothing of the cell but the store, and what etcd says.
      let cells = site.folder.appending("other")
      let data = cells.appending(path: "data")
      let second = try replica(in: cells)
      let there = home.merging(second.environment) { $1 }.merging([
        "HANDOVER_DATA": data.path, "HANDOVER_HOST": "127.0.0.1:9",
      ]) { $1 }
      let restored = try handover(["restore", "--replica", "--yes"], there)
      #expect(restored.succeeded, "\(restored)")
      #expect(try handover(["cell", "take-over", "data"], there).succeeded)
      try second.start()
      let role = "SELECT role FROM user WHERE email = '\(demo.user.email)'"
      #expect(try Site.rows(role, in: data.path + "/handover.sqlite") == ["admin"])

      // The former host's Litestream goes on, with a change that nobody was told of; its server does not start.
      try first.start()
      try site.change("UPDATE user SET name = 'Late' WHERE email = '\(demo.user.email)'")
      try eventually("Litestream has copied it") { try Litestream.hasAll(of: site.data) }
      first.kill()
      second.kill()
      #expect(try handover(change, home).error.contains("two hosts must not serve one cell"))
      let again = try handover(["restore", "--replica", "--yes"], there)
      #expect(again.succeeded, "\(again)")
      #expect(
        try Site.rows("SELECT count(*) FROM user WHERE name = 'Late'", in: data.path + "/handover.sqlite")
          == ["0"])
      let parts = try FileManager.default.contentsOfDirectory(atPath: site.folder.file("store/cells/data"))
      #expect(parts.sorted() == ["000001", "000002"])
    }

    @Test("A host that is killed takes no document with it: it is on the host that takes its cell over")
    func killed() throws {
      let owner = try site.client(of: demo.owner)
      let upload = Upload("Payslip.pdf", bytes: 300_000, seed: 7)
      #expect(try owner.add([upload], to: "D-1").status == 303)
      let id = try #require(try site.documents().first { $0.contains(upload.sha256) }?.prefix { $0 != "|" })
      site.server?.kill()
      let gone = try replica(in: URL(filePath: site.folder.path))
      try gone.start()
      gone.kill()

      let cells = site.folder.appending("other")
      let data = cells.appending(path: "data")
      let there = site.environment.merging(try replica(in: cells).environment) { $1 }.merging([
        "HANDOVER_DATA": data.path, "HANDOVER_HOST": try #require(site.frontHost),
      ]) { $1 }
      func handover(_ arguments: String...) throws -> Tool.Result {
        try Tool.run(Checkout.handover, arguments, environment: there, folder: Repository.folder)
      }
      let restored = try handover("restore", "--replica", "--yes")
      #expect(
        restored.succeeded && restored.output.contains("1 document came from the store."), "\(restored)")
      #expect(try handover("cell", "take-over", "data").succeeded)
      try FileManager.default.moveItem(at: site.data, to: site.folder.appending("gone"))
      try site.serveOnFront(there)
      let got = try owner.get("/documents/\(id)")
      #expect(got.status == 200 && got.body == upload.content, "\(got.status) \(got.text.prefix(300))")
    }

    @Test(
      "While the store is away nobody adds a document, everybody is told, and the same works when it is back")
    func storeAway() throws {
      let owner = try site.client(of: demo.owner)
      let (place, aside) = (store.appending("documents"), store.appending("aside"))
      let upload = Upload("Payslip.pdf", bytes: 3_000, seed: 8)
      #expect(try owner.add([Upload("first.pdf", "first")], to: "D-1").status == 303)
      let before = (try site.documents(), try site.documentFiles())
      try FileManager.default.moveItem(at: place, to: aside)
      try Data().write(to: place)
      let refused = try owner.add([upload], to: "D-1")
      #expect(refused.status == 503 && refused["Retry-After"] == "60", "\(refused.status)")
      #expect(refused.text.contains("The store of documents can’t be reached at the moment"))
      let file = store.appending("Payslip.pdf")
      try Data(upload.content).write(to: file)
      let command = ["document", "add", "--organisation", "1", "--deal", "D-1", file.path]
      let away = try Tool.run(
        Checkout.handover, command, environment: site.environment, folder: Repository.folder)
      #expect(
        away.status == 1 && away.error.contains("the store that all hosts reach can't be reached"), "\(away)")
      #expect(try site.documents() == before.0 && site.documentFiles() == before.1)
      #expect(site.logs.contains("event=store.away"))
      #expect(try owner.get("/deals/D-1").status == 200, "everything else goes on")
      try FileManager.default.removeItem(at: place)
      try FileManager.default.moveItem(at: aside, to: place)
      #expect(try owner.add([upload], to: "D-1").status == 303)
      #expect(try site.documents().count == before.0.count + 1)
    }

    @Test("A page of a host has its style from that host where this one's program has another")
    func otherAssets() throws {
      let owner = try site.client(of: demo.owner)
      let page = try owner.get("/settings/export").text
      let style = try #require(page.firstMatch(of: /\/assets\/[a-z-]+\.[0-9a-f]{8}\.css/)).output
      let here = site.folder.appending("other/front\(style)")
      try FileManager.default.removeItem(at: here)
      #expect(try owner.get(String(style)).status == 200)
      let unknown = try site.client().get(String(style))
      #expect(
        unknown.status == 404, "nobody has said which host: \(unknown.status) \(unknown.text.prefix(300))")
    }
  }
}
