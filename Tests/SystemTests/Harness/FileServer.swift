import Foundation
import TestSupport

/// A real server on loopback to which an operator can let documents be copied.
final class FileServer {
  enum Kind: String, CaseIterable {
    case apache, sshd, moto
    /// rclone's own servers, which do some things in another way.
    case rcloneWebDAV, rcloneSFTP
  }

  static let password = "file-server-secret"
  let kind: Kind
  let port: Int
  /// rclone's type, and its settings under rclone's own names: those that anybody may read, and the others.
  let type: String
  private(set) var settings: [String: String] = [:]
  private(set) var secrets: [String: String] = [:]
  private let folder: TemporaryFolder
  private var process: ChildProcess?

  init(_ kind: Kind) throws {
    self.kind = kind
    folder = try TemporaryFolder()
    port = try Port.free()
    type =
      switch kind {
      case .apache, .rcloneWebDAV: "webdav"
      case .sshd, .rcloneSFTP: "sftp"
      case .moto: "s3"
      }
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    try start()
  }

  deinit { process?.kill() }

  /// Where its files lie; moto keeps them in memory.
  private var files: URL { folder.appending("files") }

  /// Starts it, as at first or after `kill`.
  func start() throws {
    let log = folder.appending("log")
    let command = try command()
    process = try ChildProcess(
      command[0], Array(command.dropFirst()), environment: ["AWS_CA_BUNDLE": ""], output: log, error: log)
    try eventually("\(kind) listens; \(process?.log ?? "")") {
      guard process?.isRunning == true else { throw HarnessError("\(kind) ended: \(process?.log ?? "")") }
      return (try? Socket(port: port)) != nil
    }
  }

  func kill() { process?.kill() }

  /// The SHA-256 of all that lies there, by its path.
  func hashes() throws -> [String: String] {
    let sums: String
    if kind == .moto {
      sums = try rclone("hashsum", "sha256", "--download", "x:handover").output
    } else {
      sums = try Tool.run(
        "find", [".", "-type", "f", "-exec", "sha256sum", "{}", "+"], folder: files
      ).output
    }
    return Dictionary(
      uniqueKeysWithValues: sums.split(separator: "\n").compactMap { line in
        // sha256sum writes a `\` before a line whose name it escapes; none here has such a name.
        let parts = line.split(separator: "  ", maxSplits: 1)
        guard parts.count == 2, !parts[1].contains(".DAV/") else { return nil }
        return (String(parts[1]).replacing(/^\.\//, with: ""), String(parts[0]))
      })
  }

  /// rclone with this server as `x:`.
  func rclone(_ arguments: String...) throws -> Tool.Result {
    var environment = ["RCLONE_CONFIG": "", "RCLONE_CONFIG_X_TYPE": type, "AWS_CA_BUNDLE": ""]
    for (name, value) in settings { environment["RCLONE_CONFIG_X_" + name.uppercased()] = value }
    for (name, value) in secrets {
      let hidden = name == "pass" ? try Tool.run("rclone", ["obscure", "-"], input: value).output : value
      environment["RCLONE_CONFIG_X_" + name.uppercased()] = hidden.trimmingCharacters(in: .newlines)
    }
    return try Tool.run(
      "env", ["-u", "AWS_CA_BUNDLE", "rclone", "--retries", "1", "--low-level-retries", "1"] + arguments,
      environment: environment)
  }

  private func command() throws -> [String] {
    switch kind {
    case .apache: try apache()
    case .sshd: try sshd()
    case .moto: moto()
    case .rcloneWebDAV: rcloneServer("webdav")
    case .rcloneSFTP: rcloneServer("sftp")
    }
  }

  private func apache() throws -> [String] {
    settings = ["url": "http://127.0.0.1:\(port)", "vendor": "other", "user": "files"]
    secrets = ["pass": Self.password]
    let modules = [
      "mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "mime", "dav",
      "dav_fs",
    ].map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so\n" }.joined()
    let configuration = """
      ServerRoot \(folder.path)
      ServerName localhost
      Listen 127.0.0.1:\(port)
      PidFile apache.pid
      ErrorLog apache.log
      \(modules)
      TypesConfig /etc/mime.types
      DavLockDB lock
      DocumentRoot \(files.path)
      <Directory \(files.path)>
        Dav On
        AuthType Basic
        AuthName files
        AuthUserFile users
        Require valid-user
      </Directory>
      """
    try Data(configuration.utf8).write(to: folder.appending("apache.conf"))
    let hash = try Tool.run(
      "sh", ["-c", "openssl dgst -sha1 -binary | base64"], input: Self.password)
    try Data("files:{SHA}\(hash.output)".utf8).write(to: folder.appending("users"))
    let start = ["apache2", "-f", folder.file("apache.conf"), "-X"]
    guard geteuid() == 0 else { return start }
    // Apache won't serve as root.
    guard try Tool.run("chown", ["-R", "www-data:www-data", folder.path]).succeeded else {
      throw HarnessError("there is no www-data")
    }
    return ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups"] + start
  }

  private func sshd() throws -> [String] {
    for name in ["host", "user"] where !FileManager.default.fileExists(atPath: folder.file(name)) {
      let made = try Tool.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.file(name)])
      guard made.succeeded else { throw HarnessError("ssh-keygen: \(made.error)") }
    }
    let key = try String(contentsOf: folder.appending("user"), encoding: .utf8)
    settings = ["host": "127.0.0.1", "port": String(port), "user": NSUserName(), "path": files.path]
    secrets = ["key_pem": key.replacing("\n", with: "\\n")]
    let configuration = """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(folder.file("host"))
      PidFile none
      AuthorizedKeysFile \(folder.file("user.pub"))
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      Subsystem sftp internal-sftp -d \(files.path)
      """
    try Data(configuration.utf8).write(to: folder.appending("sshd.conf"))
    // Debian's sshd wants it, and makes it where it runs as a service.
    if geteuid() == 0 {
      try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    return ["/usr/sbin/sshd", "-D", "-e", "-f", folder.file("sshd.conf")]
  }

  private func moto() -> [String] {
    settings = ["provider": "Other", "endpoint": "http://127.0.0.1:\(port)", "access_key_id": "key"]
    secrets = ["secret_access_key": Self.password]
    return [
      Checkout.python, "-c", "import sys; from moto.server import main; main(sys.argv[1:])", "-H",
      "127.0.0.1", "-p",
      String(port),
    ]
  }

  private func rcloneServer(_ type: String) -> [String] {
    settings = ["user": "files"]
    secrets = ["pass": Self.password]
    let own =
      type == "webdav"
      ? ["url": "http://127.0.0.1:\(port)", "vendor": "other"] : ["host": "127.0.0.1", "port": String(port)]
    settings.merge(own) { $1 }
    return [
      "env", "RCLONE_CONFIG=", "rclone", "serve", type, files.path, "--addr", "127.0.0.1:\(port)", "--user",
      "files",
      "--pass", Self.password,
    ]
  }
}
