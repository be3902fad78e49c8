import Foundation
import System
import TestSupport

/// Opens some of the archives that visitors have downloaded, on a thread of its own: `handover verify`, the rows of each
/// file by Python's readers against the model, and whose records are in it.
final class ArchiveJudge: Sendable {
  private struct Sample: Sendable {
    let file: URL
    let id: String
    let scope: String
    let office: Office
  }

  private struct State: Sendable {
    var waiting: [Sample] = []
    var seen: Set<String> = []
    var isEnding = false
  }

  private let state = Locked(State())
  private let folder: TemporaryFolder
  private let running = DispatchGroup()

  /// No more wait than are done in a few seconds.
  private static let most = 4

  init() throws { folder = try TemporaryFolder() }

  /// Takes a downloaded archive, unless it was taken before or too many wait.
  func offer(_ bytes: [UInt8], of story: Story, in office: Office) {
    guard let scope = story.scope else { return }
    let sample = Sample(file: folder.appending("\(story.id).zip"), id: story.id, scope: scope, office: office)
    let isWanted = state.withLock { state in
      guard state.waiting.count < Self.most, state.seen.insert(story.id).inserted else { return false }
      return true
    }
    guard isWanted, (try? Data(bytes).write(to: sample.file)) != nil else { return }
    state.withLock { $0.waiting.append(sample) }
  }

  func start(_ offices: [Office], _ judge: Judge) {
    running.enter()
    Foundation.Thread.detachNewThread { [self] in
      defer { running.leave() }
      while true {
        let (next, isEnding) = state.withLock {
          ($0.waiting.isEmpty ? nil : $0.waiting.removeFirst(), $0.isEnding)
        }
        if let next {
          do { try open(next, offices, judge) } catch {
            judge.complain("the archive of \(next.id): \(error)")
          }
          judge.count("archives opened")
        } else if isEnding {
          return
        } else {
          usleep(50_000)
        }
      }
    }
  }

  /// Returns when all that were taken are judged.
  func stop() {
    state.withLock { $0.isEnding = true }
    running.wait()
  }

  private func open(_ sample: Sample, _ offices: [Office], _ judge: Judge) throws {
    defer { try? FileManager.default.removeItem(at: sample.file) }
    let office = sample.office
    let verified = try Tool.run(Checkout.handover, ["verify", sample.file.path])
    if !verified.succeeded { judge.complain("verify refuses \(sample.id): \(verified.error)") }
    let archive = try Archive(sample.file)
    if !verified.output.contains(archive.sha256) {
      judge.complain("verify says another SHA-256 of \(sample.id)")
    }
    if !archive.dangling.isEmpty {
      judge.complain("\(sample.id) names what it does not hold: \(archive.dangling)")
    }
    let place = office.people.firstIndex { $0.id == sample.scope }
    let expected = office.records.rows(ofMember: place, among: office.people.count)
    for (file, rows) in expected where archive.rows[file] != rows {
      judge.complain(
        "\(sample.id), \(sample.scope): \(file) has \(archive.rows[file] ?? -1) rows and not \(rows)")
    }
    let users = archive.rows["Users.csv"] ?? 0
    let most = office.people.count + office.with { $0.invited.count }
    if place == nil, users < office.people.count || users > most {
      judge.complain("\(sample.id) has \(users) users of \(most)")
    }
    let markers = offices.map(\.marker).joined(separator: "|")
    let found = try Tool.run(
      "sh", ["-c", "unzip -p \"$0\" | grep --text -oE \"$1\" | sort -u", sample.file.path, markers])
    if found.output != office.marker + "\n" {
      judge.complain("\(sample.id) of \(office.marker) holds \(found.output)")
    }
  }
}
