import Foundation
import System

/// etcd can't be reached, or has lost most of its members: what needs a new address has to wait, and nothing was changed.
struct DirectoryAway: Error, CustomStringConvertible {
  let reason: String

  var description: String {
    "etcd, the directory of all hosts, can't be reached (\(reason)): nothing was changed; try again when it is back"
  }
}

/// etcd, which decides for all hosts what is asked for once: over its JSON gateway (etcd API v3, `/v3/kv`), by curl.
///
/// A key that nobody needs any more is given an empty value, and not deleted: so whoever asks for what has changed since a
/// revision hears of that, too, however much etcd has forgotten of its past.
final class Etcd: Sendable {
  /// Of its members, each such as `https://10.0.0.1:2379`.
  private let addresses: [String]
  private let identity: WebRequest.Identity?
  private let curl: Curl
  private let state = Locked(State())

  private struct State: Sendable {
    /// Which has answered last, and is asked first.
    var first = 0
    var failed: (at: ContinuousClock.Instant, away: DirectoryAway)?
  }

  /// - Parameters:
  ///   - addresses: of its members, each such as `https://10.0.0.1:2379`.
  ///   - identity: as who this host comes to an `https` address.
  init(_ addresses: [String], as identity: WebRequest.Identity?, _ curl: Curl) {
    self.addresses = addresses
    self.identity = identity
    self.curl = curl
  }

  struct Value {
    let key: String
    let text: String
    /// In which it was given.
    let revision: Int64
  }

  /// How far one has read. Revisions of another cluster say nothing.
  struct Moment: Equatable {
    let cluster: String
    let revision: Int64
  }

  /// What a member is given to answer, in seconds. Who takes an address holds up others who write meanwhile.
  private static let deadline: Int64 = 2
  /// The same for who only looks, and can look elsewhere within the time of a lease.
  private static let probeDeadline: Int64 = 1
  /// For how long nobody tries again.
  private static let pause = Duration.seconds(5)
  /// Keys in one transaction: etcd takes 128 (`--max-txn-ops`).
  private static let batch = 100

  /// Gives keys values, each only where it has none yet.
  ///
  /// - Returns: those that have another value already, with it.
  func take(_ values: [(key: String, text: String)]) throws(DirectoryAway) -> [String: String] {
    var others: [String: String] = [:]
    for batch in values.batches(of: Self.batch).map(Array.init) {
      while true {
        let known = try read(batch.map(\.key))
        let free = batch.filter { known[$0.key]?.text.isEmpty ?? true }
        for value in batch {
          if let other = known[value.key]?.text, !other.isEmpty, other != value.text {
            others[value.key] = other
          }
        }
        if free.isEmpty { break }
        if try give(free, unlessChangedSince: known) { break }
      }
    }
    return others
  }

  /// Lets go of keys, where they still have the value.
  func release(_ keys: [String], of text: String) throws(DirectoryAway) {
    for batch in keys.batches(of: Self.batch).map(Array.init) {
      while true {
        let known = try read(batch)
        let own = batch.filter { known[$0]?.text == text }.map { (key: $0, text: "") }
        if own.isEmpty { break }
        if try give(own, unlessChangedSince: known) { break }
      }
    }
  }

  /// Gives keys the value, whatever they have.
  func turn(_ keys: [String], to text: String) throws(DirectoryAway) {
    for batch in keys.batches(of: Self.batch) {
      _ = try give(batch.map { ($0, text) }, unlessChangedSince: nil)
    }
  }

  /// Keeps a key there for some seconds from now: it goes by itself where nobody says so again.
  ///
  /// - Parameter lease: the number of etcd's lease that holds it: one of the caller's own.
  func keep(_ key: String, by lease: Int64, for seconds: Int) throws(DirectoryAway) {
    let own = Lease(id: "\(lease)", seconds: "\(seconds)")
    if try ask("lease/keepalive", Lease(id: own.id, seconds: nil), isProbe: true, Kept.self).isHeld { return }
    _ = try ask("lease/grant", own, Granted.self)
    let operation = Operation(put: Put(key: encoded(key), value: encoded("here"), lease: own.id))
    _ = try ask("kv/txn", Transaction(success: [operation]), Done.self)
  }

  /// How far etcd has come.
  func moment() throws(DirectoryAway) -> Moment {
    try ask("kv/range", Range(key: encoded(Self.prefix)), isProbe: true, Found.self).header.moment
  }

  /// What has changed after a revision, in that order, and how far that goes.
  func changes(since revision: Int64) throws(DirectoryAway) -> (values: [Value], moment: Moment) {
    var values: [Value] = []
    var next = revision + 1
    while true {
      let range = Range(
        key: encoded(Self.prefix), end: encoded(Self.afterPrefix), after: "\(next)", limit: "1000",
        order: "ASCEND", target: "MOD")
      let found = try ask("kv/range", range, isProbe: true, Found.self)
      let page = found.kvs ?? []
      guard found.more == true, let last = page.last?.revision else {
        return (values + page, found.header.moment)
      }
      // A transaction's keys have one revision, and the page may have cut it.
      values += page.filter { $0.revision < last }
      next = last
    }
  }

  /// Where all that is ours begins, and what comes after it.
  static let prefix = "/handover/"
  private static let afterPrefix = "/handover0"

  /// The values of those that have ever had one.
  func read(_ keys: [String]) throws(DirectoryAway) -> [String: Value] {
    let transaction = Transaction(success: keys.map { Operation(range: Range(key: encoded($0))) })
    let answer = try ask("kv/txn", transaction, Done.self)
    let found = (answer.responses ?? []).flatMap { $0.range?.kvs ?? [] }
    return Dictionary(found.map { ($0.key, $0) }) { $1 }
  }

