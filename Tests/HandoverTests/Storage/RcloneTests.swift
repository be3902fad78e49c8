import Foundation
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

@Suite("rclone")
struct RcloneTests {
  /// What rclone 1.60.1 of Debian 12 has said, copied.
  static let said: [(StorageProvider, String, StorageProblem.Kind)] = [
    (
      .google, "couldn't fetch token - maybe it has expired? … \"error\": \"invalid_grant\"", .signedOut
    ),
    (.google, "googleapi: Error 401: Invalid Credentials, authError", .refusedToken),
    (.dropbox, "upload failed: expired_access_token/..", .refusedToken),
    (.google, "failed to make directory: googleapi: Error 403: quota\nReason: storageQuotaExceeded", .full),
    (.dropbox, "upload failed: path/insufficient_space/.", .full),
    (.webdav, "Failed to copy: Insufficient Storage: 507 Insufficient Storage", .full),
    (.sftp, "Update: write: no space left on device", .full),
    (
      .google, "googleapi: Error 403: User Rate Limit Exceeded, userRateLimitExceeded",
      .tooOften(StorageProblem.pause)
    ),
    (.dropbox, "too_many_write_operations/..", .tooOften(StorageProblem.pause)),
    (.s3, "SlowDown: Please reduce your request rate.", .tooOften(StorageProblem.pause)),
    (.dropbox, "upload failed: path/malformed_path/.", .refused),
    (.google, "Failed to copy: googleapi: Error 400: Invalid Value, invalid", .refused),
    (
      .dropbox, "corrupted on transfer: dropbox hash differ \"c1d5074f\" vs \"4319error 507\"", .unreachable
    ),
    (.dropbox, "missing_scope/..", .notAllowed),
    (.google, "googleapi: Error 403: Insufficient Permission, insufficientPermissions", .notAllowed),
    (.s3, "AccessDenied: Access Denied status code: 403", .notAllowed),
    (.webdav, "read metadata failed: Unauthorized: 401 Unauthorized", .signedOut),
    (
      .sftp, "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password]",
      .signedOut
    ),
    (.dropbox, "Post \"https://api…\": x509: certificate signed by unknown authority", .unreachable),
    (.dropbox, "proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused", .unreachable),
    (.google, "googleapi: Error 503: backend\nMore details:\nReason: backendError", .unreachable),
    (.google, "something new", .unreachable),
  ]

  @Test("What it says is put into the owner's words", arguments: said)
  func reasons(provider: StorageProvider, text: String, kind: StorageProblem.Kind) {
    let problem = StorageProblem(saying: text, at: provider)
    #expect(problem.kind == kind)
    #expect(problem.reason.hasPrefix(provider.name) && problem.reason.hasSuffix("."))
    #expect(problem.detail == text)
  }

  @Test("Its log comes in pieces; each fault is told once, and bytes that have gone are counted")
  func log() {
    let lines = """
      {"level":"warning","msg":"\\nTransferred","stats":{"bytes":1048576,"checks":0},"time":"2026-11-27T07:24:21Z"}
      {"level":"error","msg":"Failed to copy: upload failed: path/malformed_path/.","object":"a.pdf"}
      {"level":"error","msg":"Can't retry any of the errors","source":"cmd/cmd.go:272"}
      2026/11/27 07:28:37 Failed to copyto: upload failed: path/malformed_path/.
      {"level":"info","msg":"Copied (new)"}

      """
    var whole = RcloneLog()
    whole.take(Array(lines.utf8))
    #expect(whole.bytes == 1_048_576)
    #expect(whole.errors.split(separator: "\n").count == 3 && whole.errors.contains("malformed_path"))
    #expect(!whole.errors.contains("Copied"))
    var pieces = RcloneLog()
    for byte in lines.utf8 { pieces.take([byte]) }
    #expect(pieces.errors == whole.errors && pieces.bytes == whole.bytes)
  }

