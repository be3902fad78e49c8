import Foundation
import System
import TestSupport
import Testing

extension SystemTests {
  /// An organisation that goes from one cell to the other and back, while people work in it.
  @Suite struct CellMoveTests {
    let site: Site
    let demo: Demo
    let folder: TemporaryFolder

    init() throws {
      site = try Site(behind: .cell)
      demo = try site.startWithDemo(rows: 20_000)
      folder = try TemporaryFolder()
    }

    /// Runs a command for the cell.
    private func handover(_ cell: String, _ arguments: String...) throws -> Tool.Result {
      let own = [
        "HANDOVER_CELL": cell == "data" ? "data:0" : "front:1",
        "HANDOVER_DATA": site.folder.appending(cell).path,
      ]
      return try Tool.run(
        Checkout.handover, arguments, environment: site.environment.merging(own) { $1 },
        folder: Repository.folder,
        timeout: .seconds(120))
    }

    private func rows(_ cell: String, _ query: String) throws -> [String] {
      try Site.rows(query, in: site.folder.appending("\(cell)/handover.sqlite").path)
    }

    /// The hashes of the CSVs of an export of all records; people come and go meanwhile.
    private func records(in cell: String) throws -> [String: String] {
      let zip = folder.appending("\(UUID().uuidString).zip")
      let made = try handover(cell, "export", "--organisation", "1", "--output", zip.path)
      try #require(made.succeeded, "\(made.error)")
      #expect(try Tool.run(Checkout.handover, ["verify", zip.path]).succeeded)
      let manifest = try Tool.run("unzip", ["-p", zip.path, "manifest-sha256.txt"]).output
      let hashes = manifest.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
      return Dictionary(
        uniqueKeysWithValues: hashes.map {
          ($0[1].trimmingCharacters(in: ["*", " "]), String($0[0]))
        }
      ).filter { $0.key.hasSuffix(".csv") && $0.key != "Users.csv" }
    }

    @Test(
      "While it moves nobody notices: each page, download, form and sign-in is answered, and all is there")
    func underLoad() throws {
      let owner = try site.client(of: demo.owner)
      let link = try site.completedExport(by: owner)
      let archive = try owner.get(link).body
      let before = try records(in: "data")
      #expect(before.count >= 6)
      let isDone = Locked(false)
      let faults = Locked<[String]>([])
      let answers = Locked(0)
      let (added, downloads) = (Locked(0), Locked(1))
      let (port, person, email) = (site.port, demo.owner, demo.user)
      func worker(_ name: String, _ body: @escaping @Sendable () throws -> String?) throws -> System.Thread {
        try System.Thread(name: name) {
          while !isDone.withLock({ $0 }) {
            do {
              if let fault = try body() { faults.withLock { $0.append("\(name): \(fault)") } }
            } catch { faults.withLock { $0.append("\(name): \(error)") } }
            answers.withLock { $0 += 1 }
          }
        }
      }
      let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let page = "/settings/organisation/users"
      var threads = try ["/settings/export", "/deals", page].map { path in
        try worker(path) {
          // The cookie stays what it was, so that each request finds its way anew.
          let answer = try Client(port: port).get(path, ["Cookie": cookies])
          return answer.status == 200 && answer.text.contains("Olivia") ? nil : "\(answer.status)"
        }
      }
      threads.append(
        try worker("download") {
          let answer = try Client(port: port).get(link, ["Cookie": cookies])
          guard answer.status == 200, answer.body == archive else {
            // There is a limit, and the log says that it was reached.
            return answer.status == 429 ? nil : "\(answer.status) \(answer.body.count)"
          }
          downloads.withLock { $0 += 1 }
          usleep(20_000)
          return nil
        })
      threads.append(
        try worker("sign-in") {
          usleep(200_000)
          let client = Client(port: port)
          let signedIn = try client.submit(
            [("email", email.email), ("password", email.password)], to: "/login", from: "/login")
          guard signedIn.status == 303 else { return signedIn.status == 429 ? nil : "\(signedIn.status)" }
          let answer = try client.get("/settings")
          return answer.status == 200 ? nil : "\(answer.status)"
        })
      let adding = Client(port: port)
      adding.source = 7
      try adding.signIn(person.email, person.password)
      // Of this one thread from here on.
      nonisolated(unsafe) let form = adding
      threads.append(
        try worker("form") {
          usleep(100_000)
          let number = added.withLock { $0 }
          let answer = try unsafe form.submit(
            [("name", "Zoe \(number)"), ("email", "zoe-\(number)@x.example"), ("role", "user")], to: page,
            from: page + "/new")
          if answer.status == 429 { return nil }
          guard answer.status == 303 else { return "\(answer.status) \(answer.text.prefix(3_000))" }
          added.withLock { $0 += 1 }
          return nil
        })

      let moves = Checkout.isLong ? 100 : 4
      var held: [String] = []
      for number in 1...moves {
        let cell = number.isMultiple(of: 2) ? "data" : "front"
        let moved = try handover(
          number.isMultiple(of: 3) ? "front" : "data", "organisation", "move", "1", "--to", cell)
        try #require(moved.succeeded, "\(moved.error) \(moved.output)")
        held.append(moved.output.split(separator: " ").dropLast().last.map(String.init) ?? "")
        usleep(300_000)
      }
      isDone.withLock { $0 = true }
      for thread in threads { thread.join() }
      print(
        "\(moves) moves: \(answers.withLock { $0 }) answers, \(added.withLock { $0 }) people added; held for \(held.prefix(4)) s"
      )
      let logs = ["server", "front", "nginx"].flatMap { name in
        (try? String(contentsOf: site.folder.appending("\(name).log"), encoding: .utf8))?.split(
          separator: "\n") ?? []
      }
      let errors = logs.filter { $0.contains(" error ") || $0.contains("[error]") }.prefix(5).joined(
        separator: "\n")
      #expect(faults.withLock { $0 } == [], "\(errors)")
      #expect(added.withLock { $0 } > moves)

      #expect(try records(in: "data") == before)
      let people = "SELECT count(*) FROM user WHERE organisation_id = 1 AND email GLOB 'zoe-*'"
      let trail =
        "SELECT count(*) FROM activity WHERE organisation_id = 1 AND what = 'people.added' AND detail GLOB '*zoe-*'"
      #expect(try rows("data", people) == ["\(added.withLock { $0 })"])
      let kinds = try rows("data", "SELECT DISTINCT what FROM activity")
      #expect(try rows("data", trail) == ["\(added.withLock { $0 })"], "\(kinds)")
      let receipts =
        "SELECT sum(times) FROM activity WHERE organisation_id = 1 AND what = 'export.downloaded'"
      // The last ones may be written in a moment.
      try eventually("\(downloads.withLock { $0 }) receipts, \(try rows("data", receipts))") {
        try rows("data", receipts) == ["\(downloads.withLock { $0 })"]
      }
      #expect(
        try rows("data", "PRAGMA foreign_key_check") == [] && rows("front", "PRAGMA foreign_key_check") == [])
      let ledger = try handover("data", "ledger", "--organisation", "1")
      #expect(ledger.succeeded && ledger.output.contains("up to number 1."), "\(ledger.error)")
      if !Checkout.isLong { #expect(try owner.get(link).body == archive) }
    }