  /// Gives keys values, where none of them has changed since it was read.
  ///
  /// - Returns: whether nobody was quicker.
  func give(
    _ values: [(key: String, text: String)], unlessChangedSince known: [String: Value]?
  ) throws(DirectoryAway) -> Bool {
    let transaction = Transaction(
      compare: known.map { known in
        values.map { Comparison(key: encoded($0.key), revision: "\(known[$0.key]?.revision ?? 0)") }
      } ?? [],
      success: values.map { Operation(put: Put(key: encoded($0.key), value: encoded($0.text))) })
    return try ask("kv/txn", transaction, Done.self).succeeded ?? false
  }

  /// - Parameter isProbe: asks also where there was no answer a moment ago.
  private func ask<Answer: Decodable>(
    _ verb: String, _ question: some Encodable, isProbe: Bool = false, _: Answer.Type
  ) throws(DirectoryAway) -> Answer {
    let (first, failed) = state.withLock { ($0.first, $0.failed) }
    if !isProbe, let failed, .now - failed.at < Self.pause { throw failed.away }
    guard let body = try? JSONEncoder().encode(question) else { throw DirectoryAway(reason: "no JSON") }
    var reasons: [String] = []
    for turn in 0..<addresses.count {
      let number = (first + turn) % addresses.count
      do throws(CurlFailure) {
        let answer = try curl.answer(
          to: WebRequest(
            method: "POST", url: "\(addresses[number])/v3/\(verb)",
            headers: [("Content-Type", "application/json")], body: String(decoding: body, as: UTF8.self),
            identity: identity, deadline: isProbe ? Self.probeDeadline : Self.deadline))
        if answer.isGood, let result = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)) {
          state.withLock { $0 = State(first: number) }
          return result
        }
        let text = String(decoding: answer.body.prefix(200), as: UTF8.self)
        reasons.append("\(addresses[number]): \(answer.status) \(text)")
      } catch {
        reasons.append("\(addresses[number]): \(error.reason)")
      }
    }
    let away = DirectoryAway(reason: reasons.joined(separator: "; "))
    state.withLock { $0.failed = (.now, away) }
    throw away
  }
}

extension CurlFailure {
  fileprivate var reason: String {
    switch self {
    case .missing: "curl is not installed"
    case .unstartable(let error): "\(error)"
    case .unreachable(let reason): reason
    }
  }
}

// What goes over the wire. The gateway has bytes in base64, and 64-bit numbers as strings; what is 0, false or empty it
// leaves out.

private func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

extension Etcd {
  fileprivate struct Range: Encodable {
    let key: String
    var end: String?
    var after: String?
    var limit: String?
    var order: String?
    var target: String?

    enum CodingKeys: String, CodingKey {
      case key
      case end = "range_end"
      case after = "min_mod_revision"
      case limit
      case order = "sort_order"
      case target = "sort_target"
    }
  }

  fileprivate struct Put: Encodable {
    let key: String
    let value: String
    var lease: String?
  }

  fileprivate struct Lease: Encodable {
    let id: String
    let seconds: String?

    enum CodingKeys: String, CodingKey {
      case id = "ID"
      case seconds = "TTL"
    }
  }

  /// A lease that is over has no time left, which the gateway leaves out.
  fileprivate struct Kept: Decodable {
    let result: Result

    struct Result: Decodable {
      let seconds: String?

      enum CodingKeys: String, CodingKey { case seconds = "TTL" }
    }

    var isHeld: Bool { result.seconds.flatMap { Int($0) } ?? 0 > 0 }
  }

  fileprivate struct Granted: Decodable {
    let id: String

    enum CodingKeys: String, CodingKey { case id = "ID" }
  }

  /// That a key has not changed since a revision, which is 0 for one that never was.
  fileprivate struct Comparison: Encodable {
    let key: String
    let target = "MOD"
    let result = "EQUAL"
    let revision: String

    enum CodingKeys: String, CodingKey {
      case key, target, result
      case revision = "mod_revision"
    }
  }

  fileprivate struct Operation: Encodable {
    var range: Range?
    var put: Put?

    enum CodingKeys: String, CodingKey {
      case range = "request_range"
      case put = "request_put"
    }
  }

  fileprivate struct Transaction: Encodable {
    var compare: [Comparison] = []
    let success: [Operation]
  }

  fileprivate struct Header: Decodable {
    let cluster: String
    let revision: String?

    enum CodingKeys: String, CodingKey {
      case cluster = "cluster_id"
      case revision
    }

    var moment: Etcd.Moment {
      Etcd.Moment(cluster: cluster, revision: revision.flatMap { Int64($0) } ?? 0)
    }
  }

  fileprivate struct Found: Decodable {
    let header: Header
    let kvs: [Value]?
    let more: Bool?
  }

  fileprivate struct Done: Decodable {
    let succeeded: Bool?
    let responses: [Response]?

    struct Response: Decodable {
      let range: Kvs?

      enum CodingKeys: String, CodingKey { case range = "response_range" }
    }

    struct Kvs: Decodable { let kvs: [Value]? }
  }
}

extension Etcd.Value: Decodable {
  enum CodingKeys: String, CodingKey {
    case key
    case text = "value"
    case revision = "mod_revision"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ name: CodingKeys) throws -> String {
      let coded = try container.decodeIfPresent(String.self, forKey: name) ?? ""
      return String(decoding: Data(base64Encoded: coded) ?? Data(), as: UTF8.self)
    }
    self.init(
      key: try text(.key), text: try text(.text),
      revision: Int64(try container.decode(String.self, forKey: .revision)) ?? 0)
  }
}
