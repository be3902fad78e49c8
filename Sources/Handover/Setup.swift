import Foundation
import Glibc
import HTTP
import Mail
import System

// What `handover setup` does on a machine where the package is installed
//
// 1. The site: Scripts/site prints it, nginx looks at it (`nginx -t`) in its place, and where nginx refuses it, what was
//    there before is put back. Nothing is loaded before nginx has agreed.
// 2. The address, in handover.conf, with all other lines as they are.
// 3. The server is started anew, then nginx reads its site.
// 4. From here on as whoever the records belong to: the first organisation, and its owner's invitation.
//
// Where the environment names a cell, the site is that of all cells of the machine, and the server and the organisation are
// that one's.
//
// Each step looks what is there already, so that it can be run again: after another certificate, another
// name, another network of proxies.

/// Sets a site up. As root.
package struct Setup: Sendable {
  private var settings: SettingsText
  /// What the file of the cell says, where the environment names one.
  private let ofCell: [String: String]
  private let resources: Resources

  private static let site = "/etc/nginx/sites-available/handover"
  private static let link = "/etc/nginx/sites-enabled/handover"
  /// Of programs, whatever the terminal's is.
  private static let searchPath = "/usr/sbin:/usr/bin:/sbin:/bin"

  /// A certificate and its key, as files.
  package struct Certificate: Sendable, Equatable {
    package let file: String
    package let key: String

    package init(file: String, key: String) {
      (self.file, self.key) = (file, key)
    }

    /// Where one lies that nobody but ourselves has signed.
    fileprivate static func ownSigned(for host: String) -> Certificate {
      Certificate(file: "/etc/handover/\(host).certificate.pem", key: "/etc/handover/\(host).key.pem")
    }
  }

  /// - Throws: `HandoverError` where this is not root, or not a machine with the package.
  package init(in environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    ThisProcess.setUp()
    guard geteuid() == 0 else { throw HandoverError("only root can set the site up: sudo handover setup") }
    guard let text = try? String(contentsOfFile: SettingsFile.installed, encoding: .utf8) else {
      throw HandoverError("can't read \(SettingsFile.installed): install the package of Handover first")
    }
    guard Program.path(of: "nginx", in: Self.searchPath) != nil,
      FileManager.default.fileExists(atPath: (Self.site as NSString).deletingLastPathComponent)
    else { throw HandoverError("there is no nginx as Debian has it: apt install nginx") }
    settings = SettingsText(text)
    let named = Settings(environment: environment.filter { $0.key == Variable.cell.name })
    if let problem = named.problems.first { throw HandoverError(problem) }
    ofCell = named.cellFile?.values ?? [:]
    resources = try Resources()
  }

  private var variables: [String: String] { settings.variables.merging(ofCell) { $1 } }

  private var unit: String {
    UnitNames(of: ofCell[Variable.cell.name].flatMap { CellID($0) }).service
  }

  /// Whether this host stands by for the cell: its organisations are the matter of the host that has it.
  package var standsBy: Bool {
    guard let path = variables[Variable.data.name], variables[Variable.standBy.name]?.isEmpty == false else {
      return false
    }
    return unsafe access(DataFolder(path: path).standBy, F_OK) == 0
  }

  /// The name that the site has now.
  package var host: String? {
    guard let url = settings.variables["HANDOVER_URL"].flatMap({ SiteURL($0) }), url.isSecure else {
      return nil
    }
    return url.host.name
  }

  /// What the site has now.
  package var certificate: Certificate? {
    guard let file = Self.files("ssl_certificate", in: Self.site).first,
      let key = Self.files("ssl_certificate_key", in: Self.site).first
    else { return nil }
    return Certificate(file: file, key: key)
  }

  /// The files of the certificates of the site that nginx has.
  static var linkedCertificates: [String] { files("ssl_certificate", in: link) }

  /// What a site names by that word: `ssl_certificate "/etc/…";`.
  private static func files(_ word: String, in site: String) -> [String] {
    let text = (try? String(contentsOfFile: site, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0].trimmingCharacters(in: .whitespaces) == word else { return nil }
      return String(parts[1])
    }
  }

  /// What is wrong with a host's name; nil where it can be the site's.
  package func problem(withHost name: String) -> String? {
    let isAddress = name.contains(":") || !name.contains { $0.isLetter }
    guard let url = SiteURL("https://" + name), url.host.port == nil, !name.hasSuffix("/"), !isAddress else {
      return "'\(name)' is no name of a host; write it as export.example.com"
    }
    return nil
  }

  /// What is wrong with a certificate for that host; nil where nginx may have it.
  package func problem(with certificate: Certificate, for host: String) -> String? {
    for path in [certificate.file, certificate.key] {
      guard path.hasPrefix("/") else { return "'\(path)' must be a path from the root, such as /etc/ssl/…" }
      guard FileManager.default.isReadableFile(atPath: path) else { return "there is no file \(path)" }
    }
    guard let openssl = Program.path(of: "openssl", in: Self.searchPath) else { return nil }
    func say(_ arguments: String...) -> String? {
      let program = Program(path: openssl, arguments: arguments, environment: [:])
      guard let (ending, output) = try? program.output(of: [], atMost: 1 << 16, timeout: .seconds(20)),
        case .exited(status: 0, _) = ending
      else { return nil }
      return String(decoding: output, as: UTF8.self)
    }
    guard let ofCertificate = say("x509", "-in", certificate.file, "-noout", "-pubkey") else {
      return "\(certificate.file) is no certificate in PEM form"
    }
    guard let ofKey = say("pkey", "-in", certificate.key, "-pubout") else {
      return "\(certificate.key) is no key in PEM form, or has a password"
    }
    if ofCertificate != ofKey { return "\(certificate.key) is not the key of \(certificate.file)" }
    if say("x509", "-in", certificate.file, "-noout", "-checkend", "0") == nil {
      return "\(certificate.file) has expired"
    }
    let match = say("x509", "-in", certificate.file, "-noout", "-checkhost", host) ?? ""
    return match.contains("does match") ? nil : "\(certificate.file) is not for \(host)"
  }

  /// Makes a certificate that nobody vouches for, unless one for that host is there.
  package func signOurselves(for host: String) throws -> Certificate {
    let own = Certificate.ownSigned(for: host)
    if problem(with: own, for: host) == nil { return own }
    guard let openssl = Program.path(of: "openssl", in: Self.searchPath) else {
      throw HandoverError("a certificate of one's own takes openssl: apt install openssl")
    }
    try run(
      openssl,
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "825",
        "-subj", "/CN=\(host.prefix(64))", "-addext", "subjectAltName=DNS:\(host)", "-keyout", own.key,
        "-out", own.file,
      ], "openssl made no certificate")
    _ = unsafe chmod(own.key, 0o600)
    _ = unsafe chmod(own.file, 0o644)
    return own
  }

  /// Those that have cells, as far as this host has heard.
  private var otherHosts: [String] {
    guard let own = variables[Variable.host.name], let data = variables[Variable.data.name] else { return [] }
    return CellDirectory.hosts(in: DurableFile.folder(of: data)).filter { $0 != own }
  }

  /// The site as nginx gets it.
  package func site(of host: String, with certificate: Certificate) throws -> String {
    let script = (resources.templates as NSString).deletingLastPathComponent + "/Scripts/site"
    var environment = variables.filter { $0.key.hasPrefix("HANDOVER_") }
    environment["PATH"] = Self.searchPath
    environment["HANDOVER_URL"] = "https://" + host
    let program = Program(
      path: script,
      arguments: ["--debian", certificate.file, certificate.key] + otherHosts.flatMap { ["--host", $0] },
      environment: environment)
    let (ending, output) = try program.output(of: [], atMost: 1 << 20, timeout: .seconds(20))
    try check(ending, "the site can't be printed")
    return String(decoding: output, as: UTF8.self)
  }

  /// Puts the site into its place, if nginx takes it.
  ///
  /// - Throws: `HandoverError` with what nginx says; all is as before then.
  package func install(_ site: String) throws {
    let before = try? Data(contentsOf: URL(filePath: Self.site))
    let wasLinked = unsafe access(Self.link, F_OK) == 0
    try write(site, to: Self.site, mode: 0o644)
    if !wasLinked {
      _ = unsafe unlink(Self.link)
      guard unsafe symlink(Self.site, Self.link) == 0 else {
        throw HandoverError("can't make \(Self.link): \(SystemError.reason(errno))")
      }
    }
    do {
      try run("nginx", ["-t", "-q"], "nginx refuses the site, so it was taken back")
    } catch let error as HandoverError {
      if !wasLinked { _ = unsafe unlink(Self.link) }
      if let before {
        try write(String(decoding: before, as: UTF8.self), to: Self.site, mode: 0o644)
      } else {
        _ = unsafe unlink(Self.site)
      }
      guard "\(error)".contains("duplicate default server") else { throw error }
      throw HandoverError(
        "\(error) (another site of this machine is the default of that port already: take 'default_server' out there)"
      )
    }
  }

  /// Sets the address in handover.conf and, where none is set, the sender of the e-mail.
  package mutating func setAddress(_ host: String) throws {
    let before = settings
    settings.set("HANDOVER_URL", to: "https://" + host)
    if settings.variables["HANDOVER_MAIL_FROM"] == nil {
      settings.set("HANDOVER_MAIL_FROM", to: "Handover <handover@\(host)>")
    }
    guard settings != before else { return }
    var status = stat()
    let mode = unsafe stat(SettingsFile.installed, &status) == 0 ? status.st_mode & 0o777 : 0o644
    try write(settings.text, to: SettingsFile.installed, mode: mode)
  }

  /// Starts the server anew, and nginx with its site.
  package func start() throws {
    guard FileManager.default.fileExists(atPath: "/run/systemd/system") else {
      throw HandoverError("systemd does not run here: start handover and nginx yourself, then run this again")
    }
    try run(
      "systemctl", ["restart", unit], "the server does not start; systemctl status \(unit) says why")
    try run(
      "systemctl", ["reload-or-restart", "nginx.service"],
      "nginx does not start; systemctl status nginx says why")
  }

  /// Whether there is a program that takes e-mail; nil where this is set to something else.
  package var hasMailServer: Bool? {
    guard settings.variables["HANDOVER_MAIL"] == Variable.mail.installed else { return nil }
    return unsafe access("/usr/sbin/sendmail", X_OK) == 0
  }

  /// What the operator does with accounts. This process is whoever the records belong to from now on.
  package func administration() throws -> Administration {
    try Application(environment: variables.merging(["PATH": Self.searchPath]) { $1 })
      .administration()
  }

  private func write(_ text: String, to path: String, mode: mode_t) throws {
    var file = try DurableFile(at: path + ".new", permissions: mode)
    try file.write(Array(text.utf8))
    try file.publish(as: path)
  }

  private func run(_ name: String, _ arguments: [String], _ failure: String) throws {
    let path = name.hasPrefix("/") ? name : Program.path(of: name, in: Self.searchPath)
    guard let path else { throw HandoverError("\(failure): there is no \(name)") }
    let program = Program(path: path, arguments: arguments, environment: ["PATH": Self.searchPath])
    try check(try program.run(input: [], timeout: .seconds(120), isStopping: { false }), failure)
  }

  private func check(_ ending: Program.Ending, _ failure: String) throws {
    switch ending {
    case .exited(status: 0, _): return
    case .exited(_, let errors): throw HandoverError("\(failure): \(errors)")
    case .killed, .timedOut: throw HandoverError("\(failure): it did not end")
    }
  }
}

extension Administration {
  /// Every organisation, by its id.
  package func organisations() throws -> [Organisation] {
    try accounts.database.read { try $0.organisations.all() }
  }

  /// Nil where it has none.
  package func owner(of organisation: OrganisationID) throws -> User? {
    try accounts.database.read { try $0.users.owner(of: organisation) }
  }
}

extension Zones {
  /// That of the machine's clock, where it has a name that people know, else UTC.
  package static var ofThisMachine: String {
    let zone = current(TimeZone.current.identifier)
    return has(zone) && zone.contains("/") ? zone : "UTC"
  }
}
