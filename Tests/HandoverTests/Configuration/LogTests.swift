import TestSupport
import Testing

@testable import Handover

@Suite("The log")
struct LogTests {
  private let lines = LogLines()

  @Test("A line is logfmt behind time and level")
  func line() {
    log(.info).warning("mail.failed", ["id": "7", "to": "a@x.example"])
    #expect(
      lines.all == ["2026-05-02T09:30:00Z warning event=mail.failed id=7 to=a@x.example"])
  }

  @Test(
    "A value is quoted where a reader could take it for something else",
    arguments: [
      ("plain", "plain"), ("Zoë", "Zoë"), ("C:\\temp", "C:\\temp"), ("", "\"\""), ("a b", "\"a b\""),
      ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""), ("a \\ b", "\"a \\\\ b\""),
      ("one\ntwo", "\"one\\ntwo\""), ("\u{1B}[31m", "\"\\x1b[31m\""), ("\u{9B}31m", "\"\\x9b31m\""),
    ])
  func quoting(_ value: String, _ written: String) throws {
    log(.info).info("test", ["value": value])
    #expect(try #require(lines.all.first).hasSuffix(" event=test value=\(written)"))
  }

  @Test("A level lets through itself and those above it", arguments: LogLevel.allCases)
  func levels(_ level: LogLevel) {
    let log = log(level)
    log.debug("debug")
    log.info("info")
    log.warning("warning")
    log.error("error")
    let expected = LogLevel.allCases.filter { $0 >= level }.map { " \($0) event=\($0)" }
    #expect(lines.all.count == expected.count)
    for (line, end) in zip(lines.all, expected) { #expect(line.hasSuffix(end)) }
  }

  @Test("A level is named by its word alone")
  func names() {
    #expect(LogLevel(name: "debug") == .debug && LogLevel(name: "error") == .error)
    #expect(LogLevel(name: "Info") == nil && LogLevel(name: "") == nil && LogLevel(name: "1") == nil)
  }

  private func log(_ level: LogLevel) -> Log {
    Log(level: level, clock: MovableClock().clock, write: lines.add)
  }
}
