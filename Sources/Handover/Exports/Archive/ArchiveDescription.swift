/// What `datapackage.json` and `README.txt` say about an archive.
struct ArchiveDescription {
  let organisation: Organisation
  let scope: Scope
  /// The user, if the scope is a single user's.
  let subject: User?
  let snapshotAt: UnixTime
  let files: [ArchivedFile]

  /// "the entire organisation", or the user.
  var scopeInWords: String {
    guard let subject else { return "the entire organisation" }
    return "what \(subject.displayName) (\(subject.id)) works on"
  }

  var package: DataPackage {
    DataPackage(
      of: organisation, in: scope, scopeInWords, at: snapshotAt,
      zip(Table.all, files).map { DataPackage.Resource($0, $1) })
  }
}
