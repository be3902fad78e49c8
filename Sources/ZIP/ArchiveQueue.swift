import System

/// The queue of archives that have chunks to compress, and the lock over it and over all their rings.
///
/// Archives take turns, chunk by chunk (see ChunkRing.swift). All but `stop` is called with the lock held.
final class ArchiveQueue: @unchecked Sendable {
  let lock = Lock()
  private let work: Condition
  private(set) var rings: [ChunkRing] = []
  private var isStopped = false

  init() { work = Condition(lock) }

  /// Says that the ring has one more chunk ready.
  func add(_ ring: ChunkRing) {
    if !ring.isQueued {
      ring.isQueued = true
      rings.append(ring)
    }
    work.wakeOne()
  }

  /// Waits for an archive whose turn it is: it has a chunk ready. Nil once the queue has been stopped.
  func next() -> ChunkRing? {
    while !isStopped {
      guard let ring = rings.first else {
        work.wait()
        continue
      }
      rings.removeFirst()
      ring.isQueued = ring.readyCount > 1
      if ring.isQueued { rings.append(ring) }
      // Its producer may have compressed the chunk itself meanwhile.
      if ring.readyCount > 0 { return ring }
    }
    return nil
  }

  /// Forgets an archive that needs no more turns.
  func remove(_ ring: ChunkRing) {
    rings.removeAll { $0 === ring }
    ring.isQueued = false
  }

  /// Ends every wait for work, now and later. Takes the lock itself.
  func stop() {
    lock.withLock {
      isStopped = true
      work.wakeAll()
    }
  }
}
