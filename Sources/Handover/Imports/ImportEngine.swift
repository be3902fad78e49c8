import SQLite

/// What compares and applies: the importer of the records, or a test's.
struct ImportEngine: Sendable {
  /// Opens what lies at a path, for an organisation, as the choice says.
  ///
  /// - Throws: `ImportRefusal`, `HandoverError`.
  let open: @Sendable (_ path: String, OrganisationID, ImportChoice) throws -> any ImportSource
  /// Writes into a file of its own how the records differ from those of the source. Nobody's writes wait.
  ///
  /// - Throws: `ImportRefusal` with what is wrong with the files; `HandoverError`.
  let compare: @Sendable (any ImportSource, OrganisationID, ImportChoice, ImportWork) throws -> ImportReport
  /// The documents that the difference adds; what they hold is in the source.
  let documents: @Sendable (ImportWork) throws -> [ImportedDocument]
  /// Applies the difference, or takes it back. `finishing` runs in the transaction that makes the change visible.
  ///
  /// - Returns: false where the records are no longer those that were compared; nothing was changed then.
  let apply:
    @Sendable (OrganisationID, ImportWork, _ back: Bool, _ finishing: (Connection) throws -> Void) throws ->
      Bool
}

/// Where the engine works, and who looks on.
struct ImportWork: Sendable {
  /// The path of the file of the difference.
  let difference: String
  let progress: ImportProgress
  let cancellation: Cancellation
}
