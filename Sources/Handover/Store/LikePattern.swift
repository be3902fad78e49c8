extension String {
  /// A pattern of SQLite's LIKE, with the escape character \\, for texts that hold this one.
  var likePattern: String {
    // By scalars: a character may be a wildcard and an accent on it.
    var pattern = String.UnicodeScalarView("%".unicodeScalars)
    for scalar in unicodeScalars {
      if "\\%_".unicodeScalars.contains(scalar) { pattern.append("\\") }
      pattern.append(scalar)
    }
    return String(pattern) + "%"
  }
}
