import Foundation
import System
import TestSupport
import Testing

extension SystemTests {
  /// Many people at once, in all weather, against a model: what no single test looks for.
  @Suite struct SoakTests {
    /// A minute and a half in each run, ten in a long one; HANDOVER_SOAK_SECONDS says otherwise.
    private static let length: Int = {
      let asked = ProcessInfo.processInfo.environment["HANDOVER_SOAK_SECONDS"].flatMap { Int($0) }
      return asked ?? (Checkout.isLong ? 600 : 90)
    }()

    private static let seed: UInt64 = {
      let asked = ProcessInfo.processInfo.environment["HANDOVER_SOAK_SEED"].flatMap { UInt64($0) }
      return asked ?? .random(in: 1...999_999_999)
    }()

    /// HANDOVER_SOAK_WEATHER: names of `Weather.all` with commas between, to look for a fault; `calm` for none.
    private static let weather: [Weather] = {
      guard let asked = ProcessInfo.processInfo.environment["HANDOVER_SOAK_WEATHER"] else {
        return Weather.all
      }
      let names = asked.split(separator: ",").map(String.init)
      return Weather.all.filter { names.contains($0.name) }
    }()

    @Test("Whatever comes, each answer is one that the model allows, and in the end all is there, once")
    func soak() throws {
      var random = SeededGenerator(seed: Self.seed)
      print("soak: HANDOVER_SOAK_SEED=\(Self.seed), \(Self.length) seconds")
      let site = try SoakSite(&random)
      let archives = try ArchiveJudge()
      let soak = Soak(site.offices, port: site.site.port, data: site.site.data.path, archives: archives)
      try site.start()
      archives.start(soak.offices, soak.judge)
      var climate = Climate(Self.weather, seed: random.next())
      let visitors = try soak.offices.flatMap { office in
        try office.people.map { member in
          let seed = random.next()
          return try System.Thread(name: "visitor") {
            Visitor(member, of: office, in: soak, seed: seed).live()
          }
        }
      }
      do { try climate.pass(over: site, soak, until: .now + .seconds(Self.length)) } catch {
        soak.judge.complain("\(error)")
      }
      soak.end()
      for visitor in visitors { visitor.join() }
      archives.stop()
      let look = LastLook(site: site, soak: soak, weather: Self.weather)
      try look.whileRunning()
      #expect(try site.stop() == 0)
      try look.afterStop()
      print(soak.judge.report.split(separator: "\n").map { "soak: \($0)" }.joined(separator: "\n"))
      #expect(soak.judge.complaints == [], "HANDOVER_SOAK_SEED=\(Self.seed); \(site.site.logs.suffix(3_000))")
    }
  }
}
