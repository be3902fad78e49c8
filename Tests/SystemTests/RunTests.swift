import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Scripts/run, as a newcomer starts it.
  @Suite struct RunTests {
    @Test(
      "It prints sign-ins that work, and Ctrl-C or TERM ends all of it with 0", arguments: [SIGINT, SIGTERM])
    func run(signal: Int32) throws {
      let running = try Running()
      let output = try running.waitForSignIns()
      #expect(output.contains("Handover is at http://localhost:\(running.port)"))
      #expect(output.contains("Its mail goes to maildir:\(running.data)/mail"))
      let demo = try running.demo
      #expect(demo.people.count >= 6)
      for person in demo.people { try Client(port: running.port).signIn(person.email, person.password) }
      #expect(try running.script.stop(with: signal) == 0, "\(running.script.log)")
      #expect(throws: HarnessError.self) { _ = try Client(port: running.port).get("/health") }
      // The data folder is free, and the second start finds the demo as it is.
      let again = try Running(port: running.port, folder: running.folder)
      _ = try again.waitForSignIns()
      #expect(try again.demo.people.map(\.email) == demo.people.map(\.email))
      #expect(try again.script.stop() == 0)
    }

    @Test("Two run side by side, and one browser is signed in at both")
    func sideBySide() throws {
      let sites = try [Running(), Running()]
      let browser = try Browser()
      for site in sites {
        _ = try site.waitForSignIns()
        try browser.open("http://localhost:\(site.port)", as: site.demo.owner)
      }
      for site in sites {
        try browser.open("http://localhost:\(site.port)\(Site.exportPage)")
        try browser.waitForText("Nothing has been exported yet")
      }
      let names = try browser.cookies.compactMap { $0["name"] as? String }
      #expect(Set(names).isSuperset(of: sites.map { "session-\($0.port)" }))
      for site in sites { #expect(try site.script.stop() == 0) }
    }

    @Test("A taken port, a wrong port and a wrong variable are one line and exit 1")
    func refusals() throws {
      let first = try Running()
      _ = try first.waitForSignIns()
      let taken = try Running(port: first.port)
      #expect(taken.script.waitForEnd(.seconds(30)) == 1)
      #expect(taken.script.log.contains("port \(first.port) is taken"))
      let sameFolder = try Running(folder: first.folder)
      #expect(sameFolder.script.waitForEnd(.seconds(30)) == 1)
      #expect(sameFolder.script.log.contains("is in use by a running server"))
      let wrong = try Running(settings: ["HANDOVER_THREADS": "none"])
      #expect(wrong.script.waitForEnd(.seconds(30)) == 1)
      #expect(wrong.script.log.contains("HANDOVER_THREADS is 'none'"))
      #expect(try Client(port: first.port).get("/health").status == 200)
      #expect(try first.script.stop() == 0)
    }

    @Test(
      "When nginx's master is killed its workers are ended too, at once or at the next start; no others are")
    func masterDies() throws {
      let other = try Running()
      _ = try other.waitForSignIns()
      let running = try Running()
      _ = try running.waitForSignIns()
      kill(try running.master, SIGKILL)
      #expect(running.script.waitForEnd(.seconds(30)) == 1)
      #expect(running.script.log.contains("nginx ended by itself"))
      #expect(throws: HarnessError.self) { _ = try Client(port: running.port).get("/health") }
      // Killed itself, it can end nobody.
      let second = try Running(port: running.port, folder: running.folder)
      _ = try second.waitForSignIns()
      second.script.send(SIGSTOP)
      kill(try second.master, SIGKILL)
      second.script.kill()
      try eventually("the workers are left") { try Tool.run("pgrep", ["-f", "nginx: worker"]).status == 0 }
      let third = try Running(port: running.port, folder: running.folder)
      _ = try third.waitForSignIns()
      #expect(third.script.log.contains("left workers behind; they are ended"))
      #expect(try Client(port: other.port).get("/health").status == 200)
      #expect(!other.script.log.contains("left workers behind"))
      for script in [third.script, other.script] { #expect(try script.stop() == 0) }
    }

    @Test("When the responder dies, nginx is stopped too, and it says so")
    func responderDies() throws {
      let running = try Running()
      _ = try running.waitForSignIns()
      let pids = try Tool.run("pgrep", ["-P", String(running.script.pid), "handover"]).output
      let pid = try #require(Int32(pids.trimmingCharacters(in: .whitespacesAndNewlines)))
      kill(pid, SIGKILL)
      #expect(running.script.waitForEnd(.seconds(20)) == 1)
      #expect(running.script.log.contains("handover serve ended by itself"))
      #expect(throws: HarnessError.self) { _ = try Client(port: running.port).get("/health") }
    }
  }
}

/// A Scripts/run that the test started.
private final class Running {
  let folder: TemporaryFolder
  let port: Int
  let script: ChildProcess
  var data: String { folder.appending("data").path }

  init(port: Int? = nil, folder: TemporaryFolder? = nil, settings: [String: String] = [:]) throws {
    let folder = try folder ?? TemporaryFolder()
    let port = try port ?? Port.free()
    self.folder = folder
    self.port = port
    let log = folder.appending("run-\(port)-\(UInt32.random(in: 0 ... .max))")
    let own = ["PORT": String(port), "HANDOVER_DATA": folder.appending("data").path]
    script = try ChildProcess(
      Checkout.run, ["--built"], environment: own.merging(settings) { $1 }, folder: folder.url, output: log,
      error: log)
  }

  deinit { _ = try? script.stop() }

  /// The process of nginx that started the others.
  var master: Int32 {
    get throws {
      let text = try String(contentsOfFile: data + "/nginx/nginx.pid", encoding: .utf8)
      guard let pid = Int32(text.trimmingCharacters(in: .newlines)) else {
        throw HarnessError("no pid: \(text)")
      }
      return pid
    }
  }

  func waitForSignIns() throws -> String {
    try eventually("the sign-ins are printed; \(script.log)") {
      guard script.isRunning else { throw HarnessError("Scripts/run ended: \(script.log)") }
      return script.log.contains("Sign in with")
        && script.log.split(separator: "\n").contains { $0.contains("@wattle") }
    }
    return script.log
  }

  var demo: Demo {
    get throws {
      let lines = script.log.split(separator: "\n").filter { $0.contains(/^[^ ]+@[^ ]+ [^ ]+$/) }
      return try Demo(lines.joined(separator: "\n"))
    }
  }
}
