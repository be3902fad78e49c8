import Foundation
import Testing

@testable import Mail

@Suite("A sendmail that fails")
struct SendmailFaultTests {
  @Test("Statuses that lie in the mail are permanent", arguments: [64, 65, 66, 67, 68, 76, 77])
  func permanent(status: Int) throws {
    let program = try FakeSendmail("cat >/dev/null; echo no such user >&2; exit \(status)")
    #expect(try program.failure() == .permanent("\(program.path) ended with status \(status): no such user"))
    #expect(!program.hasProcess)
  }

  @Test("All others are temporary", arguments: [1, 69, 70, 71, 72, 73, 74, 75, 78, 126, 127, 255])
  func temporary(status: Int) throws {
    let program = try FakeSendmail("cat >/dev/null; exit \(status)")
    #expect(try program.failure() == .temporary("\(program.path) ended with status \(status)."))
    #expect(!program.hasProcess)
  }

  @Test("A program that is missing, is no program, or can't be run is temporary")
  func missing() throws {
    let program = try FakeSendmail("exit 0")
    let none = Sendmail(path: program.folder + "/none")
    #expect(throws: MailError.temporary("\(none.path) could not be run: No such file or directory.")) {
      try none.send(try message())
    }
    let folder = Sendmail(path: program.folder)
    #expect(throws: MailError.temporary("\(folder.path) could not be run: Permission denied.")) {
      try folder.send(try message())
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: program.path)
    #expect(try program.failure() == .temporary("\(program.path) could not be run: Permission denied."))
  }

  @Test("One that hangs is killed with all that it started, when its time is up, and reaped")
  func hangs() throws {
    let program = try FakeSendmail(
      "sleep 1000 & echo $! > $OUT/child; trap '' TERM; echo $$ > $OUT/self; wait; sleep 1000")
    let start = ContinuousClock.now
    // Time enough for the shell to have written both ids, however busy the machine is.
    let error = try program.failure(timeout: .seconds(3))
    #expect(error == .temporary("\(program.path) did not end within 3.0 seconds and was killed."))
    #expect(ContinuousClock.now - start >= .seconds(3))
    #expect(!program.isRunning(try program.read("self")))
    #expect(!program.hasProcess)
    let child = try program.read("child")
    // Nobody waits for the child; it is gone once the kernel has come to it.
    while program.isRunning(child) { usleep(10_000) }
  }

  @Test("One that hangs while this process stops is killed after a moment, and one that ends in it has sent")
  func stopping() throws {
    let hanging = try FakeSendmail("sleep 1000 & echo $! > $OUT/child; wait")
    // Once it has said so, the shell has written the id.
    let file = hanging.folder + "/child"
    let isStopping = { @Sendable in FileManager.default.fileExists(atPath: file) }
    #expect(throws: MailError.self) { try hanging.send(try message(), isStopping: isStopping) }
    #expect(!hanging.hasProcess)
    let child = try hanging.read("child")
    while hanging.isRunning(child) { usleep(10_000) }
    try FakeSendmail("sleep 0.2").send(try message(), isStopping: { true })
  }

  @Test("One that is killed is temporary")
  func killed() throws {
    let program = try FakeSendmail("kill -9 $$")
    #expect(try program.failure() == .temporary("\(program.path) was ended by signal 9."))
    #expect(!program.hasProcess)
  }

  @Test("Of a huge complaint the beginning is kept, as one line without control characters")
  func hugeComplaint() throws {
    let program = try FakeSendmail(
      "printf 'first\\r\\n\\033[31msecond\\n' >&2; head -c 5000000 /dev/zero | tr '\\0' x >&2; exit 67")
    let reason = try program.failure().reason
    #expect(reason.hasPrefix("\(program.path) ended with status 67: first [31msecond xxx"))
    #expect(reason.utf8.count < 700)
    #expect(!reason.contains { $0.isNewline })
  }
}
