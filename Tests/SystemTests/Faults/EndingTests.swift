import Foundation
import Glibc
import TestSupport
import Testing

extension SystemTests {
  /// What ends the server, and what does not.
  @Suite struct EndingTests {
    @Test("Signals that mean something to other programs end nothing")
    func strays() throws {
      let site = try Site()
      try site.start()
      let named = [
        SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPOLL, SIGSTKFLT, SIGPIPE, SIGCHLD, SIGWINCH,
      ]
      for signal in named + Array(34...64) {
        site.server?.send(signal)
        #expect(try site.client().get("/login").status == 200, "signal \(signal)")
      }
      #expect(try site.server?.stop() == 0)
    }

    @Test(
      "Signals that ask for the end stop it cleanly",
      arguments: [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGPWR, SIGXCPU])
    func stops(signal: Int32) throws {
      let site = try Site()
      try site.startServer()
      try eventually("it has started") { site.logs.contains("event=server.started") }
      #expect(try site.server?.stop(with: signal) == 0)
      #expect(site.logs.contains("event=server.stopped"))
    }

    @Test("A stop ends in its time although a thread hangs, with a line that says what it waited for")
    func hanging() throws {
      let site = try Site()
      try site.start()
      // A process is not gone as long as strace holds one of its threads.
      let trace = try Strace(site.server, thread: "export-sweeper", "futex", "delay_enter=40000000:when=1+")
      #expect(try site.server?.stop(within: .seconds(60)) == 1)
      #expect(site.logs.contains("event=server.given-up seconds=15 waited-for=\"the sweeper\""))
      trace.detach()
      // All that it left unfinished survives that.
      try site.startServer()
      try site.waitForHealth()
      #expect(try site.server?.stop() == 0)
    }

    @Test("Where descriptors run out pages come back by themselves, and nobody reads the system's words")
    func descriptors() throws {
      let site = try Site(["HANDOVER_REQUEST_THREADS": "64"])
      try site.startServer(under: ["sh", "-c", "ulimit -n 60; exec \"$@\"", "sh"])
      try site.startNginx()
      try site.waitForHealth()
      let socket = site.data.appending(path: "handover.sock").path
      // Connections that say nothing: each holds a descriptor for five seconds.
      let held = try Tool.run(
        "python3",
        [
          "-c",
          """
          import socket, sys, time
          held = []
          for _ in range(100):
            connection = socket.socket(socket.AF_UNIX); connection.connect(sys.argv[1]); held.append(connection)
          time.sleep(4)
          """, socket,
        ])
      #expect(held.succeeded, "\(held.error)")
      #expect(site.logs.contains("Too many open files"))
      try eventually("pages are back") { (try? site.client().get("/login").status) == 200 }
      #expect(try site.server?.stop() == 0)
    }
  }
}
