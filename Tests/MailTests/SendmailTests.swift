import Foundation
import Testing

@testable import Mail

@Suite("Sending by sendmail")
struct SendmailTests {
  @Test("The program gets sender and recipient as arguments, and the mail with LF on its standard input")
  func sends() throws {
    let sent = try message(subject: "é", text: "one\n.\ntwo\n")
    let program = try FakeSendmail("printf '%s\\n' \"$@\" > $OUT/arguments; cat > $OUT/mail")
    try program.send(sent)
    #expect(try program.read("arguments") == "-i\n-f\nsender@localhost\n--\nrecipient@example.org\n")
    let mail = String(decoding: sent.rendered(), as: UTF8.self).replacing("\r\n", with: "\n")
    #expect(try program.read("mail") == mail)
    #expect(!program.hasProcess)
  }

  @Test("It can open its standard input by name, as scripts do")
  func devStdin() throws {
    let program = try FakeSendmail("cp /dev/stdin $OUT/mail")
    try program.send(try message())
    #expect(try program.read("mail").hasPrefix("From: Sender"))
  }

  @Test("A recipient that looks like an option is none")
  func option() throws {
    let recipient = try #require(Address(email: "-OQueueDirectory=/tmp@example.org"))
    let program = try FakeSendmail(
      "while getopts if: option; do :; done; shift $((OPTIND - 1)); echo \"$@\" > $OUT/rest")
    try program.send(try message(to: recipient))
    #expect(try program.read("rest") == "-OQueueDirectory=/tmp@example.org\n")
  }

  @Test("A large mail reaches one that reads slowly, as a whole")
  func large() throws {
    let long = try message(text: String(repeating: "A long line of text.\n", count: 10_000))
    let program = try FakeSendmail("sleep 0.2; wc -c > $OUT/count")
    try program.send(long)
    let expected = long.rendered().count { $0 != UInt8(ascii: "\r") }
    #expect(try program.read("count").trimmingCharacters(in: .whitespacesAndNewlines) == "\(expected)")
  }

  @Test("One that closes its input early is judged by its status alone")
  func closesEarly() throws {
    let long = try message(text: String(repeating: "A long line of text.\n", count: 10_000))
    try FakeSendmail("exec <&-; exit 0").send(long)
    #expect(throws: MailError.self) { try FakeSendmail("exec <&-; exit 75").send(long) }
  }

  @Test("One that leaves something running in the background, which holds its outputs, is not waited for")
  func background() throws {
    let program = try FakeSendmail("sleep 60 & echo $! > $OUT/child; exit 0")
    try program.send(try message())
    let child = try program.read("child")
    #expect(program.isRunning(child))
    kill(try #require(pid_t(child.trimmingCharacters(in: .newlines))), SIGKILL)
  }

  @Test("It inherits no descriptor, no blocked or ignored signal and only the environment that is given")
  func inherits() throws {
    let open = try FileHandle(forWritingTo: URL(filePath: "/dev/null"))
    // Unlike open(2) with O_CLOEXEC, as libraries that know no better leave theirs.
    let inheritable = dup2(open.fileDescriptor, 200)
    defer { close(inheritable) }
    var blocked = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe sigaddset(&blocked, SIGTERM)
    unsafe sigaddset(&blocked, SIGUSR1)
    unsafe pthread_sigmask(SIG_BLOCK, &blocked, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    let program = try FakeSendmail(
      "ls /proc/self/fd > $OUT/fds; grep -E 'Sig(Blk|Ign)' /proc/self/status > $OUT/signals; env > $OUT/env")
    try program.send(try message(), environment: ["PATH": "/usr/bin:/bin", "ONLY": "this"])
    // 3 is the folder that ls itself reads.
    #expect(try program.read("fds") == "0\n1\n2\n3\n")
    let signals = try program.read("signals").split(separator: "\n").map { UInt64($0.suffix(16), radix: 16) }
    // 32 and 33 belong to the C library, which ignores them in what it spawns.
    #expect(signals.map { $0.map { $0 & 0x7fff_ffff } } == [0, 0])
    let names = try program.read("env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
    // What the shell sets itself is not ours.
    #expect(Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == ["PATH", "ONLY"])
  }

  @Test("Many sends, good and bad, leave no descriptor open")
  func descriptors() throws {
    let program = try FakeSendmail("exit 0")
    let missing = Sendmail(path: program.folder + "/none")
    let mail = try message()
    // Tests that run beside this one open and close some of their own; what leaks at each send is 30 or more
    // each time.
    let growths = try (0..<5).map { _ in
      let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      for _ in 0..<30 {
        try program.send(mail)
        #expect(throws: MailError.self) { try missing.send(mail) }
      }
      return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count - before
    }
    #expect(growths.contains { $0 < 25 }, "\(growths)")
  }
}
