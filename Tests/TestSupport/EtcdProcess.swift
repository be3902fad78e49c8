import Foundation

/// What the hosts of a site show each other: a certificate of an authority that is theirs alone. They are made as
/// Documentation/Scale.md has it.
public struct HostCertificates {
  public let folder: String

  public init(in place: TemporaryFolder) throws {
    let folder = place.appending("hosts")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    self.folder = folder.path
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    try openssl(
      key + ["-subj", "/CN=Handover hosts", "-keyout", "ca.key", "-out", "ca.crt"]
        + ["-addext", "basicConstraints=critical,CA:TRUE"])
    try openssl(
      key + ["-subj", "/CN=handover-host", "-keyout", "host.key", "-out", "host.crt", "-CA", "ca.crt"]
        + ["-CAkey", "ca.key", "-addext", "subjectAltName=DNS:handover-host,IP:127.0.0.1"]
        + ["-addext", "basicConstraints=critical,CA:FALSE"])
  }

  private func openssl(_ arguments: [String]) throws {
    let made = try Tool.run("openssl", ["req", "-x509"] + arguments, folder: URL(filePath: folder))
    guard made.succeeded else { throw HarnessError("openssl: \(made.error)") }
  }
}

/// The real etcd, of one member, which asks for certificates.
public final class EtcdProcess {
  public let url: String
  private let folder: TemporaryFolder
  private let arguments: [String]
  private var process: ChildProcess?

  /// - Parameter certificates: what it shows, and asks for; nil: anybody may.
  public init(in folder: TemporaryFolder, _ certificates: HostCertificates? = nil) throws {
    self.folder = folder
    url = "\(certificates == nil ? "http" : "https")://127.0.0.1:\(try Port.free())"
    let peers = "http://127.0.0.1:\(try Port.free())"
    let own = [
      "--name=one", "--data-dir", folder.file("etcd"), "--initial-cluster", "one=\(peers)",
      "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
      "--listen-client-urls", url, "--advertise-client-urls", url,
    ]
    let secured = certificates.map { certificates in
      [
        "--cert-file", certificates.folder + "/host.crt", "--key-file", certificates.folder + "/host.key",
        "--client-cert-auth", "--trusted-ca-file", certificates.folder + "/ca.crt",
      ]
    }
    arguments = own + (secured ?? [])
    try start()
  }

  deinit { process?.kill() }

  /// Returns once it takes connections.
  public func start() throws {
    let log = folder.appending("etcd.log")
    try? FileManager.default.removeItem(at: log)
    process = try ChildProcess("etcd", arguments, output: log, error: log)
    try eventually("etcd is ready") { [process] in
      if process?.isRunning == false { throw HarnessError("etcd ended: \(process?.log ?? "")") }
      return process?.log.contains("ready to serve client requests") == true
    }
  }

  /// As a power cut.
  public func kill() { process?.kill() }

  /// Forgets all that it knew; it must not run.
  public func forget() throws { try FileManager.default.removeItem(at: folder.appending("etcd")) }
}
