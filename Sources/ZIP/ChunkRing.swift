import System

// Parallel deflate, the whole machine
//
// Deflate is nine tenths of the work of an export and runs on one core. This is how it runs on all of them,
// as pigz does it: a deflate stream may be cut wherever a compressor is told to end on a byte border (an
// empty stored block, five bytes), and pieces that were compressed apart are a valid stream when put together
// again. Little is lost if each piece may refer back to the 32 KiB before it, and these are known before the
// piece in front is compressed.
//
//     producer ──fills──▶ chunk ──any compressor──▶ compressed chunk ──in order──▶ file
//
// An archive being written has a ring (`ChunkRing`) of `depth` chunks of `Chunk.capacity` bytes. One thread,
// the producer (`ArchiveWriter`), fills them in order. The compressors (`Compressors`), threads shared by all
// archives, take them in order and finish them in any order. The thread that finishes the oldest one writes
// it, and all that are ready behind it, while the others go on. Buffers never grow and are never added: when
// the ring is full, the producer has to wait, which bounds the memory and holds back the reading. Instead of
// idling it compresses the oldest chunk that nobody has taken. So no core is ever idle, and an archive gets
// done even when the compressors are all busy elsewhere, or have been stopped.
//
// Archives take turns (`ArchiveQueue`). One that has a chunk ready is in the queue once, however many chunks
// it has; a compressor takes one chunk of the first in the queue and sends the archive to the end. So a small
// archive beside a large one waits for one chunk, about ten milliseconds, and not for a gigabyte.
//
// One lock guards the queue and all rings. It is held for some instructions for each chunk, never while a
// thread compresses or writes. Two kinds of conditions belong to it: compressors wait for `work`, each
// producer for its own ring to have moved.
//
// A CRC-32 of each chunk is computed beside its compression, and `crc32_combine` joins them
// (`ArchiveOutput`).
//
// A ring ends in one of three ways:
//
// - drained: all submitted chunks are in the file, and the producer writes the directory behind them;
// - failed: a compressor, the file or the producer (`fail`) has met an error. The ring keeps the first one,
//   wakes the producer, leaves all other chunks as they are, and throws that error from every call that
//   follows;
// - abandoned: the file is no longer wanted. This counts as an error, and also waits until no thread uses the
//   file or a chunk. Every writer ends so when it goes away; a drained ring has nothing left to wait for.

/// The ring of chunks of one archive.
///
/// Chunks are numbered from 0 in the order of the archive, and number n lies in place n modulo `depth` of the
/// ring. Three counters say where each one is: written ≤ taken ≤ submitted ≤ written + depth.
final class ChunkRing: @unchecked Sendable {
  static let depth = 8

  private let queue: ArchiveQueue
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
  /// The producer's own, made when it first has to help.
  private var deflater: Deflater?
  /// Whether it is in the queue; only the queue changes this.
  var isQueued = false

  init(queue: ArchiveQueue, output: ArchiveOutput, level: Int) {
    self.queue = queue
    self.output = output
    self.level = Int32(level)
    moved = Condition(queue.lock)
    chunks = (0..<Self.depth).map { _ in Chunk() }
  }

  // MARK: For the producer

  /// The next free chunk. While there is none, the producer compresses or waits.
  func free() throws(ZIPError) -> Chunk {
    queue.lock.lock()
    defer { queue.lock.unlock() }
    try help { submitted - written < Self.depth }
    return chunks[submitted % Self.depth]
  }

  /// Passes on the chunk that `free()` gave.
  func submit(_ chunk: Chunk) throws(ZIPError) {
    queue.lock.lock()
    defer { queue.lock.unlock() }
    if let failure { throw failure }
    submitted += 1
    queue.add(self)
  }

  /// Returns when all submitted chunks are in the file.
  func drain() throws(ZIPError) {
    queue.lock.lock()
    defer { queue.lock.unlock() }
    try help { written == submitted && !isWriting }
  }

  /// Ends the ring, and returns once no thread touches the file or a chunk: after the time of one chunk at
  /// most.
  func abandon() {
    queue.lock.lock()
    defer { queue.lock.unlock() }
    keep(ZIPError(.abandoned, "The archive was abandoned"))
    queue.remove(self)
    while isInUse { moved.wait() }
  }

  /// Ends the ring with an error that the producer met outside of it.
  func fail(_ error: ZIPError) { queue.lock.withLock { keep(error) } }

  // MARK: For any thread, with the lock held

  /// Chunks that nobody has taken yet. After an error there is nothing left to do.
  var readyCount: Int { failure == nil ? submitted - taken : 0 }

  /// Whether a thread holds a chunk or writes to the file.
  var isInUse: Bool { holders > 0 || isWriting }

  /// Compresses the oldest chunk that is ready, and writes what is now next in order. There must be one
  /// ready. Gives up the lock while it works.
  func compressOldest(with deflater: Deflater) {
    let place = taken % Self.depth
    taken += 1
    holders += 1
    queue.lock.unlock()
    var failed: ZIPError?
    do throws(ZIPError) { try deflater.compress(chunks[place], level: level) } catch { failed = error }
    queue.lock.lock()
    holders -= 1
    if let failed { keep(failed) }
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

  /// Writes the chunks that are next in order, unless another thread is writing: that one will see them.
  private func writeNext() {
    if isWriting { return }
    isWriting = true
    while failure == nil, written < taken, isCompressed[written % Self.depth] {
      let place = written % Self.depth
      queue.lock.unlock()
      var failed: ZIPError?
      do throws(ZIPError) { try output.append(chunks[place]) } catch { failed = error }
      queue.lock.lock()
      if let failed { keep(failed) }
      isCompressed[place] = false
      written += 1
      moved.wakeAll()
    }
    isWriting = false
    moved.wakeAll()
  }

  /// The first error stays.
  private func keep(_ error: ZIPError) {
    if failure == nil { failure = error }
    moved.wakeAll()
  }
}
