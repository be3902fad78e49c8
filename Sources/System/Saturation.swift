// Arithmetic on numbers that somebody else has written: into a file, a header, a database. Swift's own
// operators trap where a result does not fit.

extension FixedWidthInteger {
  /// The sum or, where it does not fit, the nearest number that does.
  package func adding(saturating other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference or, where it does not fit, the nearest number that does.
  package func subtracting(saturating other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}

extension Sequence where Element: FixedWidthInteger {
  /// The sum of all or, where it does not fit, the nearest number that does.
  package var saturatingSum: Element { reduce(0) { $0.adding(saturating: $1) } }
}
