import CSQLite

package enum CheckpointMode: Sendable {
  /// Copies into the database file what no reader needs from the WAL any more.
  case passive
  /// The same, and when that was everything, makes the WAL an empty file.
  case truncate
}

/// What a checkpoint did. Both counts are 0 after a complete `.truncate`.
package struct Checkpoint: Equatable, Sendable {
  /// Pages in the WAL.
  package let frames: Int
  /// How many of them are in the database file now.
  package let checkpointed: Int
  /// False where a reader's snapshot, or another writer, was in the way: try again later.
  package let isComplete: Bool
}

extension Connection {
  /// Never waits for readers, so that a lock held around it isn't held long.
  package func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> Checkpoint {
    unsafe sqlite3_busy_timeout(database.handle, 0)
    defer { unsafe sqlite3_busy_timeout(database.handle, busyTimeout) }
    var frames: Int32 = 0
    var checkpointed: Int32 = 0
    let code = unsafe sqlite3_wal_checkpoint_v2(
      database.handle, "main", mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
      &frames, &checkpointed)
    let isBlocked = code & 0xff == SQLITE_BUSY
    if !isBlocked { try database.check(code) }
    return Checkpoint(
      frames: max(0, Int(frames)), checkpointed: max(0, Int(checkpointed)),
      isComplete: !isBlocked && frames == checkpointed)
  }
}
