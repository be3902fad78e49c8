import Foundation
import System

/// Whether people get a page: the server by its socket, nginx by the address, and the certificate.
extension Doctor {
  /// Who renews certificates does so 30 days before the end.
  static let leastLife = Duration.days(21)

  func siteFindings(_ units: [String: [String: String]]) -> [Finding] {
    let socket = machine.socket ?? data.socket
    let host = configuration.url.host.name
    do {
      let page = try machine.page(Route.live.path(), host, socket)
      if page.hasPrefix("Status: 421") {
        return [
          Finding(
            .socket, "the server runs with another address than \(configuration.url.origin)",
            "run handover setup, which gives it to nginx too and starts the server anew")
        ]
      }
      guard page.hasPrefix("Status: 200") || page.contains("\r\n\r\nok") else {
        return [
          Finding(
            .socket, "what listens at \(socket) is no Handover that is well: \(firstLine(of: page))",
            "look at the log of the server")
        ]
      }
    } catch {
      return [
        Finding(
          .socket, "the server doesn't answer at \(socket): \(error)",
          machine.isBooted ? "run systemctl status handover" : "start it: handover serve")
      ]
    }
    let site = configuration.url.isSecure ? secureFindings(host) : plainFindings(host)
    let refusal = machine.refusal().map {
      Finding(
        .nginx, "nginx would not start again: \($0)",
        "mend what it names, or run handover setup for its own site")
    }
    return ageFindings(units) + healthFindings(host, socket) + site + (refusal.map { [$0] } ?? [])
      + directoryFindings(host, socket)
  }

  /// Whether etcd can be asked, from here and by the server, whose sandbox may keep it from the network; and how long the
  /// hosts will know each other.
  func directoryFindings(_ host: String, _ socket: String) -> [Finding] {
    guard let place = configuration.directory else { return [] }
    var findings: [Finding] = []
    let path = place.identity.certificate
    if let date = end(ofCertificate: ["-in", path], "") {
      findings.append(
        Finding(
          .certificate, "\(path), by which the hosts know each other, ends on \(date)",
          "make new ones for all hosts, as Scale, 'Certificates' has it, and restart etcd and the servers"))
    }
    let lost = machine.unreachableMembers()
    if let first = lost.min(by: { $0.key < $1.key }) {
      let away = DirectoryAway(reason: first.value)
      let isAway = lost.count == place.addresses.count
      return findings + [
        Finding(
          .directory, isAway ? "\(away)" : "one of etcd's members does not answer: \(first.value)",
          isAway
            ? "look at etcd on its hosts; sign-ins and work go on, and nobody can be given a new address"
            : "look at etcd on its host: with one more that is away nobody can be given a new address")
      ]
    }
    let page = (try? machine.page(Route.metrics.path(), host, socket)) ?? ""
    if page.contains(/(?m)^handover_store_ok 0/), (try? machine.store()) != nil {
      findings.append(
        Finding(
          .store, "the server can't reach the store that all hosts reach, and this command can",
          "let its unit reach it, too: see hosts.conf in Documentation/Scale.md, 'A store for documents'"))
    }
    let lag = page.firstMatch(of: /(?m)^handover_directory_lag_seconds ([0-9.]+)/).flatMap {
      Double($0.output.1)
    }
    guard let lag, lag > Self.longestLag else { return findings }
    return findings + [
      Finding(
        .directory, "the server has heard nothing of etcd for \(Int(lag)) s",
        "let its unit have the network: see hosts.conf in Documentation/Scale.md, 'Several hosts'")
    ]
  }

  /// In seconds; the cells of a host ask every two, in turns.
  private static let longestLag = 120.0

  /// Whether what lies there is what runs.
  private func ageFindings(_ units: [String: [String: String]]) -> [Finding] {
    let restart = "run systemctl restart handover, which loses no request"
    guard units[names.service]?["ActiveState"] == "active" else { return [] }
    if machine.isReplaced() {
      return [Finding(.units, "the program was replaced, and the one from before runs on", restart)]
    }
    guard let path = machine.settings, let written = times(of: [path]).first,
      let started = Self.time(units[names.service]?["ExecMainStartTimestamp"]), written > started
    else { return [] }
    return [
      Finding(.environment, "\(path) has changed, and the server runs with what it said before", restart)
    ]
  }

  /// What the server alone knows of itself. The rest is looked at from here, and named with what to do.
  private func healthFindings(_ host: String, _ socket: String) -> [Finding] {
    guard let page = try? machine.page(Route.health.path(), host, socket), page.hasPrefix("Status: 503"),
      let word = page.components(separatedBy: "\r\n\r\n").last.flatMap(Health.Problem.init),
      let advice: String =
        switch word {
        case .exports: "mount the disk of \(data.exports), or see Operations, 'When a disk is away'"
        case .workers: "restart it, and look at its log"
        case .writes: "look at its log: database.busy names who keeps others from writing"
        case .lease:
          "look at etcd and at the store, which this host reaches neither: nothing is answered until it does"
        case .log: "look at the journal: systemctl status systemd-journald"
        case .database, .schema, .disk, .keys: nil
        }
    else { return [] }
    return [Finding(.socket, "the server is not well, and says why at /health: \(word)", advice)]
  }

