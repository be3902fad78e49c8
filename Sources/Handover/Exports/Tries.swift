/// How often an export is tried: three times, with a pause before the second try and a longer one before the
/// third.
enum Tries {
  static let most = 3
  private static let pauses: [Int64] = [1, 10]
  static let longestPause: Int64 = 10

  /// The pause in seconds after so many failures; nil where that was the last try.
  static func pause(after failures: Int) -> Int64? {
    failures < most ? pauses[max(0, failures - 1)] : nil
  }
}