    @Test("A link that was sent before leads to where the organisation is, from wherever nginx asks first")
    func links() throws {
      let owner = try site.client(of: demo.owner)
      let users = "/settings/organisation/users"
      let added = try owner.submit(
        [("name", "Zoe Lang"), ("email", "zoe@x.example"), ("role", "user")], to: users, from: users + "/new")
      #expect(added.status == 303)
      let letter = try site.letter("the invitation") { $0.to.contains("zoe@x.example") }
      let link = try #require(letter.links.first { $0.contains("/password/reset?token=") })
      #expect(try handover("data", "organisation", "move", "1", "--to", "front").succeeded)
      // To the cell that the link names, and from there to the one where it is.
      let zoe = site.client()
      let page = try zoe.get(String(link.dropFirst(site.url.count)))
      #expect(page.status == 200 && page.text.contains("zoe@x.example"))
      #expect(zoe.cookies["cell-\(site.port)"] == "front")
      let set = try zoe.post(
        "/password/reset",
        [
          ("token", page.value(ofField: "token") ?? ""), ("password", "tide and 7 lanterns"),
          ("csrf_token", page.csrfToken ?? ""),
        ])
      #expect(set.status == 303, "\(set.text)")
      #expect(
        try rows("front", "SELECT count(*) FROM user WHERE email = 'zoe@x.example' AND password_hash > ''")
          == ["1"])
      #expect(try owner.get("/settings/export").status == 200)
      let other = try site.client(of: demo.owner)
      #expect(other.cookies["cell-\(site.port)"] == "front")
    }

    @Test("A move that is killed at any moment leaves the organisation in one cell, whole, and answered for")
    func killed() throws {
      let owner = try site.client(of: demo.owner)
      let before = try records(in: "data")
      var ends: [String: Int] = [:]
      var place = "data"
      for number in 1...(Checkout.isLong ? 60 : 8) {
        let target = place == "data" ? "front" : "data"
        let move = try ChildProcess(
          Checkout.handover, ["organisation", "move", "1", "--to", target], environment: site.environment,
          folder: Repository.folder, output: folder.appending("move.log"), error: folder.appending("move.log")
        )
        usleep(.random(in: 10_000...400_000))
        move.kill()
        let states = try ["data", "front"].map { cell in
          "\(cell) \(try rows(cell, "SELECT state FROM move WHERE organisation_id = 1").first ?? "none")"
        }
        ends[states.joined(separator: ", "), default: 0] += 1
        let page = try owner.get("/settings/export")
        #expect(page.status == 200 && page.text.contains("Olivia"), "\(states)")
        // Of somebody else, and not for ever: there are limits.
        if number <= 8 { _ = try site.client(of: demo.user) }
        // Whoever moves next ends it first.
        let next = try handover("data", "organisation", "move", "1", "--to", target)
        #expect(
          next.succeeded || next.error.contains("is in the cell \(target) already"), "\(states) \(next.error)"
        )
        place = target
        for cell in ["data", "front"] {
          #expect(try rows(cell, "SELECT * FROM move WHERE state IN ('leaving', 'left', 'arriving')") == [])
          let people = try rows(cell, "SELECT count(*) > 0 FROM user WHERE organisation_id = 1")
          #expect(people == [cell == target ? "1" : "0"], "\(states)")
        }
      }
      print("killed moves: \(ends)")
      #expect(try records(in: place) == before)
      #expect(
        try rows("data", "PRAGMA foreign_key_check") == [] && rows("front", "PRAGMA foreign_key_check") == [])
    }
  }
}
