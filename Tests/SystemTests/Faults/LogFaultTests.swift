import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// A log that nobody takes.
  @Suite struct LogFaultTests {
    @Test("A pipe that nobody reads holds up no export, no mail, no page and no stop")
    func unread() throws {
      let pipe = try NamedPipe()
      let site = try Site()
      let owner = try start(site, logTo: pipe)
      try pipe.fill()
      for _ in 1...5 {
        _ = try site.completedExport(by: owner)
        // The link that it has found may be that of the one before.
        try site.waitForExport("completed")
      }
      let waiting = "SELECT count(*) FROM letter WHERE sent_at IS NULL"
      try eventually("the mails are sent") { try site.count(waiting) == 0 }
      let begun = ContinuousClock.now
      #expect(try site.server?.stop(within: .seconds(30)) == 0)
      #expect(ContinuousClock.now - begun < .seconds(15))
    }

    @Test("A pipe whose reader has gone ends nothing, and neither does a closed standard error")
    func gone() throws {
      let pipe = try NamedPipe()
      let site = try Site()
      let owner = try start(site, logTo: pipe)
      pipe.close()
      _ = try site.completedExport(by: owner)
      #expect(try site.server?.stop() == 0)
      try site.startServer(under: ["sh", "-c", "exec \"$@\" 2>&-", "sh"])
      try site.waitForHealth()
      _ = try owner.get(Site.exportPage)
      // Written into the next file that is opened, the log would be in one of these.
      let found = try Tool.run("grep", ["-rl", "event=server.started", site.data.path])
      #expect(found.output == "")
      #expect(try site.rows("PRAGMA integrity_check") == ["ok"])
      #expect(try site.server?.stop() == 0)
    }

    /// Starts the site with its log into the pipe, and signs the owner in.
    private func start(_ site: Site, logTo pipe: NamedPipe) throws -> Client {
      let demo = try site.makeDemo()
      try site.startServer(under: ["sh", "-c", "exec \"$@\" 2>'\(pipe.path)'", "sh"])
      try site.startNginx()
      try site.waitForHealth()
      return try site.client(of: demo.owner)
    }
  }
}

/// A pipe with a name, and its only reader, who reads nothing.
private final class NamedPipe {
  private let folder: TemporaryFolder
  private let descriptor: Int32
  var path: String { folder.appending("pipe").path }

  init() throws {
    folder = try TemporaryFolder()
    let path = folder.appending("pipe").path
    guard unsafe mkfifo(path, 0o600) == 0 else { throw HarnessError("no pipe: error \(errno)") }
    // For writing too, so that neither side waits for the other.
    descriptor = unsafe open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
  }

  /// Writes until there is no room.
  func fill() throws {
    for size in [4096, 1] {
      let bytes = [UInt8](repeating: UInt8(ascii: "."), count: size)
      while unsafe write(descriptor, bytes, size) > 0 {}
    }
    guard errno == EAGAIN else { throw HarnessError("the pipe can't be filled: error \(errno)") }
  }

  func close() { _ = Glibc.close(descriptor) }
}
