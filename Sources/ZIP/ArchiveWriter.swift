/// Writes a ZIP with deflated entries into an empty file, compressing on all cores (`Compressors.swift`).
///
///     try writer.begin("Deals.csv")
///     try writer.write(bytes.span)
///     try writer.endEntry()
///     let summary = try writer.finish()
///
/// All calls come from one thread, the producer, apart from what `control` offers. The first error, of
/// whatever thread, is thrown by the next call that passes something on, and by all that follow; `.system`
/// keeps its errno. The descriptor stays the caller's, who may close it after `finish`, `cancel` or the end
/// of the writer, when no thread uses it any more. Memory: 4.3 MiB, whatever is written.
package final class ArchiveWriter {
  /// For other threads: progress and cancelling.
  package let control: ArchiveControl

  let pipeline: Pipeline
  private let output: ArchiveOutput
  private var names: Set<String> = []
  /// The entry that is open, and the chunk that is being filled for it.
  private var chunk: Chunk?
  private var isFinished = false

  /// - Parameters:
  ///   - descriptor: an empty regular file, open for writing, without `O_APPEND`.
  ///   - level: 1 (fast) to 9 (small).
  ///   - modified: seconds since 1970, given to all entries.
  ///   - limits: from where on ZIP64 is used.
  package init(
    descriptor: Int32, compressors: Compressors, level: Int = 4, modified: Int,
    limits: ArchiveLimits = .standard
  ) throws(ZIPError) {
    guard (1...9).contains(level) else { throw ZIPError(.misuse, "The level must be between 1 and 9") }
    let file = File(descriptor: descriptor)
    guard try file.size() == 0 else { throw ZIPError(.misuse, "The archive's file must be empty") }
    output = ArchiveOutput(
      file: file, modified: Timestamp(seconds: modified), limits: limits)
    pipeline = Pipeline(turns: compressors.turns, output: output, level: level)
    control = ArchiveControl(pipeline)
  }

  deinit { pipeline.abandon() }

  /// Begins an entry. Throws `.name` and `.duplicate` for what `ArchiveReader` would refuse.
  package func begin(_ name: String) throws(ZIPError) {
    guard chunk == nil, !isFinished else { throw ZIPError(.misuse, "Another entry is open", entry: name) }
    try EntryName.check(name)
    guard !name.hasSuffix("/") else { throw ZIPError(.name, "A folder has no content", entry: name) }
    guard names.insert(name).inserted else {
      throw ZIPError(.duplicate, "The name is there twice", entry: name)
    }
    let first = try pipeline.free()
    first.restart(entry: name)
    chunk = first
  }

  /// Copies the bytes into the entry. Returns when they are copied: compressed and written they are later.
  package func write(_ bytes: Span<UInt8>) throws(ZIPError) {
    guard var current = chunk else { throw ZIPError(.misuse, "No entry is open") }
    var done = 0
    while done < bytes.count {
      // Not before there is more: the last chunk has to know that it is the last.
      if current.isFull { current = try next(after: current) }
      done += current.append(bytes.extracting(done...))
    }
  }

  /// Ends the entry, without waiting until it is compressed.
  package func endEntry() throws(ZIPError) {
    guard let last = chunk else { throw ZIPError(.misuse, "No entry is open") }
    last.isLast = true
    chunk = nil
    try pipeline.submit(last)
  }

  /// The entries ended so far, in order. Waits until they are in the file, so call it once, where it is
  /// needed.
  package func entries() throws(ZIPError) -> [EntrySummary] {
    try pipeline.drain()
    return output.entries.map(\.summary)
  }

  /// Writes the directory. The file is complete, but not yet on the disk: `sync()` sees to that.
  package func finish() throws(ZIPError) -> ArchiveSummary {
    guard chunk == nil, !isFinished else { throw ZIPError(.misuse, "An entry is still open, or all is done") }
    try pipeline.drain()
    do throws(ZIPError) {
      let summary = try output.finish()
      isFinished = true
      return summary
    } catch {
      pipeline.keep(error)
      throw error
    }
  }

  /// `fsync`.
  package func sync() throws(ZIPError) { try output.file.sync() }

  /// Stops, and returns when no thread uses the file any more: after the time of one chunk at most. What is
  /// in the file is of no use. All later calls throw `.cancelled`.
  package func cancel() { pipeline.abandon() }

  private func next(after full: Chunk) throws(ZIPError) -> Chunk {
    try pipeline.submit(full)
    let next = try pipeline.free()
    next.restart(after: full)
    chunk = next
    return next
  }
}

/// What other threads may do with an archive that is being written. It holds the archive's memory: do not
/// keep it.
package struct ArchiveControl: Sendable {
  private let pipeline: Pipeline

  init(_ pipeline: Pipeline) { self.pipeline = pipeline }

  /// Bytes of content passed on to the compressors so far.
  package var bytes: Int { pipeline.acceptedBytes }

  /// Makes the producer's next call throw `.cancelled`, also where it is waiting now.
  package func cancel() { pipeline.cancel() }
}
