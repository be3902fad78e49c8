/// Where documents can be copied to.
enum StorageProvider: String, Sendable, CaseIterable {
  case dropbox
  case google
  // The operator's places.
  case s3
  case sftp
  case webdav
}

extension StorageProvider {
  /// Those at which owners link accounts of their own.
  static let ofOwners: [StorageProvider] = [.dropbox, .google]

  /// Whether an owner has linked an account of its own there. Else it is a place of the operator's.
  var isAccount: Bool { Self.ofOwners.contains(self) }

  /// As people know it.
  var name: String {
    switch self {
    case .dropbox: "Dropbox"
    case .google: "Google Drive"
    case .s3: "S3"
    case .sftp: "SFTP"
    case .webdav: "WebDAV"
    }
  }
}
