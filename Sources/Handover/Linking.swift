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
