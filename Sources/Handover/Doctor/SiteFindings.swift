import Foundation
import System

/// Whether people get a page: the server by its socket, nginx by the address, and the certificate.
extension Doctor {
  /// Who renews certificates does so 30 days before the end.
  static let leastLife = Duration.days(21)

  func siteFindings() -> [Finding] {
    let socket = machine.socket ?? data.socket
    let host = configuration.url.host.name
    do {
      let page = try machine.page(Route.live.path(), host, socket)
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
    return configuration.url.isSecure ? secureFindings(host) : plainFindings(host)
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
    // RFC 7468.
    guard let start = output.range(of: "-----BEGIN CERTIFICATE-----"),
      let end = output.range(of: "-----END CERTIFICATE-----"), start.lowerBound < end.lowerBound
    else {
      return [
        Finding(
          .nginx, "nobody answers at port \(configuration.url.port) for \(host) with a certificate",
          "start nginx, and look whether its site names this host")
      ]
    }
    let answer = output.range(of: "HTTP/1.", range: end.upperBound..<output.endIndex)
    let page = pageFindings(answer.map { String(output[$0.lowerBound...]) } ?? "")
    let certificate = output[start.lowerBound..<end.upperBound] + "\n"
    let check = [
      "x509", "-noout", "-enddate", "-checkend", "\(Self.leastLife.wholeSeconds)",
    ]
    guard let (status, told) = machine.run("openssl", check, String(certificate)), status != 0 else {
      return page
    }
    let date =
      told.split(separator: "\n").first { $0.hasPrefix("notAfter=") }?.dropFirst(9) ?? "an unknown day"
    return page + [
      Finding(
        .certificate, "the certificate of \(host) ends on \(date)",
        "renew it, and look why that was not done by itself")
    ]
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
