import System

// The wiring of linked storages.

extension Application {
  func storage(_ documents: Documents, _ exports: Exports) -> LinkedStorage {
    LinkedStorage(
      documents: documents, outbox: exports.outbox, keys: exports.keys, apps: configuration.apps,
      secrets: StorageSecrets(path: configuration.data.storage), curl: Curl(environment),
      callback: configuration.callback)
  }
}

extension Configuration {
  /// The operator's apps, by provider.
  var apps: [StorageProvider: OAuthApp] {
    var apps: [StorageProvider: OAuthApp] = [:]
    apps[.dropbox] = dropboxApp
    apps[.google] = googleApp
    return apps
  }
}

extension Application {
  /// Links a place of the operator's, from the command line.
  ///
  /// - Parameters:
  ///   - words: `host=files.example`, by rclone's names.
  ///   - secrets: the same of secrets.
  /// - Throws: `HandoverError` where it doesn't work, or something else is linked.
  package func linkStorage(
    _ type: String, _ words: [String], secrets: [String], to organisation: OrganisationID
  ) throws -> (id: String, name: String) {
    let place = try StoragePlace(type, words, secrets: secrets)
    let link = try operatorsStorage().link(place, to: organisation, with: Rclone(environment))
    return (link.id.rawValue, link.name)
  }

  /// - Returns: what was unlinked.
  /// - Throws: `HandoverError` where nothing is linked.
  package func unlinkStorage(of organisation: OrganisationID) throws -> String {
    try operatorsStorage().unlink(of: organisation).name
  }

  /// A linked storage, as a command lists it.
  package struct ListedStorage {
    package let organisation: OrganisationID
    /// `linked` or `signed-out`.
    package let status: String
    package let name: String
    /// Documents that are in it, and all that are not removed.
    package let synced: Int
    package let all: Int
  }

  /// What is linked, by organisation.
  package func storages() throws -> [ListedStorage] {
    try database.read { connection in
      try connection.storageLinks.all().filter { $0.status != .unlinked }.map { link in
        let states = try connection.documents.states(of: link.organisation)
        let all = states.filter { $0.key != .removed }.values.reduce(0, +)
        return ListedStorage(
          organisation: link.organisation, status: link.status.rawValue, name: link.name,
          synced: (states[.synced] ?? 0) + (states[.nameChanged] ?? 0), all: all)
      }
    }
  }

  private func operatorsStorage() throws -> LinkedStorage {
    storage(documents(), try exports(outbox(written: Wakeup()), needsKeys: false))
  }
}
