/// From where on a number needs ZIP64. Only tests choose others, to cross them with little data.
package struct ArchiveLimits: Equatable, Sendable {
  /// The smallest size or offset that does not fit its 32 bits. All ones is no value but the sign to look
  /// elsewhere.
  package let bytes: Int
  /// The smallest number of entries that does not fit its 16 bits, likewise.
  package let entries: Int

  package static let standard = ArchiveLimits(bytes: 0xFFFF_FFFF, entries: 0xFFFF)

  package init(bytes: Int, entries: Int) {
    self.bytes = bytes
    self.entries = entries
  }
}
