extension ArchiveSummary {
  /// Reads the file that was written back, once and in order, and holds it against this summary: every byte
  /// by the CRC-32 of the whole, the records against each other and against the entries.
  ///
  /// `block` gets every byte, at most 256 KiB at a time, to hash it on the way, while another thread checks it. Throws
  /// `.damaged` or `.malformed` where the file is not what was written, and what `block` throws.
  package func verify(
    descriptor: Int32, limits: ArchiveLimits = .standard, _ block: (Span<UInt8>) throws -> Void
  ) throws {
    let file = File(descriptor: descriptor)
    guard try file.size() == size else {
      throw ZIPError(.damaged, "The archive does not have the size that was written")
    }
    guard try ReadBack(of: file, size: size).run(block) == crc32 else {
      throw ZIPError(.damaged, "The archive does not read back as it was written (CRC-32)")
    }
    let rules = ArchiveRules(own: limits, maximumEntries: max(entries.count, 65_536))
    guard try ArchiveReader(descriptor: descriptor, rules: rules).entries.map(\.summary) == entries else {
      throw ZIPError(.damaged, "The archive's directory does not hold the entries that were written")
    }
  }
}
