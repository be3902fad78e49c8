/// Writes a ZIP with deflated or stored entries into an empty file, compressing on all cores (see ChunkRing.swift).
///
///     try writer.begin("Deals.csv")
///     try writer.write(bytes.span)
///     try writer.endEntry()
///     let summary = try writer.finish()
///
/// All calls come from one thread, the producer. The first error of any thread is thrown by the next call
/// that passes something on, and by all that follow. The caller keeps the descriptor, and may close it after
/// `finish`, `abandon` or the end of the writer: from then on no thread uses it. Memory, whatever is written:
/// `ChunkRing.depth` chunks, each of which holds `Chunk.capacity` bytes twice, plain and compressed.
package final class ArchiveWriter {
  let ring: ChunkRing
  private let output: ArchiveOutput
  private var names: Set<[UInt8]> = []
  /// The entry that is open, and the chunk that is being filled for it.
  private var chunk: Chunk?
  private var isFinished = false

  /// - Parameters:
  ///   - descriptor: an empty regular file, open for writing, without `O_APPEND`.
  ///   - level: 1 (fast) to 9 (small).
  ///   - modified: the time of modification of all entries, since 1970-01-01T00:00:00Z, in whole seconds.
  ///   - limits: where ZIP64 begins.
  /// - Throws: `misuse` for another level, or a file that is not empty; `system`.
  package init(
    descriptor: Int32, compressors: Compressors, level: Int = 4, modified: Duration,
    limits: ArchiveLimits = .standard
  ) throws(ZIPError) {
    guard (1...9).contains(level) else { throw ZIPError(.misuse, "The level must be between 1 and 9") }
    let file = ArchiveFile(descriptor: descriptor)
    guard try file.size() == 0 else { throw ZIPError(.misuse, "The archive's file must be empty") }
    output = ArchiveOutput(file: file, modified: Timestamp(modified), limits: limits)
    ring = ChunkRing(queue: compressors.queue, output: output, level: level)
  }

  deinit { ring.abandon() }

  /// Begins an entry.
  /// - Parameter isStored: whether the content is written as it is: of what doesn't compress, such as PDFs and photos.
  /// - Throws: `name` and `duplicate` for names that `ArchiveReader` would refuse; `misuse` where an entry is
  ///   open or the archive is finished; an earlier error.
  package func begin(_ name: String, isStored: Bool = false) throws(ZIPError) {
    guard chunk == nil, !isFinished else { throw ZIPError(.misuse, "Another entry is open", entry: name) }
    try EntryName.check(name)
    guard !name.hasSuffix("/") else { throw ZIPError(.name, "A folder has no content", entry: name) }
    guard names.insert(Array(name.utf8)).inserted else {
      throw ZIPError(.duplicate, "The name appears twice", entry: name)
    }
    let first = try ring.free()
    first.restart(entry: name, isStored: isStored)
    chunk = first
  }

  /// Copies the bytes into the entry, and returns; other threads compress and write them later.
  /// - Throws: `misuse` where no entry is open; an earlier error.
  package func write(_ bytes: Span<UInt8>) throws(ZIPError) {
    guard var current = chunk else { throw ZIPError(.misuse, "No entry is open") }
    var done = 0
    while done < bytes.count {
      // A full chunk is passed on only when more follows: the last one has to know that it is the last.
      if current.isFull { current = try next(after: current) }
      done += current.append(bytes.extracting(done...))
    }
  }

  /// Ends the entry, without waiting until it is compressed.
  /// - Throws: `misuse` where no entry is open; an earlier error.
  package func endEntry() throws(ZIPError) {
    guard let last = chunk else { throw ZIPError(.misuse, "No entry is open") }
    last.isLast = true
    chunk = nil
    try ring.submit(last)
  }

  /// Takes back the entry that is open, as if it had not begun. Waits until what is before it is in the file.
  /// - Throws: `misuse` where no entry is open; `system`; an earlier error.
  package func dropEntry() throws(ZIPError) {
    guard let open = chunk else { throw ZIPError(.misuse, "No entry is open") }
    chunk = nil
    names.remove(Array(open.entry.utf8))
    try ring.drain()
    do throws(ZIPError) { try output.dropEntry() } catch {
      ring.fail(error)
      throw error
    }
  }

  /// The entries ended so far, in order. Waits until they are in the file, so call it only where they are
  /// needed.
  /// - Throws: the first error of any thread.
  package func entries() throws(ZIPError) -> [EntrySummary] {
    try ring.drain()
    return output.entries.map(\.summary)
  }

  /// Writes the directory. The file is then complete, but not yet on the disk: that takes an fsync.
  /// - Throws: `misuse` where an entry is open or the archive is finished; the first error of any thread.
  package func finish() throws(ZIPError) -> ArchiveSummary {
    guard chunk == nil, !isFinished else { throw ZIPError(.misuse, "An entry is still open, or all is done") }
    try ring.drain()
    do throws(ZIPError) {
      let summary = try output.finish()
      isFinished = true
      return summary
    } catch {
      ring.fail(error)
      throw error
    }
  }

  /// Stops writing, and returns once no thread uses the file: after the time of one chunk at most. An
  /// unfinished file is of no use. All later calls throw `abandoned`.
  package func abandon() { ring.abandon() }

  private func next(after full: Chunk) throws(ZIPError) -> Chunk {
    try ring.submit(full)
    let next = try ring.free()
    next.restart(after: full)
    chunk = next
    return next
  }
}
