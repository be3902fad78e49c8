import Foundation
import System
import Testing

@Suite("Programs") struct ProgramTests {
  private func run(
    _ script: String, input: [UInt8] = [], timeout: Duration = .seconds(60), isStopping: Bool = false
  ) throws -> Program.Ending {
    let program = Program(path: "/bin/sh", arguments: ["-c", script], environment: ["WORD": "quokka"])
    return try program.run(input: input, timeout: timeout) { isStopping }
  }

  @Test("Its status and the beginning of its standard error are kept, in one line")
  func status() throws {
    let ending = try run("printf 'a\\n\\tb\\033c' >&2; exit 3")
    #expect(ending == .exited(status: 3, errors: "a b c"))
    let long = try run("head -c 1000000 /dev/zero | tr '\\0' x >&2")
    #expect(long == .exited(status: 0, errors: String(repeating: "x", count: 500)))
  }

  @Test("It has its input, its environment, and no other descriptor of this process")
  func surroundings() throws {
    // Not close-on-exec, so that only closing it keeps it away.
    let leak = dup2(STDERR_FILENO, 200)
    defer { close(leak) }
    let script = "cat >&2; echo \" $WORD\" >&2; [ -e /proc/self/fd/2 ] && ! [ -e /proc/self/fd/200 ]"
    #expect(try run(script, input: Array("mail".utf8)) == .exited(status: 0, errors: "mail quokka"))
  }

  @Test("It is killed when its time is up, and sooner where this process stops", arguments: [false, true])
  func timeIsUp(isStopping: Bool) throws {
    let start = ContinuousClock.now
    let timeout = isStopping ? Duration.seconds(60) : .milliseconds(50)
    #expect(try run("sleep 100", timeout: timeout, isStopping: isStopping) == .timedOut)
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test("One that somebody else kills says by which signal")
  func killed() throws {
    #expect(try run("kill -USR1 $$") == .killed(signal: SIGUSR1))
  }

  @Test("One that is not there can't be run")
  func missing() {
    let program = Program(path: "/nowhere", arguments: [], environment: [:])
    let error = #expect(throws: SystemError.self) {
      try program.run(input: [], timeout: .seconds(1)) { false }
    }
    #expect(error?.description == "can't run /nowhere: No such file or directory")
  }
}
