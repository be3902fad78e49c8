import Foundation
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

  @Test(
    "As JSON every line is one object with all of its values, whatever people type",
    arguments: NaughtyStrings.all)
  func json(_ value: String) throws {
    Log(level: .info, form: LogForm(format: .json), clock: MovableClock().clock, write: lines.add)
      .info("test", ["value": value, "again": "\(value)\u{0}\n\u{9B}\u{2028}\"\\"])
    let line = try #require(lines.all.first)
    #expect(lines.all.count == 1 && !line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
    #expect(
      object["event"] == "test" && object["level"] == "info" && object["time"] == "2026-05-02T09:30:00Z")
    #expect(object["value"].map { Array($0.utf8) } == Array(value.utf8) || value.utf8.count > 4000)
  }

  @Test("For the journal a line begins with its level", arguments: LogForm.Format.allCases)
  func journal(_ format: LogForm.Format) {
    let form = LogForm(format: format, isForJournal: true)
    let log = Log(level: .debug, form: form, clock: MovableClock().clock, write: lines.add)
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    #expect(lines.all.map { String($0.prefix(3)) } == ["<7>", "<6>", "<4>", "<3>"])
    #expect(lines.all.allSatisfy { $0.dropFirst(3).hasPrefix(format == .json ? "{\"time\"" : "2026-05-02") })
  }

  @Test("A line of a request ends in its id, and no other line has one")
  func request() {
    CurrentRequest.$id.withValue("0af7") { log(.info).info("inside", ["a": "b"]) }
    log(.info).info("outside")
    #expect(lines.all[0].hasSuffix(" event=inside a=b request=0af7"))
    #expect(lines.all[1].hasSuffix(" event=outside"))
  }

  @Test("A value that is too long for a line of the journal is cut between two characters")
  func long() throws {
    log(.info).info("test", ["value": String(repeating: "é", count: 50_000)])
    let line = try #require(lines.all.first)
    #expect(line.utf8.count < 4100 && line.hasSuffix("éé…"))
  }

  @Test("The failure of a server is in the form of its log")
  func failure() throws {
    #expect(LogForm.failure("no room", environment: [:]) == "handover: no room")
    let line = LogForm.failure("no\u{1B} \"room\"", environment: ["HANDOVER_LOG_FORMAT": "json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
    #expect(object["error"] == "no\u{1B} \"room\"" && object["event"] == "server.failed")
  }

  private func log(_ level: LogLevel) -> Log {
    Log(level: level, clock: MovableClock().clock, write: lines.add)
  }
}
