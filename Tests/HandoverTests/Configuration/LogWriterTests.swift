import Foundation
import System
import TestSupport
import Testing

@testable import Handover

/// Where nobody reads what is logged.
@Suite("The log's writer") struct LogWriterTests {
  private let pipe = Pipe()
  private let writer: LogWriter

  init() throws {
    writer = LogWriter(
      descriptor: pipe.fileHandleForWriting.fileDescriptor, patience: .milliseconds(200)
    ) { "left out: \($0)" }
    try writer.start()
  }

  /// What is written, until it ends with the line; until any line's end for an empty one.
  private func lines(until last: String) throws -> [String] {
    var text = ""
    while !("\n" + text).hasSuffix(last.isEmpty ? "\n" : "\n\(last)\n") || text.isEmpty {
      let part = pipe.fileHandleForReading.availableData
      if part.isEmpty { throw Unexpected("the pipe ended") }
      text += String(decoding: part, as: UTF8.self)
    }
    return text.split(separator: "\n").map(String.init)
  }

  @Test("Lines are written in their order, those of several threads too")
  func order() throws {
    let threads = try (0..<4).map { number in
      try System.Thread(name: "writer \(number)") { [writer] in
        for line in 1...500 { writer.write("\(number) \(line)") }
      }
    }
    for thread in threads { thread.join() }
    writer.write("last")
    let lines = try lines(until: "last")
    for number in 0..<4 {
      #expect(lines.filter { $0.hasPrefix("\(number) ") } == (1...500).map { "\(number) \($0)" })
    }
    writer.stop(patience: .seconds(20))
  }

  @Test(
    "A pipe that nobody reads keeps nobody waiting; the lines that found no room are counted where they are missing",
    arguments: [(100, LogWriter.mostLines), (4_000, LogWriter.mostBytes / 4_001)])
  func unread(length: Int, most: Int) throws {
    let line = String(repeating: "x", count: length)
    let all = LogWriter.mostLines + 2_000
    for _ in 0..<all { writer.write(line) }
    try eventually("it is known to be stuck") { writer.isStuck }
    var lines: [String] = []
    while lines.last?.hasPrefix("left out") != true { lines += try self.lines(until: "") }
    try eventually("it is well again") { !writer.isStuck }
    writer.write("after")
    lines += try self.lines(until: "after")
    let written = lines.prefix { $0 == line }.count
    #expect(lines.dropFirst(written) == ["left out: \(all - written)", "after"])
    // Beside those that wait, the pipe holds 64 KiB.
    #expect((most...most + 65_536 / length + 1).contains(written))
    writer.stop(patience: .seconds(20))
  }

  @Test("A stop writes what waits, and does not wait for a reader who never comes")
  func stop() throws {
    // Its thread writes on, so the descriptor stays.
    let writer = LogWriter(descriptor: dup(pipe.fileHandleForWriting.fileDescriptor)) { "left out: \($0)" }
    try writer.start()
    for _ in 0..<2_000 { writer.write(String(repeating: "x", count: 100)) }
    let begun = ContinuousClock.now
    writer.stop(patience: .milliseconds(10))
    #expect(.now - begun < .seconds(10))
    writer.write("late")
    // A reader who comes in the end.
    var count = 0
    while count < 2_000 {
      let lines = try lines(until: "")
      count += lines.count
      #expect(!lines.contains("late"))
    }
  }

  @Test("What is logged just before the stop is written")
  func last() throws {
    for number in 1...100 { writer.write("\(number)") }
    writer.stop(patience: .seconds(20))
    #expect(try lines(until: "100") == (1...100).map(String.init))
  }

  @Test("A full disk is a log that is stuck, and no line is lost once there is room")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("log")
    try Data().write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let descriptor = dup(full.fileDescriptor)
    let writer = LogWriter(descriptor: descriptor, patience: .milliseconds(200)) { "left out: \($0)" }
    try writer.start()
    writer.write("one")
    writer.write("two")
    try eventually("stuck") { writer.isStuck }
    dup2(handle.fileDescriptor, descriptor)
    writer.stop(patience: .seconds(20))
    #expect(!writer.isStuck)
    #expect(try String(contentsOf: file, encoding: .utf8) == "one\ntwo\n")
    close(descriptor)
  }
}
