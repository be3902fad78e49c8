import Foundation
import Testing

@testable import Mail

/// One after the other: a test looks at the descriptors and children of this process.
@Suite("Sending by sendmail", .serialized)
final class SendmailTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sendmail-\(UUID())").path

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  @Test("The program gets sender and recipient as arguments, and the mail with LF on its standard input")
  func sends() throws {
    let sent = try message(subject: "é", text: "one\n.\ntwo\n")
    try sendmail("printf '%s\\n' \"$@\" > \(folder)/arguments; cat > \(folder)/mail").send(sent)
    #expect(try read("arguments") == "-i\n-f\nsender@localhost\n--\nrecipient@example.org\n")
    #expect(
      try read("mail") == String(decoding: sent.rendered(), as: UTF8.self).replacing("\r\n", with: "\n"))
    #expect(hasNoChild())
  }

  @Test("It can open its standard input by name, as scripts do")
  func devStdin() throws {
    try sendmail("cp /dev/stdin \(folder)/mail").send(try message())
    #expect(try read("mail").hasPrefix("From: Sender"))
  }

  @Test("A recipient that looks like an option is none")
  func option() throws {
    let recipient = try #require(Address(email: "-OQueueDirectory=/tmp@example.org"))
    let sent = try message(to: recipient)
    try sendmail("while getopts if: option; do :; done; shift $((OPTIND - 1)); echo \"$@\" > \(folder)/rest")
      .send(sent)
    #expect(try read("rest") == "-OQueueDirectory=/tmp@example.org\n")
  }

  @Test("Statuses that lie in the mail are permanent", arguments: [64, 65, 66, 67, 68, 76, 77])
  func permanent(status: Int) throws {
    let error = try failure("cat >/dev/null; echo no such user >&2; exit \(status)")
    #expect(error == .permanent("\(folder)/sendmail ended with status \(status): no such user"))
  }

  @Test("Others are temporary", arguments: [1, 69, 70, 71, 72, 73, 74, 75, 78, 126, 127, 255])
  func temporary(status: Int) throws {
    let error = try failure("cat >/dev/null; exit \(status)")
    #expect(error == .temporary("\(folder)/sendmail ended with status \(status)."))
  }

  @Test("A program that is missing, is no program, or must not be run is temporary")
  func missing() throws {
    let missing = #expect(throws: MailError.self) {
      try Sendmail(path: self.folder + "/none").send(try message())
    }
    #expect(missing == .temporary("\(folder)/none could not be run: No such file or directory."))
    let noProgram = #expect(throws: MailError.self) { try Sendmail(path: self.folder).send(try message()) }
    #expect(noProgram?.isTemporary == true)
    #expect(hasNoChild())
  }

  @Test("One that hangs is killed with all that it started, in its time, and reaped")
  func hangs() throws {
    let script =
      "sleep 1000 & echo $! > \(folder)/child; echo $$ > \(folder)/self; trap '' TERM; wait; sleep 1000"
    let start = ContinuousClock.now
    // Long enough for the shell to have written both, however busy the machine is: the test fails otherwise.
    let error = try failure(script, timeout: .seconds(3))
    #expect(error == .temporary("\(folder)/sendmail did not end within 3.0 seconds and was killed."))
    #expect(ContinuousClock.now - start >= .seconds(3))
    #expect(!isRunning(try read("self")))
    #expect(waits(for: { !self.isRunning((try? self.read("child")) ?? "") }))
    #expect(hasNoChild())
  }

  @Test("One that closes its input early is judged by its status alone", arguments: [0, 75])
  func closesEarly(status: Int) throws {
    let long = try message(text: String(repeating: "A long line of text.\n", count: 10_000))
    let program = try sendmail("exec <&-; exit \(status)")
    if status == 0 {
      try program.send(long)
    } else {
      #expect(throws: MailError.temporary("\(self.folder)/sendmail ended with status 75.")) {
        try program.send(long)
      }
    }
  }

  @Test("A large mail reaches one that reads slowly, as a whole")
  func large() throws {
    let long = try message(text: String(repeating: "A long line of text.\n", count: 10_000))
    try sendmail("sleep 0.2; wc -c > \(folder)/count").send(long)
    let expected = long.rendered().count { $0 != UInt8(ascii: "\r") }
    #expect(try read("count").trimmingCharacters(in: .whitespacesAndNewlines) == "\(expected)")
  }

  @Test("One that is killed is temporary")
  func killed() throws {
    #expect(try failure("kill -9 $$") == .temporary("\(folder)/sendmail was ended by signal 9."))
    #expect(try failure("kill -11 $$").isTemporary)
  }

  @Test("Of a huge complaint the beginning is kept, as one line without control characters")
  func hugeComplaint() throws {
    let error = try failure(
      "printf 'first\\r\\n\\033[31msecond\\n' >&2; head -c 5000000 /dev/zero | tr '\\0' x >&2; exit 67")
    #expect(error.reason.hasPrefix("\(folder)/sendmail ended with status 67: first [31msecond xxx"))
    #expect(error.reason.utf8.count < 700)
    #expect(!error.reason.contains { $0.isNewline })
  }

  @Test("One that leaves something running in the background, which holds its outputs, is not waited for")
  func background() throws {
    let start = ContinuousClock.now
    try sendmail("sleep 30 & echo $! > \(folder)/child; exit 0", timeout: .seconds(25)).send(try message())
    #expect(ContinuousClock.now - start < .seconds(20))
    let child = try read("child")
    #expect(isRunning(child))
    kill(try #require(pid_t(child.trimmingCharacters(in: .newlines))), SIGKILL)
  }

  @Test("It inherits no descriptor, no blocked or ignored signal and only the environment that is given")
  func inherits() throws {
    let open = try FileHandle(forWritingTo: URL(filePath: "/dev/null"))
    let inherited = dup2(open.fileDescriptor, 200)
    let higher = dup2(open.fileDescriptor, 201)
    defer {
      close(inherited)
      close(higher)
    }
    var blocked = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe sigaddset(&blocked, SIGTERM)
    unsafe sigaddset(&blocked, SIGUSR1)
    unsafe pthread_sigmask(SIG_BLOCK, &blocked, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    // /bin/sh would open descriptors of its own for a script; this is asked of a process that just started.
    let script =
      "ls /proc/self/fd > \(folder)/fds; grep -E 'Sig(Blk|Ign)' /proc/self/status > \(folder)/signals; env > \(folder)/env"
    try sendmail(script, environment: ["PATH": "/usr/bin:/bin", "ONLY": "this"]).send(try message())
    let descriptors = try read("fds").split(separator: "\n").compactMap { Int($0) }
    // 3 is the folder that ls itself reads.
    #expect(descriptors.filter { $0 > 3 && $0 < 10 || $0 > 10 } == [])
    let signals = try read("signals").split(separator: "\n").map { UInt64($0.suffix(16), radix: 16) }
    // 32 and 33 belong to the C library, which ignores them in what it spawns.
    #expect(signals.map { $0.map { $0 & 0x7fff_ffff } } == [0, 0])
    let names = try read("env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(Set(names).subtracting(["PWD", "_", "SHLVL", "OLDPWD"]) == ["PATH", "ONLY"])
  }

  @Test("Many sends leave no descriptor open")
  func descriptors() throws {
    let program = try sendmail("exit 0")
    let missing = Sendmail(path: folder + "/none")
    try program.send(try message())
    let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    for _ in 0..<20 {
      try program.send(try message())
      #expect(throws: MailError.self) { try missing.send(try message()) }
    }
    let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    // Other tests run beside these and open some of their own.
    #expect(after < before + 15)
    #expect(hasNoChild())
  }

  private func sendmail(
    _ script: String, timeout: Duration = .seconds(60),
    environment: [String: String] = ["PATH": "/usr/bin:/bin"]
  ) throws -> Sendmail {
    let path = folder + "/sendmail"
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return Sendmail(path: path, timeout: timeout, environment: environment)
  }

  private func failure(_ script: String, timeout: Duration = .seconds(60)) throws -> MailError {
    let program = try sendmail(script, timeout: timeout)
    return try #require(throws: MailError.self) { try program.send(try message()) }
  }

  private func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
  }

  /// Whether a process is there and is no zombie.
  private func isRunning(_ process: String) -> Bool {
    let id = process.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8) else {
      return false
    }
    return !id.isEmpty && !status.contains("State:\tZ")
  }

  private func waits(for condition: () -> Bool) -> Bool {
    for _ in 0..<1000 {
      if condition() { return true }
      usleep(10_000)
    }
    return false
  }

  /// Whether no child of this process that came from here is left, not even as a zombie.
  private func hasNoChild() -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return !processes.contains { id in
      guard Int(id) != nil, let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else {
        return false
      }
      let fields = stat.split(separator: " ")
      return fields.count > 3 && fields[1] == "(sendmail)" && fields[3] == "\(getpid())"
    }
  }
}
