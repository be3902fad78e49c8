import System

/// What the server counts while it runs, for `/metrics`. Whoever has something to count gets the part that it is in.
final class Counts: Sendable {
  let started: UnixTime
  let jobs = JobCounts()
  let mail = MailCounts()
  /// Requests that broke off, or that FastCGI refused, by a word for each kind.
  let incidents = Tally()

  init(started: UnixTime) {
    self.started = started
  }
}

/// Runs of exports, imports and syncs, by how they ended.
final class JobCounts: Sendable {
  enum Outcome: String, CaseIterable, Sendable {
    case completed
    /// Counted as a failure; it may be tried again.
    case failed
    /// Cancelled, stopped with the server, or put back as something was away.
    case stopped
  }

  private let histograms = Locked<[Key: Histogram]>([:])

  struct Key: Hashable, Sendable {
    let kind: String
    let outcome: Outcome
  }

  func end(_ kind: String, _ outcome: Outcome, after time: Duration) {
    histogram(of: Key(kind: kind, outcome: outcome)).count(time)
  }

  func histogram(of key: Key) -> Histogram {
    histograms.withLock { histograms in
      let histogram = histograms[key] ?? Histogram(.jobs)
      histograms[key] = histogram
      return histogram
    }
  }
}

/// What became of e-mails.
final class MailCounts: Sendable {
  let sent = Counter()
  let putOff = Counter()
  let givenUp = Counter()
}

/// Counts by words, of which there must be few.
final class Tally: Sendable {
  private let counts = Locked<[String: Int]>([:])

  func add(_ word: String) { counts.withLock { $0[word, default: 0] += 1 } }

  subscript(_ word: String) -> Int { counts.withLock { $0[word] ?? 0 } }
}
