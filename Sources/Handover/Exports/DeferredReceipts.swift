import SQLite
import System

/// That somebody has begun to download an export.
struct Receipt: Sendable {
  let export: Export
  let session: Session
  /// The network address.
  let address: String
  /// What the browser calls itself.
  var agent = ""
  let part: DownloadPart
  let at: UnixTime
}

/// The receipts that could not be written yet: while the disk is full, or the database busy, people get their
/// data all the same. The log has each at once. `ReceiptWriter` writes them as soon as the database takes them.
final class DeferredReceipts: Sendable {
  /// Beyond this many a download is refused, as nobody would know of it.
  static let most = 1_000
  /// How long a download waits for its receipt to be written.
  static let patience = Duration.milliseconds(250)

  private let waiting = Locked<[Receipt]>([])
  /// Wakes the writer.
  fileprivate let kept = Wakeup()

  /// - Returns: false where there is no place for it.
  fileprivate func add(_ receipt: Receipt) -> Bool {
    waiting.withLock { waiting in
      guard waiting.count < Self.most else { return false }
      waiting.append(receipt)
      return true
    }
  }

  /// The one that has waited longest.
  var first: Receipt? { waiting.withLock { $0.first } }

  fileprivate func removeFirst() { waiting.withLock { _ = $0.removeFirst() } }

  var isEmpty: Bool { waiting.withLock(\.isEmpty) }

  /// How many the user has left since then.
  func count(of user: User, after time: UnixTime) -> Int {
    waiting.withLock { waiting in
      waiting.count { receipt in
        receipt.session.user.id == user.id && receipt.session.user.organisation == user.organisation
          && receipt.at > time
      }
    }
  }

  /// Whether the session has begun to download the export since then.
  func has(_ export: ExportID, of session: Session, after time: UnixTime) -> Bool {
    waiting.withLock { waiting in
      waiting.contains { $0.export.id == export && $0.session.id == session.id && $0.at > time }
    }
  }
}

/// The thread that writes the receipts that are kept.
final class ReceiptWriter: Sendable {
  private let exports: Exports
  private let thread = Locked<Thread?>(nil)

  /// How long it waits after a try in vain.
  private static let pause = Duration.seconds(1)
  private static let interval = Duration.seconds(60)

  init(_ exports: Exports) {
    self.exports = exports
  }

  func start() throws {
    let thread = try Thread(name: "receipts") { [exports] in
      let kept = exports.receipts.kept
      while !kept.isStopped {
        exports.writeReceipts()
        kept.wait(atMost: exports.receipts.isEmpty ? Self.interval : Self.pause)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Tries once more; what can't be written now stands in the log alone.
  func stop() {
    exports.receipts.kept.stop()
    thread.withLock { $0?.join() }
    exports.writeReceipts()
    while let receipt = exports.receipts.first {
      exports.log.error("download.unrecorded", exports.line(of: receipt, "the server stops"))
      exports.receipts.removeFirst()
    }
  }
}

extension Exports {
  /// Keeps a receipt until it can be written.
  ///
  /// - Throws: the error, where too many are kept.
  func keep(_ receipt: Receipt, because error: any Error) throws {
    guard receipts.add(receipt) else { throw error }
    log.warning("download.recorded-later", line(of: receipt, "\(error)"))
    receipts.kept.raise()
  }

  /// Writes what is kept, oldest first, as far as the database takes it.
  func writeReceipts() {
    while let receipt = receipts.first {
      do { try write(receipt) } catch let error as SQLiteError where error.isConstraint {
        log.error("download.unrecorded", line(of: receipt, "\(error)"))
      } catch { return }
      receipts.removeFirst()
    }
  }

  /// All that a receipt says.
  fileprivate func line(of receipt: Receipt, _ error: String) -> KeyValuePairs<String, String> {
    [
      "id": receipt.export.id.rawValue, "organisation": "\(receipt.export.organisation.rawValue)",
      "user": receipt.session.user.id.description, "from": receipt.address, "part": receipt.part.rawValue,
      "at": receipt.at.iso8601, "error": error,
    ]
  }
}
