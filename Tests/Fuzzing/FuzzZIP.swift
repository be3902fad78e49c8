import Glibc
import ZIP

func fuzzZIP(_ input: [UInt8]) throws {
  guard let stream = unsafe tmpfile() else { return }
  defer { unsafe fclose(stream) }
  let file = unsafe fileno(stream)
  _ = unsafe input.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
  let any = try? ArchiveReader(descriptor: file, rules: ArchiveRules(maximumEntries: 64))
  let canonical = try? ArchiveReader(
    descriptor: file, rules: ArchiveRules(form: .canonical(.standard), maximumEntries: 64))
  if let any {
    for entry in any.entries { try check(entry, in: any, of: input.count) }
    try require(Set(any.entries.map { Array($0.name.utf8) }).count == any.entries.count, "a name stands once")
  }
  if let canonical {
    try require(any?.entries == canonical.entries, "the canonical form is a ZIP like any other")
  }
}

private func check(_ entry: ArchiveEntry, in reader: ArchiveReader, of size: Int) throws {
  try require(!entry.name.split(separator: "/").contains(".."), "a name stays in its folder")
  try require(!entry.name.hasPrefix("/") && !entry.name.utf8.contains(0), "a name is a relative path")
  try require(entry.summary.compressedBytes <= size, "content lies in the file")
  var count = 0
  do {
    try reader.read(entry) { bytes in
      count += bytes.count
      try require(count <= entry.summary.bytes, "no more is handed over than the directory says")
      // Deflate makes at most 1,032 bytes of one: anything beyond would have come from nowhere.
      try require(count <= 1_100 * size, "no more comes out than deflate can make")
    }
    try require(count == entry.summary.bytes, "an entry that is read to its end has its size")
  } catch is ZIPError {}
}
