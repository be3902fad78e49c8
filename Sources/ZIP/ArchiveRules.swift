/// What an `ArchiveReader` accepts.
package struct ArchiveRules: Equatable, Sendable {
  /// Byte for byte the form that `ArchiveWriter` gives an archive, with nothing before, between or after. The
  /// limits are those it was written with. Nil accepts what other programs write.
  package let own: ArchiveLimits?
  /// More entries than this are refused; the directory may hold 1 KiB for each.
  package let maximumEntries: Int
  package let allowsDuplicates: Bool

  package init(own: ArchiveLimits? = nil, maximumEntries: Int = 65_536, allowsDuplicates: Bool = false) {
    self.own = own
    self.maximumEntries = maximumEntries
    self.allowsDuplicates = allowsDuplicates
  }
}
