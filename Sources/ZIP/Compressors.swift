// Parallel deflate, the whole machine
//
// Deflate is nine tenths of the work of an export and runs on one core. This is how it runs on all of them,
// as pigz does it: a deflate stream may be cut wherever a compressor is told to end on a byte border (an
// empty stored block, five bytes), and what was compressed apart is a valid stream when put together again.
// Little is lost if each piece may refer back to the 32 KiB before it, and these are known before the piece
// in front is compressed.
//
//     producer ──fills──▶ chunk ──any compressor──▶ compressed chunk ──in order──▶ file
//
// An archive being written has a ring of eight chunks of 512 KiB (`Pipeline`). One thread, the producer,
// fills them in order. The compressors, threads shared by all archives, take them in order and finish them in
// any order. Whoever finishes the oldest writes it, and all behind it that are ready, while the others go on.
// Buffers never grow and are never added: when the ring is full, the producer has to wait, which bounds the
// memory and holds back the reading. Instead of waiting it compresses the oldest chunk that nobody has taken,
// so that no core is ever idle, and so that an archive gets done even when the compressors are all busy
// elsewhere, or have been stopped.
//
// Archives take turns. One that has a chunk ready stands in a queue once, however many chunks it has; a
// compressor takes one chunk of the first in the queue and sends the archive to the end. So a small archive
// beside a large one waits for one chunk, about ten milliseconds, and not for a gigabyte.
//
// One lock guards the queue and all rings. It is held for some instructions for each chunk, never while
// something is compressed or written. Two kinds of conditions belong to it: compressors wait for `work`, each
// producer for its own ring to have moved.
//
// A CRC-32 of each chunk is computed beside its compression, and `crc32_combine` joins them
// (`ArchiveOutput`). The first error stays with its ring: it wakes the producer, lets all other chunks lie,
// and is thrown from every call that follows.

/// The threads that compress the chunks of all archives, in turn. One for a process.
package final class Compressors: Sendable {
  let turns = Turns()
  private let threads: [Thread]

  /// - Parameters:
  ///   - threads: how many beside the producers, each with 512 KiB of its own. With 0 each producer is alone.
  ///   - niceness: 0 to 19: how willingly they let other threads go first.
  package init(threads count: Int, niceness: Int = 0) throws(ZIPError) {
    var threads: [Thread] = []
    do throws(ZIPError) {
      for number in 0..<count { threads.append(try turns.thread(number: number, niceness: niceness)) }
    } catch {
      turns.stop()
      for thread in threads { thread.join() }
      throw error
    }
    self.threads = threads
  }

  /// Lets each thread finish its chunk and waits for all of them. Archives that are being written are not
  /// hurt: their producers compress what is left. Call it once.
  package func stop() {
    turns.stop()
    for thread in threads { thread.join() }
  }
}
