import Foundation
import System

/// Owners and modes of what lies in the data folder.
extension Doctor {
  /// So many wrong files are named; of the others only how many they are.
  private static let mostNamed = 20

  func fileFindings(_ units: [String: [String: String]]) -> [Finding] {
    var folder = stat()
    guard unsafe stat(data.path, &folder) == 0 else {
      return [
        Finding(
          .files, "can't find the data folder \(data.path): \(SystemError.reason(errno))",
          "set HANDOVER_DATA as the server has it, or start it once")
      ]
    }
    // The server's is the owner that all else is held against.
    if let user = units[names.service]?["User"], !user.isEmpty, user != userName(folder.st_uid) {
      return [
        Finding(
          .files, "\(data.path) belongs to \(userName(folder.st_uid)), and the server runs as \(user)",
          "run chown -R \(user): \(data.path); systemd-tmpfiles --create handover.conf; handover doctor")
      ]
    }
    var findings = finding(data.path, folder, at: 0o2710, folder.st_uid).map { [$0] } ?? []
    for name in Self.secret { look(at: "\(data.path)/\(name)", folder.st_uid, isShared: false, &findings) }
    for path in [data.exports, data.documents, data.assets] {
      look(at: path, folder.st_uid, isShared: true, &findings)
    }
    var socket = stat()
    if unsafe lstat(data.socket, &socket) == 0,
      let found = finding(data.socket, socket, at: 0o660, folder.st_uid)
    {
      findings.append(found)
    }
    if let group = readers(units) {
      for folder in [data.exports, data.documents, data.assets] {
        lookForReaders(at: folder, group, &findings)
      }
      if folder.st_gid != group || folder.st_mode & 0o010 == 0 {
        findings.append(unread(data.path, group, 0o710))
      }
    }
    if findings.count <= Self.mostNamed { return findings }
    return findings.prefix(Self.mostNamed) + [
      Finding(
        .files, "\(findings.count - Self.mostNamed) more have a wrong owner or mode",
        "mend those above, and look again")
    ]
  }

  /// For their owner alone.
  private static let secret = [
    "handover.sqlite", "handover.sqlite-wal", "handover.sqlite-shm", "write.lock", "server.lock", "keys",
    "storage",
    "imports", "mail", "operation",
  ]

  /// - Parameter isShared: with nginx's group, which may read it.
  private func look(at path: String, _ owner: uid_t, isShared: Bool, _ findings: inout [Finding]) {
    var status = stat()
    // What is no longer there is nobody's fault.
    guard unsafe lstat(path, &status) == 0 else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    let allowed: mode_t = isFolder ? isShared ? 0o2750 : 0o2700 : isShared ? 0o640 : 0o600
    if let found = finding(path, status, at: allowed, owner) { return findings.append(found) }
    guard isFolder else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? [] {
      look(at: "\(path)/\(name)", owner, isShared: isShared, &findings)
    }
  }

  /// nginx's group, where it reads by one: that of the socket's unit, else that of the settings or the folders.
  private func readers(_ units: [String: [String: String]]) -> gid_t? {
    if let name = units[names.socket]?["SocketGroup"], let entry = unsafe getgrnam(name) {
      return unsafe entry.pointee.gr_gid
    }
    return configuration.readers
  }

  /// What nginx is to send has to be open to its group, down to each file.
  private func lookForReaders(at path: String, _ group: gid_t, _ findings: inout [Finding]) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    let needed: mode_t = isFolder ? 0o050 : 0o040
    if status.st_gid != group || status.st_mode & needed != needed {
      return findings.append(unread(path, group, isFolder ? 0o2750 : 0o640))
    }
    guard isFolder else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    // What is being made is nobody's yet.
    where !name.hasPrefix(".") && !name.hasSuffix(DocumentFolder.unfinished) {
      lookForReaders(at: "\(path)/\(name)", group, &findings)
    }
  }

  private func unread(_ path: String, _ group: gid_t, _ mode: mode_t) -> Finding {
    let name = unsafe getgrgid(group).map { unsafe String(cString: $0.pointee.gr_name) } ?? "\(group)"
    return Finding(
      .files, "\(path) can't be read by nginx, whose group is \(name)",
      "run chgrp \(name) \(path); chmod \(String(mode, radix: 8)) \(path)")
  }

  private func finding(_ path: String, _ status: stat, at allowed: mode_t, _ owner: uid_t) -> Finding? {
    if status.st_uid != owner {
      return Finding(
        .files, "\(path) belongs to \(userName(status.st_uid)), and the data folder to \(userName(owner))",
        "run chown --reference=\(data.path) \(path)")
    }
    let mode = status.st_mode & 0o7777
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    let own: mode_t = isFolder ? 0o700 : 0o400
    if mode & ~allowed == 0, mode & own == own { return nil }
    // As it may be at most, without what only says whose group new files get.
    let right = String(mode & allowed & 0o777 | own | (isFolder ? 0 : 0o200), radix: 8)
    let what = mode & ~allowed & 0o077 != 0 ? "is open to other users" : "has a wrong mode"
    return Finding(
      .files, "\(path) \(what): mode 0\(String(mode, radix: 8))", "run chmod \(right) \(path)")
  }
}
