import CSystem
import Glibc

/// Makes a folder in one that hands its group on to what is made in it (the set-group-ID bit of a folder), as the new
/// one does then.
///
/// chmod(2) takes that bit away from whoever is no member of the group. So the folder is made with the mode that it is to
/// have, on a thread with an umask of its own.
/// - Throws: where it can't be made.
package func makeFolder(inShared path: String, mode: mode_t) throws(SystemError) {
  let failure = Locked<SystemError?>(nil)
  try Thread(name: "folder") {
    let isAlone = unshare(CSYSTEM_CLONE_FS) == 0
    if isAlone { umask(0o777 & ~mode) }
    let isMade = unsafe isAlone && mkdir(path, mode) == 0
    if !isMade { failure.withLock { $0 = SystemError("make the folder", path) } }
  }.join()
  if let failure = failure.withLock({ $0 }) { throw failure }
}
