import Foundation

/// The folder that holds all that the server keeps: database, exports, mail, keys, socket.
package struct DataFolder: Sendable {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  package var database: String { path + "/handover.sqlite" }
  package var writeLock: String { path + "/write.lock" }
  package var serverLock: String { path + "/server.lock" }
  package var keys: String { path + "/keys" }
  package var socket: String { path + "/handover.socket" }
  package var exports: String { path + "/exports" }
  /// Stylesheet and script, joined from Public at start, for nginx to serve.
  package var assets: String { path + "/assets" }
}
