import Foundation
import TestSupport

@testable import Handover

extension DataFolder {
  /// Makes the database of a new site, by copying one: to apply all migrations takes longer than most tests.
  func putEmptyDatabase() throws { try Self.emptyDatabase.get().write(to: URL(filePath: database)) }

  private static let emptyDatabase = Result {
    let folder = try TemporaryFolder(inMemory: true)
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    try Database(data).close()
    return try Data(contentsOf: URL(filePath: data.database))
  }
}
