/// How long a mail that could not be sent waits for the next attempt: 30 seconds, then twice as long each
/// time, an hour at most, and 24 hours in all.
///
/// The attempts are counted and not the hours since the first: neither a clock that jumps nor a server that
/// was down takes any of them away.
enum RetryPauses {
  static let shortest: Int64 = 30
  static let longest = Int64.hour
  static let total = Int64.day

  /// The pause after so many failures in a row; nil where it is time to give up.
  static func pause(after failures: Int) -> Int64? {
    var pause = shortest
    var waited: Int64 = 0
    for _ in 1..<max(1, failures) {
      waited += pause
      pause = min(2 * pause, longest)
    }
    return waited + pause <= total ? pause : nil
  }
}
