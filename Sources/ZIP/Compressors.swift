import System

/// The threads that compress the chunks of all archives, in turn (see ChunkRing.swift). One for a process.
package final class Compressors: Sendable {
  let queue = ArchiveQueue()
  private let threads: [Thread]

  /// - Parameters:
  ///   - threads: how many beside the producers, each with a zlib state of its own (about 256 KiB). With 0
  ///     each producer compresses alone.
  ///   - niceness: 0 to 19; the higher, the more other threads go first.
  /// - Throws: `system` where a thread can't be started; `compression`.
  package init(threads count: Int, niceness: Int32 = 0) throws(ZIPError) {
    var threads: [Thread] = []
    do throws(ZIPError) {
      for number in 0..<count { threads.append(try startCompressor(number, niceness, queue)) }
    } catch {
      queue.stop()
      for thread in threads { thread.join() }
      throw error
    }
    self.threads = threads
  }

  /// Lets each thread finish its chunk and waits for all of them. Archives that are being written are still
  /// completed: their producers compress what is left. Call it once.
  package func stop() {
    queue.stop()
    for thread in threads { thread.join() }
  }
}

/// Starts a thread that takes turns until the queue is stopped.
private func startCompressor(
  _ number: Int, _ niceness: Int32, _ queue: ArchiveQueue
) throws(ZIPError) -> Thread {
  let deflater = Transferred(try Deflater())
  do throws(SystemError) {
    return try Thread(name: "compress \(number)", niceness: niceness) {
      queue.lock.lock()
      while let ring = queue.next() { ring.compressOldest(with: deflater.value) }
      queue.lock.unlock()
    }
  } catch {
    throw ZIPError("A thread could not be started", error)
  }
}

/// Passes to a new thread a value that only that thread will use.
private struct Transferred: @unchecked Sendable {
  let value: Deflater

  init(_ value: Deflater) { self.value = value }
}
