import Glibc
import SQLite
import Secrets
import System

/// Takes backups of a data folder, while it is in use.
struct Backup {
  let data: DataFolder
  let documents: DocumentFolder
  let clock: Clock

  /// Where what documents hold lies, of all backups of a folder.
  static func documents(of backup: String) -> DocumentFolder {
    DocumentFolder(path: DurableFile.folder(of: backup) + "/documents", group: nil)
  }

  /// Copies the database as of one moment into a new file, checks it, and puts what documents hold beside it, and, where
  /// it is asked for, what is secret. The file has its name once all of that is on the disk.
  ///
  /// - Returns: what is known of it.
  /// - Throws: where there is no backup then.
  func take(
    from database: Database, to path: String, withKeys: Bool, progress: (Int, Int) -> Void
  ) throws -> BackupManifest {
    let secrets = withKeys ? try BackupSecrets(of: data) : nil
    let place = BackupSecrets.path(of: path)
    // Of one that was killed, or somebody's.
    if try JSONFile.read(BackupSecrets.self, at: place) != nil, unsafe access(path, F_OK) != 0 {
      _ = unsafe unlink(place)
    }
    do {
      return try database.backup(to: path, of: data, at: clock.now(), progress: progress) { manifest, copy in
        // After the copy: a file is there before its row, and goes thirty days after it.
        let contents = try copy.documents.contentsOfAnyVersion()
        manifest.documents = contents.count
        manifest.missing = try ContentCopy(source: documents, target: Self.documents(of: path)).bring(
          contents
        ).count
        guard let secrets else { return }
        try JSONFile.write(secrets, to: place)
        manifest.secrets = try measure(place).digest
      }
    } catch {
      if secrets != nil, unsafe access(path, F_OK) != 0 { _ = unsafe unlink(place) }
      // Of the database, or of what documents hold.
      if (error as? SQLiteError)?.isFull == true || (error as? SystemError)?.code == ENOSPC {
        throw HandoverError("there is no room for \(path): make some")
      }
      throw error
    }
  }
}
