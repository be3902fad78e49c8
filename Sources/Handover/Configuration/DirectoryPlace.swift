import Foundation
import System

/// Where the directory of several hosts is asked for, and by whom.
struct DirectoryPlace: Sendable {
  /// Of etcd's members.
  let addresses: [String]
  /// What the other hosts know this one by: an address and a port.
  let host: String
  let identity: WebRequest.Identity
  /// What all hosts reach; nil where nothing is kept there.
  var store: CellStore.Place?
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
    let store = store(in: workingDirectory)
    let folder = absolute(text(.hostCertificates) ?? Variable.hostCertificates.standard, in: workingDirectory)
    switch (addresses, host) {
    case (nil, nil):
      if text(.store) != nil, text(.directory) == nil {
        problem(
          "HANDOVER_STORE is set, and HANDOVER_DIRECTORY is not: the store is for cells that are on several hosts",
          .store)
      }
      return nil
    case (let addresses?, let host?):
      let identity = WebRequest.Identity(
        authorities: folder + "/ca.crt", certificate: folder + "/host.crt", key: folder + "/host.key")
      for path in [identity.authorities, identity.certificate, identity.key]
      where unsafe access(path, R_OK) != 0 {
        problem("\(path) can't be read, by which this host and the others know each other", .hostCertificates)
      }
      return DirectoryPlace(addresses: addresses, host: host, identity: identity, store: store)
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

  /// What all hosts reach; nil where there is none.
  private mutating func store(in workingDirectory: String) -> CellStore.Place? {
    let root = optional(
      .store,
      "rclone's name of a storage and a path there, such as store:handover, or a folder such as /mnt/store"
    ) { CellStore.Place.isRoot($0) ? $0 : nil }
    guard let root else { return nil }
    let file = absolute(
      text(.storeConfiguration) ?? Variable.storeConfiguration.standard, in: workingDirectory)
    let place = CellStore.Place(root: root, configuration: file)
    if !place.isFolder, unsafe access(file, R_OK) != 0 {
      problem("\(file) can't be read, in which rclone finds '\(root)'", .storeConfiguration)
    }
    return place
  }
}
