import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// SIGKILL of the server, or of what it runs, while each request of a sync in turn gets no answer: whatever was done there
  /// by then, the document is there once in the end.
  @Suite struct StorageKillTests {
    enum Victim: String, CaseIterable { case server, programs }

    private static let cases: [(Providers.Provider, Victim)] =
      [(.dropbox, .programs), (.google, .server)]
      + (Checkout.isLong ? [(.dropbox, .server), (.google, .programs)] : [])

    @Test(
      "Killed at each request of a first sync into a new folder, the document arrives once, in one folder",
      arguments: cases)
    func killed(provider: Providers.Provider, victim: Victim) throws {
      let providers = try Providers()
      let site = try Site(providers.environment)
      let demo = try site.makeDemo()
      try site.change("DELETE FROM document; DELETE FROM document_content;")
      try site.start()
      let owner = try site.client(of: demo.owner)
      try site.link(provider, of: providers, by: owner, demo.owner)
      let bytes = 9_000_000
      func add(_ number: Int) throws {
        let answer = try owner.add(
          [Upload("\(number).bin", bytes: bytes, seed: UInt8(number))], to: "D-\(number)")
        #expect(answer.status == 303)
      }
      try add(1)
      try site.waitForDocuments()
      let before = try providers.requests().count
      try add(2)
      try site.waitForDocuments()
      let steps = try providers.requests().count - before
      #expect(steps > 3, "\(steps) requests")
      let tried = Checkout.isLong ? Array(0..<steps) : (0..<Self.short).map { $0 * steps / Self.short }
      for (index, step) in tried.enumerated() {
        let number = index + 3
        try providers.set("hang", of: provider, ["after": String(step)])
        try add(number)
        try eventually("request \(step) hangs; \(try site.syncs())") {
          try providers.isMet("hang") || site.documentStates() == ["synced": number]
        }
        let programs = try programs(of: site)
        switch victim {
        case .server: site.server?.kill()
        case .programs: for id in programs { Glibc.kill(id, SIGKILL) }
        }
        try providers.recover()
        if victim == .server {
          try site.startServer()
          try site.waitForHealth()
          try eventually("what the killed server ran is gone") {
            programs.allSatisfy { Glibc.kill($0, 0) != 0 }
          }
        }
        try eventually("it arrives; \(try site.syncs()); \(site.logs.suffix(3_000))") {
          try site.hurry()
          return try site.documentStates() == ["synced": number]
        }
      }
      let there = try providers.files(of: provider)
      let number = tried.count + 2
      #expect(there.count == number, "\(there.map(\.path).sorted())")
      #expect(Set(there.compactMap(\.sha256)).count == number)
      let folders = try providers.all(of: provider).filter(\.folder).map(\.path)
      #expect(folders.count == number + 1, "one for all, and one for each deal: \(folders.sorted())")
      let paths = Set(try site.rows("SELECT path FROM sync").map { $0.trimmingPrefix("/") })
      #expect(paths == Set(there.map { $0.path[...] }))
    }

    /// How many requests of one sync, from the first to nearly the last, where the run isn't a long one.
    private static let short = 3

    /// The children of the server, and theirs.
    private func programs(of site: Site) throws -> [pid_t] {
      guard let server = site.server else { return [] }
      var all: [pid_t] = []
      var parents = [server.pid]
      while !parents.isEmpty {
        let children = try parents.flatMap { parent in
          try Tool.run("pgrep", ["-P", String(parent)]).output.split(separator: "\n").compactMap { pid_t($0) }
        }
        all += children
        parents = children
      }
      return all
    }
  }
}
