/// The queue of archives that have chunks to compress, and the lock over it and over all their rings.
final class Turns: @unchecked Sendable {
  let lock = Lock()
  private let work: Condition
  private(set) var queue: [Pipeline] = []
  private var isStopped = false

  init() { work = Condition(lock) }

  /// A compressor: takes turns until `stop()`.
  func thread(number: Int, niceness: Int) throws(ZIPError) -> Thread {
    let deflater = Handover(try Deflater())
    return try Thread(name: "compress \(number)", niceness: niceness) { [self] in
      lock.lock()
      while let pipeline = next() { pipeline.compressOldest(with: deflater.value) }
      lock.unlock()
    }
  }

  func stop() {
    lock.lock()
    isStopped = true
    work.wakeAll()
    lock.unlock()
  }

  /// Tells that `pipeline` has one more chunk ready. The lock is held.
  func add(_ pipeline: Pipeline) {
    if !pipeline.isQueued {
      pipeline.isQueued = true
      queue.append(pipeline)
    }
    work.wakeOne()
  }

  /// Forgets an archive that needs no more turns. The lock is held.
  func remove(_ pipeline: Pipeline) {
    queue.removeAll { $0 === pipeline }
    pipeline.isQueued = false
  }

  /// Waits for an archive whose turn it is: it has a chunk ready. Nil when stopped. The lock is held.
  func next() -> Pipeline? {
    while !isStopped {
      guard let pipeline = queue.first else {
        work.wait()
        continue
      }
      queue.removeFirst()
      pipeline.isQueued = pipeline.readyCount > 1
      if pipeline.isQueued { queue.append(pipeline) }
      // Its producer may have compressed the chunk itself meanwhile.
      if pipeline.readyCount > 0 { return pipeline }
    }
    return nil
  }
}

/// Carries into a new thread what only that thread will use.
private struct Handover: @unchecked Sendable {
  let value: Deflater

  init(_ value: Deflater) { self.value = value }
}
