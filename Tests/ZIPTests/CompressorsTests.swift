import Foundation
import System
import TestSupport
import Testing

@testable import ZIP

/// Many archives on the same threads.
@Suite struct CompressorsTests {
  @Test("Archives written at the same time do not mix", arguments: [0, 1, 3])
  func together(threads: Int) throws {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: threads)
    let lock = NSLock()
    nonisolated(unsafe) var failures: [String] = []
    let contents = (0..<6).map { Content.text(900_000 + $0 * 77_777) }
    let path = folder.path
    DispatchQueue.concurrentPerform(iterations: contents.count) { number in
      do {
        let file = try OpenFile("\(path)/\(number).zip")
        let entries = (0..<5).map { ("\($0)", contents[(number + $0) % contents.count]) }
        try write(entries, to: file, compressors: compressors, level: 1 + number)
        let reader = try ArchiveReader(
          descriptor: file.descriptor, rules: ArchiveRules(form: .canonical(.standard)))
        for (name, bytes) in entries where try content(of: name, in: reader) != bytes {
          lock.withLock { unsafe failures.append("\(number): \(name) differs") }
        }
      } catch {
        lock.withLock { unsafe failures.append("\(number): \(error)") }
      }
    }
    compressors.stop()
    unsafe #expect(failures == [])
  }

  @Test("Archives take turns chunk by chunk")
  func turns() throws {
    let folder = try TemporaryFolder()
    let queue = ArchiveQueue()
    let files = try ["large", "small"].map { try OpenFile(folder.file($0)) }
    let (large, small) = (ring(to: files[0], queue), ring(to: files[1], queue))
    for _ in 0..<4 { try submit(to: large) }
    for _ in 0..<2 { try submit(to: small) }
    var order: [String] = []
    let deflater = try Deflater()
    queue.lock.lock()
    for _ in 0..<6 {
      let next = try #require(queue.next())
      order.append(next === large ? "large" : "small")
      next.compressOldest(with: deflater)
    }
    queue.lock.unlock()
    #expect(order == ["large", "small", "large", "small", "large", "large"])
    large.abandon()
    small.abandon()
    withExtendedLifetime(files) {}
  }

  @Test("A small archive is done while a large one is still being written", .timeLimit(.minutes(2)))
  func fairness() throws {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: 1)
    defer { compressors.stop() }
    let isStarted = DispatchSemaphore(value: 0)
    let isDone = DispatchSemaphore(value: 0)
    let large = try OpenFile(folder.file("large.zip"))
    let largeDescriptor = large.descriptor
    let text = Content.text(4 << 20)
    let thread = try System.Thread(name: "large") {
      do {
        let writer = try ArchiveWriter(
          descriptor: largeDescriptor, compressors: compressors, level: 9, modified: modified)
        try writer.begin("large")
        try writer.write(text.span)
        isStarted.signal()
        // Goes on until the small one is done: if that had to wait for this one, neither would end.
        while isDone.wait(timeout: .now()) == .timedOut { try writer.write(text.span) }
        writer.abandon()
      } catch { Issue.record(error) }
    }
    isStarted.wait()
    let small = try OpenFile(folder.file("small.zip"))
    let summary = try write([("small", Content.text(1 << 20))], to: small, compressors: compressors)
    isDone.signal()
    thread.join()
    withExtendedLifetime(large) {}
    #expect(summary.entries.map(\.bytes) == [1 << 20])
  }

  @Test("An archive is completed by its producer when the compressors are stopped in the midst of it")
  func stopped() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let compressors = try Compressors(threads: 2)
    let content = Content.text(3_000_000)
    let writer = try ArchiveWriter(
      descriptor: file.descriptor, compressors: compressors, modified: modified)
    try writer.begin("a")
    try writer.write(content.span.extracting(0..<1_500_000))
    compressors.stop()
    try writer.write(content.span.extracting(1_500_000..<3_000_000))
    try writer.endEntry()
    _ = try writer.finish()
    #expect(try ZIPTests.content(of: "a", in: ArchiveReader(path: file.path)) == content)
  }

  @Test("The threads have names and are as nice as they are told")
  func threads() throws {
    let compressors = try Compressors(threads: 2, niceness: 7)
    defer { compressors.stop() }
    // A thread takes its name and its niceness after it has started.
    var found: [String: String] = [:]
    while found.count < 2 || found.values.contains(where: { $0 != "7" }) {
      for id in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
        guard let text = try? String(contentsOfFile: "/proc/self/task/\(id)/stat", encoding: .utf8),
          let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
        else { continue }
        let name = String(text[text.index(after: open)..<close])
        let niceness = String(text[close...].split(separator: " ")[17])
        if name.hasPrefix("compress"), niceness == "7" { found[name] = niceness }
      }
    }
    #expect(Set(found.keys).isSuperset(of: ["compress 0", "compress 1"]))
  }

  private func ring(to file: OpenFile, _ queue: ArchiveQueue) -> ChunkRing {
    let output = ArchiveOutput(
      file: ArchiveFile(descriptor: file.descriptor), modified: Timestamp(modified), limits: .standard)
    return ChunkRing(queue: queue, output: output, level: 4)
  }

  private func submit(to ring: ChunkRing) throws {
    let chunk = try ring.free()
    chunk.restart(entry: "a")
    try ring.submit(chunk)
  }
}
