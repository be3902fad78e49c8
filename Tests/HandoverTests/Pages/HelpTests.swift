import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("Help")
struct HelpTests {
  /// How long the video is, to the nearest second, as the page says it.
  static let seconds = 26

  private static let page = try? String(
    contentsOfFile: Repository.path + "/Templates/pages/help.mustache", encoding: .utf8)

  @Test("The video is as long as the page says, in each of its files, and none is large")
  func video() throws {
    #expect(Self.page?.contains("\(Self.seconds) seconds, without sound") == true)
    for scheme in ["light", "dark"] {
      for suffix in ["mp4", "webm"] {
        let file = try contents("\(Repository.path)/Public/media/way-\(scheme).\(suffix)")
        #expect(file.count < 1_000_000, "\(scheme).\(suffix)")
        let length = suffix == "mp4" ? mp4Length(file) : webmLength(file)
        #expect(
          length.map { abs($0 - Double(Self.seconds)) <= 0.5 } == true,
          "\(scheme).\(suffix): \(length ?? 0) s")
      }
    }
  }

  @Test("Each file that an export may have is told, and what to do with the page that checks it")
  func files() throws {
    let page = try #require(Self.page)
    let others = [DataPackage.Workbook.file, VerifyPage.file, "README.txt", DataPackage.file, Manifest.file]
    for name in Table.Name.ofAll.map(\.file) + others {
      #expect(page.contains("<dt>\(name)</dt>"), "\(name)")
    }
    #expect(page.contains("<h3 id=\"verify\">") && page.contains("href=\"#verify\""))
  }

  @Test("The table of contents leads to each part of the page, in its order")
  func contentsOfPage() throws {
    let page = try #require(Self.page)
    let listed = page.matches(of: /<li><a href="#([a-z0-9-]+)">([^<]+)<\/a><\/li>/).map { "\($0.1) \($0.2)" }
    let parts = page.matches(of: /<h2 id="([a-z0-9-]+)">([^<]+)<\/h2>/).map { "\($0.1) \($0.2)" }
      .filter { $0 != "toc On this page" }
    #expect(listed == parts && parts.count > 10)
  }

  /// In seconds: the box `mvhd` has units a second, then how many (ISO/IEC 14496-12, 8.2.2).
  private func mp4Length(_ file: [UInt8]) -> Double? {
    guard let place = place(of: Array("mvhd".utf8), in: file), file[place] == 0 else { return nil }
    return Double(number(file[(place + 16)..<(place + 20)]))
      / Double(number(file[(place + 12)..<(place + 16)]))
  }

  /// In seconds: the element Duration counts milliseconds in a float of 8 bytes (RFC 9559, 5.1.2.10).
  private func webmLength(_ file: [UInt8]) -> Double? {
    place(of: [0x44, 0x89, 0x88], in: file).map {
      Double(bitPattern: number(file[$0..<($0 + 8)])) / 1_000
    }
  }

  /// Behind the bytes.
  private func place(of bytes: [UInt8], in file: [UInt8]) -> Int? {
    Data(file).range(of: Data(bytes))?.upperBound
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
