import Foundation
import Mail

/// What the operator has set, read once at the start from the environment (Documentation/Operations.md).
package struct Configuration: Sendable {
  package var data: DataFolder
  package var group: UInt32?
  package var url: SiteURL
  package var mail: MailDelivery
  package var mailFrom: Address
  package var exportsAtOnce: Int
  package var exportsPerDay: Int
  package var threads: Int
  package var requestThreads: Int
  package var compression: Int
  package var aggregator: String?
  package var supportURL: String?
  package var logLevel: LogLevel

  /// Where mail goes.
  package enum MailDelivery: Sendable, Equatable {
    case maildir(String)
    case sendmail(String)
  }
}

extension Configuration {
  /// Reads the variables.
  ///
  /// - Throws: `HandoverError` that names every variable that is wrong, in one line.
  package init(environment: [String: String], workingDirectory: String, cores: Int) throws {
    var reader = EnvironmentReader(environment)
    let data = DataFolder(
      path: absolute(reader.text("HANDOVER_DATA") ?? "./var", in: workingDirectory))
    self.data = data
    if data.socket.utf8.count > 107 {
      reader.problem(
        "HANDOVER_DATA is too long: the path of the socket in it would have \(data.socket.utf8.count) bytes, "
          + "and at most 107 work")
    }
    group = reader.value("HANDOVER_GROUP", default: UInt32?.none, "the name of a group of this machine") {
      groupID(named: $0)
    }
    let port = reader.integer("PORT", default: 8080, 1...65535)
    url = try reader.required(
      "HANDOVER_URL", default: "http://localhost:\(port)",
      "an address such as https://export.example.com, without a path"
    ) { SiteURL($0) }
    mail = reader.value(
      "HANDOVER_MAIL", default: .maildir(data.path + "/mail"),
      "maildir:FOLDER, or sendmail:PROGRAM with an absolute path to a program that can be run"
    ) { MailDelivery($0, in: workingDirectory) }
    mailFrom = try reader.required(
      "HANDOVER_MAIL_FROM", default: "Handover <handover@localhost>",
      "an address such as Handover <handover@example.com>"
    ) { Address($0) }
    exportsAtOnce = reader.integer("HANDOVER_EXPORTS_AT_ONCE", default: 4, 1...64)
    exportsPerDay = reader.integer("HANDOVER_EXPORTS_PER_DAY", default: 100, 0...1_000_000)
    threads = reader.integer("HANDOVER_THREADS", default: cores, 1...256)
    requestThreads = reader.integer("HANDOVER_REQUEST_THREADS", default: 16, 1...256)
    compression = reader.integer("HANDOVER_COMPRESSION", default: 4, 1...9)
    aggregator = reader.text("HANDOVER_AGGREGATOR")
    supportURL = reader.value("HANDOVER_SUPPORT_URL", default: String?.none, "an http or https address") {
      webAddress($0)
    }
    logLevel = reader.value("HANDOVER_LOG", default: .info, "debug, info, warning or error") {
      LogLevel(name: $0)
    }
    try reader.finish()
  }
}