  private func request(_ host: String) -> String {
    "GET \(Route.live.path()) HTTP/1.0\r\nHost: \(host)\r\n\r\n"
  }

  private func plainFindings(_ host: String) -> [Finding] {
    let port = UInt16(configuration.url.port)
    do {
      return try pageFindings(machine.answer(request(host), port))
    } catch {
      return [Finding(.nginx, "nobody answers at port \(port): \(error)", "start nginx, and look at its log")]
    }
  }

  private func secureFindings(_ host: String) -> [Finding] {
    let arguments = [
      "s_client", "-connect", "127.0.0.1:\(configuration.url.port)", "-servername", host, "-ign_eof",
    ]
    guard let (_, output) = machine.run("openssl", arguments, request(host)) else {
      return [
        Finding(
          .nginx, "could not ask it for a page at port \(configuration.url.port)",
          "install openssl, or look whether nginx hangs")
      ]
    }
    guard let shown = Self.certificate(in: output) else {
      // Who listens there answers something to this, too.
      let isRefused = (try? machine.answer("\r\n", UInt16(configuration.url.port))) == nil
      return [
        Finding(
          .nginx, "nobody answers at port \(configuration.url.port) for \(host) with a certificate",
          isRefused
            ? "run systemctl start nginx; nginx -t names what it does not take"
            : "run handover setup, which links the site of this host")
      ]
    }
    let answer = output.range(of: "HTTP/1.", range: shown.endIndex..<output.endIndex)
    let page = pageFindings(answer.map { String(output[$0.lowerBound...]) } ?? "")
    let files = machine.certificates()
    if let file = files.keys.min(), !files.values.contains(where: { Self.isSame(shown, $0) }) {
      return page + [
        Finding(
          .certificate, "nginx shows another certificate than \(file), which was renewed meanwhile",
          "run systemctl reload nginx, and let what renews it do so")
      ]
    }
    let certificate = shown + "\n"
    // Of -checkend and -checkhost it does the first alone.
    let isFor = machine.run("openssl", ["x509", "-noout", "-checkhost", host], String(certificate))?.output
    if isFor?.contains("does NOT match") == true {
      return page + [
        Finding(
          .certificate, "nginx shows a certificate that is not for \(host)",
          "run handover setup with one that is; where it is there already, systemctl reload nginx")
      ]
    }
    guard let date = end(ofCertificate: [], String(certificate)) else { return page }
    return page + [
      Finding(
        .certificate, "the certificate of \(host) ends on \(date)",
        "renew it, and look why that was not done by itself; where it was, systemctl reload nginx")
    ]
  }

  /// The day on which it ends, where that is soon.
  private func end(ofCertificate arguments: [String], _ text: String) -> Substring? {
    let check = ["x509", "-noout", "-enddate", "-checkend", "\(Self.leastLife.wholeSeconds)"]
    guard let (status, told) = machine.run("openssl", check + arguments, text), status != 0 else {
      return nil
    }
    return told.split(separator: "\n").first { $0.hasPrefix("notAfter=") }?.dropFirst(9) ?? "an unknown day"
  }

  /// The first that a text holds, in the form of RFC 7468.
  private static func certificate(in text: String) -> Substring? {
    guard let start = text.range(of: "-----BEGIN CERTIFICATE-----"),
      let end = text.range(of: "-----END CERTIFICATE-----", range: start.upperBound..<text.endIndex)
    else { return nil }
    return text[start.lowerBound..<end.upperBound]
  }

  /// Whether a file begins with that certificate, however its lines are broken.
  private static func isSame(_ certificate: Substring, _ file: String) -> Bool {
    Self.certificate(in: file)?.filter { !$0.isWhitespace } == certificate.filter { !$0.isWhitespace }
  }

  private func pageFindings(_ answer: String) -> [Finding] {
    let words = answer.prefix(64).split(separator: " ")
    let status = words.count > 1 ? Int(words[1]) : nil
    switch status {
    // openssl says more at the end.
    case 200 where answer.contains("\r\n\r\nok"): return []
    case 502, 504:
      return [
        Finding(
          .nginx, "it can't reach the server's socket",
          "look at its error log: its user needs the group of the socket, or HANDOVER_GROUP is wrong")
      ]
    case let status?:
      return [
        Finding(
          .nginx,
          "it answers \(configuration.url.origin)\(Route.live.path()) with \(status), and not as Handover",
          "look whether its site is the one that belongs to this version")
      ]
    case nil: return [Finding(.nginx, "it answers nothing", "look at its error log")]
    }
  }

  private func firstLine(of text: String) -> String {
    text.isEmpty ? "nothing" : String(text.prefix(100).prefix { !$0.isNewline })
  }
}
