import SQLite

extension Connection {
  /// Gives the organisation another name and time zone.
  package func change(
    _ organisation: Organisation, name: String, timeZone: String, by actor: Actor, at now: UnixTime
  ) throws {
    guard name != organisation.name || timeZone != organisation.timeZone else { return }
    try run(
      "UPDATE organisation SET name = ?, time_zone = ? WHERE id = ?", name, timeZone, organisation.id)
    try record(
      Event(.organisationChanged, of: organisation.id, by: actor, detail: "\(name), \(timeZone)", at: now))
  }
}
