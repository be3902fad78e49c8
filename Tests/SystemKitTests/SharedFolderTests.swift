import Glibc
import TestSupport
import Testing

@testable import System

@Suite("A folder that hands its group on")
struct SharedFolderTests {
  @Test("has folders with the mode that they are to have, which hand it on as well")
  func folders() throws {
    let folder = try TemporaryFolder()
    #expect(unsafe chmod(folder.path, 0o2750) == 0)
    let mask = umask(0o077)
    defer { umask(mask) }
    let inner = folder.file("inner")
    try makeFolder(inShared: inner, mode: 0o750)
    try makeFolder(inShared: inner + "/most", mode: 0o750)
    for path in [inner, inner + "/most"] {
      var status = stat()
      #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o2750)
    }
    #expect(throws: SystemError.self) { try makeFolder(inShared: inner, mode: 0o750) }
    #expect(umask(0o077) == 0o077)
  }
}
