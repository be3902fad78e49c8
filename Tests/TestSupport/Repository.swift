import Foundation

/// The checkout that the tests belong to.
public enum Repository {
  public static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().standardizedFileURL

  public static var path: String { folder.path }

  public static func appending(_ path: String) -> URL { folder.appending(path: path) }
}
