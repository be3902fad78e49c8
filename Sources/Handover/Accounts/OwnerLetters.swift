import SQLite

extension Outbox {
  /// Writes a letter to the owner of an organisation, if there is one who gets mail.
  func tellOwner(
    of organisation: OrganisationID, at now: UnixTime, in connection: Connection,
    _ letter: (Recipient) throws -> some Letter
  ) throws {
    guard let owner = try connection.users.owner(of: organisation)?.recipient else { return }
    try write(letter(owner), of: organisation, at: now, in: connection)
  }
}
