/// Whether two byte arrays are equal, in a time that depends on their length alone, so that nobody can find a
/// secret byte by byte by measuring how long a wrong guess takes.
package func constantTimeEquals(_ one: [UInt8], _ other: [UInt8]) -> Bool {
  guard one.count == other.count else { return false }
  var difference: UInt8 = 0
  for index in one.indices {
    difference |= one[index] ^ other[index]
  }
  return difference == 0
}

/// The same for texts, by their UTF-8.
package func constantTimeEquals(_ one: String, _ other: String) -> Bool {
  constantTimeEquals(Array(one.utf8), Array(other.utf8))
}
