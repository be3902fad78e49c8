/// The ring of chunks of one archive; `Compressors.swift` tells how it works.
///
/// Chunks are numbered from 0 in the order of the archive, and number n lies in place n modulo 8 of the ring.
/// Three counters say where each one is: written ≤ taken ≤ submitted ≤ written + 8.
final class Pipeline: @unchecked Sendable {
  static let depth = 8

  private let turns: Turns
  private let moved: Condition
  private let output: ArchiveOutput
  private let level: Int32
  private let chunks: [Chunk]
  private var isCompressed = [Bool](repeating: false, count: depth)
  private var submitted = 0
  private var taken = 0
  private var written = 0
  /// Threads that hold one of the chunks.
  private var holders = 0
  private var isWriting = false
  private var failure: ZIPError?
  private var bytesIn = 0
  /// The producer's own, made when it first has to help.
  private var deflater: Deflater?
  /// Whether it stands in the queue of `turns`.
  var isQueued = false

  init(turns: Turns, output: ArchiveOutput, level: Int) {
    self.turns = turns
    self.output = output
    self.level = Int32(level)
    moved = Condition(turns.lock)
    chunks = (0..<Self.depth).map { _ in Chunk() }
  }

  // MARK: For the producer

  /// The next free chunk. While there is none, the thread that calls compresses or waits.
  func free() throws(ZIPError) -> Chunk {
    turns.lock.lock()
    defer { turns.lock.unlock() }
    try help { submitted - written < Self.depth }
    return chunks[submitted % Self.depth]
  }

  /// Passes on the chunk that `free()` gave.
  func submit(_ chunk: Chunk) throws(ZIPError) {
    turns.lock.lock()
    defer { turns.lock.unlock() }
    if let failure { throw failure }
    submitted += 1
    bytesIn += chunk.count
    turns.add(self)
  }

  /// Returns when all that was submitted is in the file.
  func drain() throws(ZIPError) {
    turns.lock.lock()
    defer { turns.lock.unlock() }
    try help { written == submitted && !isWriting }
  }

  /// Cancels, and returns when no thread touches the file or a chunk any more: at most the time of one chunk.
  func abandon() {
    turns.lock.lock()
    defer { turns.lock.unlock() }
    fail(ZIPError(.cancelled, "The archive was cancelled"))
    turns.remove(self)
    while isInUse { moved.wait() }
  }

  /// Keeps an error that the producer met itself.
  func keep(_ error: ZIPError) { turns.lock.holding { fail(error) } }

  // MARK: For any thread

  func cancel() { keep(ZIPError(.cancelled, "The archive was cancelled")) }

  var acceptedBytes: Int { turns.lock.holding { bytesIn } }

  // MARK: For whoever holds the lock

  /// Chunks that nobody has taken yet. After an error there is nothing left to do.
  var readyCount: Int { failure == nil ? submitted - taken : 0 }

  /// Whether a thread holds a chunk or writes to the file.
  var isInUse: Bool { holders > 0 || isWriting }

  /// Compresses the oldest chunk that is ready, and writes what has become next in order. There must be one
  /// ready.
  func compressOldest(with deflater: Deflater) {
    let place = taken % Self.depth
    taken += 1
    holders += 1
    turns.lock.unlock()
    var failed: ZIPError?
    do throws(ZIPError) { try deflater.compress(chunks[place], level: level) } catch { failed = error }
    turns.lock.lock()
    holders -= 1
    if let failed { fail(failed) }
    isCompressed[place] = true
    writeNext()
    if failure != nil { moved.wakeAll() }
  }

  /// Compresses or waits until `condition` holds; throws the first error of any thread.
  private func help(until condition: () -> Bool) throws(ZIPError) {
    while true {
      if let failure { throw failure }
      if condition() { return }
      if readyCount > 0 {
        compressOldest(with: try ownDeflater())
      } else {
        moved.wait()
      }
    }
  }

  private func ownDeflater() throws(ZIPError) -> Deflater {
    if let deflater { return deflater }
    let made = try Deflater()
    deflater = made
    return made
  }

  /// Writes the chunks that are next in order, unless another thread is doing so: that one will see them.
  private func writeNext() {
    if isWriting { return }
    isWriting = true
    while failure == nil, written < taken, isCompressed[written % Self.depth] {
      let place = written % Self.depth
      turns.lock.unlock()
      var failed: ZIPError?
      do throws(ZIPError) { try output.append(chunks[place]) } catch { failed = error }
      turns.lock.lock()
      if let failed { fail(failed) }
      isCompressed[place] = false
      written += 1
      moved.wakeAll()
    }
    isWriting = false
    moved.wakeAll()
  }

  private func fail(_ error: ZIPError) {
    if failure == nil { failure = error }
    moved.wakeAll()
  }
}
