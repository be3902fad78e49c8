import Foundation
import Mail
import System
import TestSupport
import Testing

@testable import Handover

@Suite("handover mail")
final class MailSpoolTests {
  private let temporary: TemporaryFolder
  private let log = LogLines()
  private var folder: String { temporary.file("spool") }

  init() throws {
    temporary = try TemporaryFolder()
    for name in ["tmp", "new", "cur", "failed"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
  }

  @Test("Sends all that waits, each once, and ends")
  func all() throws {
    for number in 1...20 { try write(number) }
    try send(by: "cat >/dev/null; echo sent >> \(temporary.file("sent"))")
    #expect(try lines("sent") == 20)
    #expect(try waiting() == [] && log.all.count { $0.contains("event=mail.sent") } == 20)
  }

  @Test(
    "What the mail server doesn't take for now stays, is tried again and goes out; what comes meanwhile doesn't wait"
  )
  func retried() throws {
    try write(1)
    // The first three calls fail; the second mail comes with the first of them.
    try send(
      by: """
        n=$(cat "\(temporary.file("calls"))" 2>/dev/null | wc -l); echo x >> "\(temporary.file("calls"))"
        [ $n -gt 0 ] || cp "\(folder)/cur/"* "\(folder)/new/2.b" 2>/dev/null || cp "\(folder)/new/"* "\(folder)/new/2.b"
        [ $n -ge 3 ] || exit 75
        """)
    #expect(try lines("calls") == 5 && waiting() == [])
    #expect(log.all.count { $0.contains("event=mail.put-off") } == 3)
    #expect(log.all.count { $0.contains("event=mail.sent") } == 2)
  }

  @Test("One that is refused for good, or for too long, is given up, and says why in failed/ and in the log")
  func givenUp() throws {
    try write(1)
    try send(by: "echo unknown user >&2; exit 67")
    try write(2)
    try send(
      by: "echo later >&2; exit 75", retries: RetryPolicy(pauses: [.milliseconds(5), .milliseconds(5)]))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/failed").sorted()
    #expect(names.count == 2 && log.all.count { $0.contains("error event=mail.given-up") } == 2)
    #expect(log.all.count { $0.contains("event=mail.put-off") } == 2)
    let reasons = try names.map { try String(contentsOfFile: "\(folder)/failed/\($0)", encoding: .utf8) }
    #expect(reasons[0].contains("unknown user") && reasons[1].contains("later"))
    #expect(try waiting() == [])
  }

  @Test("One that could not be removed is not sent once more")
  func unremoved() throws {
    try write(1)
    // The program takes the mail, and puts a folder into its file's place for a moment.
    try send(
      by: """
        echo x >> "\(temporary.file("calls"))"
        f=$(ls -d "\(folder)/new/"*); rm "$f"; mkdir "$f"; (sleep 0.1; rmdir "$f") >/dev/null 2>&1 &
        """)
    #expect(try lines("calls") == 1 && waiting() == [])
    #expect(log.all.contains { $0.contains("event=mail.unnoted") })
  }

  @Test("The pauses are those of the outbox: 24 hours at most, and an hour each")
  func pauses() {
    #expect(MailSpool.firstPause == .seconds(30) && MailSpool.limit == .hours(24))
  }

  private func send(by script: String, retries: RetryPolicy = .quick) throws {
    let program = try temporary.program("sendmail", script)
    let spool = MailSpool(
      folder: folder, program: Sendmail(path: program),
      log: Log(level: .debug, clock: .system, write: log.add),
      retries: retries)
    try spool.send(from: Spool(path: folder))
  }

  private func write(_ number: Int) throws {
    let text =
      "From: Handover <handover@localhost>\r\nTo: \(number)@example.org\r\nSubject: x\r\n\r\nHello\r\n"
    try text.write(toFile: "\(folder)/new/\(number).a", atomically: true, encoding: .utf8)
  }

  private func waiting() throws -> [String] {
    try ["new", "cur"].flatMap { try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\($0)") }
  }

  private func lines(_ name: String) throws -> Int {
    try String(contentsOfFile: temporary.file(name), encoding: .utf8).split(separator: "\n").count
  }
}

extension RetryPolicy {
  fileprivate static let quick = RetryPolicy(pauses: Array(repeating: .milliseconds(5), count: 10))
}
