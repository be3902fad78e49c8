import Foundation
import System

/// Where the directory of several hosts is asked for, and by whom.
struct DirectoryPlace: Sendable {
  /// Of etcd's members.
  let addresses: [String]
  /// What the other hosts know this one by: an address and a port.
  let host: String
  let identity: WebRequest.Identity
}

extension EnvironmentReader {
  /// Nil where all cells are on this machine.
  mutating func directory(in workingDirectory: String) -> DirectoryPlace? {
    let addresses = optional(.directory, "addresses such as https://10.0.0.1:2379, with commas between") {
      text in
      let addresses = text.split(separator: ",").map(String.init)
      let isRight = addresses.allSatisfy { $0.wholeMatch(of: /https?:\/\/[A-Za-z0-9.:\[\]-]+/) != nil }
      return isRight && !addresses.isEmpty ? addresses : nil
    }
    let host = optional(.host, "an address, not a name, and a port, such as 10.0.0.1:8443 or [fd00::1]:8443")
    { text in
      text.wholeMatch(of: /([0-9.]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}/) != nil ? text : nil
    }
    let folder = absolute(text(.hostCertificates) ?? Variable.hostCertificates.standard, in: workingDirectory)
    switch (addresses, host) {
    case (nil, nil): return nil
    case (let addresses?, let host?):
      let identity = WebRequest.Identity(
        authorities: folder + "/ca.crt", certificate: folder + "/host.crt", key: folder + "/host.key")
      for path in [identity.authorities, identity.certificate, identity.key]
      where unsafe access(path, R_OK) != 0 {
        problem("\(path) can't be read, by which this host and the others know each other", .hostCertificates)
      }
      return DirectoryPlace(addresses: addresses, host: host, identity: identity)
    case (nil, _):
      if text(.directory) == nil { problem("HANDOVER_HOST is set, and HANDOVER_DIRECTORY is not", .host) }
    case (_, nil):
      if text(.host) == nil {
        problem(
          "HANDOVER_DIRECTORY is set, and HANDOVER_HOST is not: the other hosts have to know where this one is",
          .directory)
      }
    }
    return nil
  }
}
