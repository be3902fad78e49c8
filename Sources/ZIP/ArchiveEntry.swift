/// An entry of an archive that is read.
package struct ArchiveEntry: Equatable, Sendable {
  /// What the directory says; `ArchiveReader.read` checks it.
  package let summary: EntrySummary
  let method: UInt16
  /// Where the local header and the content begin.
  let offset: Int
  let contentOffset: Int
  /// Whether its local header reserves room as `ArchiveWriter` does, and hardly anybody else: for who wants
  /// to tell a damaged archive of ours from one that another program has packed again.
  package let isMarkedAsOwn: Bool

  package var name: String { summary.name }
  /// A folder has no content.
  package var isFolder: Bool { summary.name.hasSuffix("/") }
  var end: Int { contentOffset + summary.compressedBytes }
}
