extension StringProtocol {
  /// Whether both texts are the same bytes of UTF-8, as files, databases and other programs compare them.
  ///
  /// Swift's `==`, and with it sets, dictionaries and `contains`, takes texts for equal that Unicode calls
  /// canonically equivalent: `é` and an `e` with a combining accent, `K` and U+212A. So compare in this way
  /// whatever comes from outside, and look it up by its array of bytes. With a literal `==` does where that is
  /// ASCII without `K`, `;` and the backtick, which alone are equivalent to something else.
  package func isSame(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}
