import Foundation
import SQLite
import Secrets
import System

extension Documents {
  /// Removes what no document needs any longer: contents of what was removed or replaced `Document.kept` ago,
  /// what came in when a crash broke it off, and files that never became a document's. Says what is missing.
  /// A step that fails does not keep the others from running; while the folder is away nothing is removed.
  ///
  /// - Parameter isClockTrusted: whether to remove what could be missed, too.
  func sweep(isClockTrusted: Bool) {
    do { _ = try reach() } catch {
      if let away = error as? DocumentsAway { log.warning("documents.away", ["reason": away.reason]) }
      return
    }
    var steps: [(name: String, run: () throws -> Void)] = [
      ("clock", countFromNow), ("unfinished", removeUnfinished), ("missing", sayWhatIsMissing),
    ]
    if isClockTrusted { steps += [("contents", removeContents), ("left", removeLeftovers)] }
    for step in steps {
      do { try step.run() } catch { log.error("documents.sweep.\(step.name)", ["error": "\(error)"]) }
    }
  }

  /// Where the clock was set back, what is dated ahead of now counts from now on.
  private func countFromNow() throws {
    let now = clock.now()
    if try database.read({ try $0.documents.areAhead(of: now) }) {
      _ = try database.write { try $0.documents.countFromNow(clock.now()) }
    }
  }

  /// Removes what was coming in when a process was killed. What comes in now is locked.
  private func removeUnfinished() throws {
    for organisation in folder.organisations() {
      let place = folder.folder(of: organisation)
      for name in try FileManager.default.contentsOfDirectory(atPath: place)
      where name.hasSuffix(DocumentFolder.unfinished) {
        do throws(SystemError) {
          try DurableFile.removeLeftover("\(place)/\(name)")
        } catch  where error.code == EBUSY { continue } catch { throw error }
      }
    }
  }

  /// Each content is looked for, without reading it. Its documents' pages say so, too.
  private func sayWhatIsMissing() throws {
    let opened = try reach()
    var missing = 0
    for content in try database.read({ try $0.documents.contents() }) {
      let state = try opened.state(of: folder.name(of: content.sha256, of: content.organisation))
      guard state?.size != content.bytes else { continue }
      missing += 1
      if missing <= 10 {
        log.error(
          "documents.missing",
          [
            "file": folder.content(content.sha256, of: content.organisation),
            "advice": "put it back from a backup, or add the document again",
          ])
      }
    }
    if missing > 10 { log.error("documents.missing", ["count": "\(missing)"]) }
  }

  /// Removes contents in transactions of their own, so that nobody can make a document of one between the
  /// look at its rows and its end: first the rows, then the file. A crash between them leaves a file that is
  /// left over.
  private func removeContents() throws {
    let limit = { clock.now() - Document.kept }
    _ = try database.write { try $0.documents.forgetFormer(until: limit()) }
    while true {
      let removed = try database.write { connection in
        let unneeded = try connection.documents.unneeded(since: limit(), limit: Self.removedAtOnce)
        for content in unneeded { try connection.documents.forget(content) }
        return unneeded
      }
      try removed.forEach(remove)
      if removed.count < Self.removedAtOnce { return }
    }
  }

  /// Removes the file of a content that has no row (any more), if that is so.
  private func remove(_ content: DocumentTable.Content) throws {
    try database.write { connection in
      if try connection.documents.isKept(content.sha256, of: content.organisation) { return }
      try reach().remove(folder.name(of: content.sha256, of: content.organisation))
      log.info(
        "documents.removed", ["file": folder.name(of: content.sha256, of: content.organisation)])
    }
  }

  /// A file that no row knows: the process was killed before the commit, or the database was put back from a
  /// backup of before. It is kept as long as what was removed.
  private func removeLeftovers() throws {
    let limit = clock.now() - Document.kept
    let opened = try reach()
    for organisation in folder.organisations() {
      for content in folder.contents(of: organisation) {
        let name = folder.name(of: content, of: organisation)
        guard let state = try opened.state(of: name),
          state.changedAt.floorDivided(by: 1_000_000_000) < limit.rawValue
        else { continue }
        try remove(DocumentTable.Content(organisation: organisation, sha256: content, bytes: state.size))
      }
    }
  }

  /// Contents that one transaction removes at most, so that no writer waits for long.
  private static let removedAtOnce = 100
}

extension DocumentFolder {
  /// The organisations of which there is a folder.
  fileprivate func organisations() -> [OrganisationID] {
    names(in: path).compactMap { name in
      Int64(name).flatMap { String($0) == name ? OrganisationID(rawValue: $0) : nil }
    }
  }

  /// The contents of which there is a file.
  fileprivate func contents(of organisation: OrganisationID) -> [[UInt8]] {
    let place = folder(of: organisation)
    return names(in: place).filter { $0.utf8.count == 2 }.flatMap { part in
      names(in: "\(place)/\(part)").compactMap { name in
        Self.sha256(name).flatMap { name.hasPrefix(part) ? $0 : nil }
      }
    }
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// Reads 64 small hexadecimal digits; nil for anything else.
  private static func sha256(_ name: String) -> [UInt8]? {
    let digits = Array(name.utf8)
    guard digits.count == 64 else { return nil }
    let bytes = stride(from: 0, to: 64, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
    return bytes.count == 32 && hex(bytes) == name ? bytes : nil
  }
}
