import Foundation
import Fuzzing
import TestSupport
import Testing

/// Inputs that reach new code, and all that ever failed: see Scripts/fuzz.
@Suite("Inputs that fuzzers have found")
struct CorpusTests {
  @Test("All that must hold does, for each of them", arguments: FuzzTarget.allCases)
  func replay(_ target: FuzzTarget) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: corpora.appending(path: target.rawValue), includingPropertiesForKeys: nil)
    #expect(files.count > 10)
    for file in files {
      let input = [UInt8](try Data(contentsOf: file))
      #expect(throws: Never.self, "\(target) \(file.lastPathComponent)") { try target.run(input) }
    }
  }

  @Test("Each target has a corpus, and each corpus a target")
  func complete() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: corpora.path)
    #expect(Set(folders) == Set(FuzzTarget.allCases.map(\.rawValue)))
  }

  @Test("Short inputs of each byte are read", arguments: FuzzTarget.allCases)
  func shortInputs(_ target: FuzzTarget) throws {
    for byte in UInt8.min...UInt8.max { try target.run([byte, byte &* 7, byte]) }
    try target.run([])
  }

  private let corpora = Repository.appending("Tests/Corpora")
}
