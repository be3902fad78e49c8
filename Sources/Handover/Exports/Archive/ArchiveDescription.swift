/// What `datapackage.json` and `README.txt` tell of an archive.
struct ArchiveDescription {
  let organisation: Organisation
  let scope: Scope
  /// The user whose scope it is, if it is one's.
  let subject: User?
  let snapshotAt: UnixTime
  let files: [ArchiveReport.File]

  var rows: Int { files.reduce(0) { $0 + $1.rows } }

  /// "the entire organisation", or the user.
  var scopeInWords: String {
    guard let subject else { return "the entire organisation" }
    return "what \(subject.displayName) (\(subject.id)) works on"
  }
}