  @Test(
    "It gets the storage by its environment, of the server's only what leads out, and shows nobody a secret")
  func environment() throws {
    let folder = try TemporaryFolder()
    try folder.program("rclone", "PATH=/usr/bin:/bin; env; echo \"arguments: $*\"; cat")
    let rclone = Rclone([
      "PATH": "\(folder.path):/usr/bin", "HTTPS_PROXY": "http://127.0.0.1:1", "HANDOVER_DATA": "/secret",
      "HOME": "/h",
    ])
    let printed = String(
      decoding: try rclone.run(
        ["copyto", "a", "place:b"], on: ["type": "drive", "client_id": "id", "token": "t0ken"],
        deadline: .seconds(20), isStopping: { false }), as: UTF8.self)
    let variables = printed.split(separator: "\n").map(String.init)
    for one in [
      "RCLONE_CONFIG=", "RCLONE_CONFIG_PLACE_TYPE=drive", "RCLONE_CONFIG_PLACE_CLIENT_ID=id",
      "RCLONE_CONFIG_PLACE_TOKEN=t0ken", "HTTPS_PROXY=http://127.0.0.1:1",
    ] {
      #expect(variables.contains(one), "\(one)")
    }
    #expect(!printed.contains("HANDOVER_DATA"))
    // Where rclone doesn't know it, it runs `getent`, with all of this.
    #expect(variables.contains("HOME=/h"))
    #expect(
      try Self.home(["PATH": folder.path]) == "/" && Self.home(["PATH": folder.path, "HOME": ""]) == "/")
    let arguments = try #require(variables.first { $0.hasPrefix("arguments: ") })
    #expect(!arguments.contains("t0ken") && !arguments.contains("-v") && arguments.contains("--retries 1"))
  }

  private static func home(_ environment: [String: String]) throws -> String? {
    let printed = try Rclone(environment).run(
      [], on: [:], deadline: .seconds(20), isStopping: { false })
    return String(decoding: printed, as: UTF8.self).firstMatch(of: /(?m)^HOME=(.*)$/).map { String($0.1) }
  }

  @Test("Where it is missing, fails, hangs or is to stop, the run says so")
  func endings() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StorageProblem.self) {
      try Rclone(["PATH": folder.path]).run(
        ["version"], on: [:], deadline: .seconds(1), isStopping: { false })
    }
    try folder.program(
      "rclone",
      "PATH=/usr/bin:/bin; case $1 in missing) exit 3;; bad) echo no 1>&2; exit 1;; killed) kill -9 $$;; *) sleep 60;; esac"
    )
    let rclone = Rclone(["PATH": folder.path])
    func failure(_ word: String, _ isStopping: Bool = false) -> any Error {
      do {
        let deadline: Duration = word == "hang" ? .milliseconds(300) : .seconds(60)
        _ = try rclone.run([word], on: [:], deadline: deadline, isStopping: { isStopping })
        return Unexpected("it ended well")
      } catch { return error }
    }
    #expect((failure("missing") as? RcloneFailure)?.isNotFound == true)
    let bad = try #require(failure("bad") as? RcloneFailure)
    #expect(!bad.isNotFound && bad.text == "no")
    let killed = try #require(failure("killed") as? RcloneFailure)
    #expect(StorageProblem(killed, at: .sftp).reason == "The copy was broken off on the server.")
    let hung = try #require(failure("hang") as? RcloneFailure)
    #expect(StorageProblem(hung, at: .dropbox).reason == "Dropbox was too slow.")
    #expect(failure("hang", true) is Cancelled)
  }

  @Test(
    "A content's hashes are its own and Dropbox's, at the borders of a block too",
    arguments: [0, 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, (8 << 20) + 65_537])
  func hashes(bytes: Int) throws {
    let folder = try TemporaryFolder(inMemory: true)
    let content = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    try Data(content).write(to: folder.appending("content"))
    let hash = try ContentHash(of: folder.file("content"), cancellation: Cancellation())
    #expect(hash.sha256 == SHA256.hash(content))
    let blocks = stride(from: 0, to: bytes, by: 4 << 20).flatMap {
      SHA256.hash(Array(content[$0..<min($0 + (4 << 20), bytes)]))
    }
    #expect(hash.dropbox == SHA256.hash(blocks))
  }
}
