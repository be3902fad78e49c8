/// How often something that failed is retried, and after which pauses.
///
/// Attempts are counted, not hours, so that neither a clock change nor downtime of the server costs an
/// attempt.
struct RetryPolicy: Sendable {
  /// The pause after the first failure, after the second, and so on. After one failure more than there are
  /// pauses, it is given up.
  let pauses: [Duration]

  /// How often it is tried in all.
  var attempts: Int { pauses.count + 1 }
  var longestPause: Duration { pauses.max() ?? .zero }

  /// The pause after that many failures in a row, from 1; nil where it is time to give up.
  func pause(after failures: Int) -> Duration? {
    failures <= pauses.count ? pauses[max(1, failures) - 1] : nil
  }
}

extension RetryPolicy {
  /// A mail that could not be sent waits for 30 seconds, then twice as long each time, an hour at most.
  static let mail = doubling(from: .seconds(30), upTo: .hours(1), within: mailLimit)
  /// The longest that all pauses of a mail may take together.
  static let mailLimit = Duration.hours(24)

  private static func doubling(from first: Duration, upTo longest: Duration, within limit: Duration) -> Self {
    var pauses: [Duration] = []
    var pause = first
    var total = first
    while total <= limit {
      pauses.append(pause)
      pause = min(pause * 2, longest)
      total += pause
    }
    return RetryPolicy(pauses: pauses)
  }
}
