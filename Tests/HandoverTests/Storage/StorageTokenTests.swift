import Foundation
import SQLite
import Testing

@testable import Handover

@Suite("Tokens of a linked storage")
struct StorageTokenTests {
  let provider: FakeProvider
  let site: TestSite
  let organisation: Organisation
  let owner: User

  init() throws {
    provider = try FakeProvider()
    site = try TestSite(provider.environment)
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    _ = try site.open(owner).link("google")
  }

  private func link() throws -> StorageLink {
    try #require(try site.database.read { try $0.storageLinks.current(of: organisation.id) })
  }

  private func signedOutLetters() throws -> [StoredLetter] {
    try site.letters.filter { $0.kind == "storage_signed_out" }
  }

  /// What is thrown in the place of a token.
  private func problem() throws -> StorageProblem? {
    do {
      _ = try site.storage.token(for: link())
      return nil
    } catch let problem as StorageProblem { return problem }
  }

  @Test("A token is good for ten minutes more at least, and is fetched no more often than that takes")
  func refresh() throws {
    let before = provider.asked.count
    site.clock.move(by: .minutes(50))
    #expect(try site.storage.token(for: link()).access == "access-1" && provider.asked.count == before)
    site.clock.move(by: .seconds(1))
    #expect(try site.storage.token(for: link()).access == "access-2")
    #expect(try site.storage.token(for: link()).access == "access-2" && provider.asked.count == before + 1)
    #expect(
      try site.storage.secrets.read(link().id)
        == .token(
          StorageToken(access: "access-2", expiresAt: site.clock.now.rawValue + 3_600, refresh: "refresh-1")))
  }

  @Test("Where the provider gives none any more, the whole link is signed out, with one e-mail")
  func invalidGrant() throws {
    try provider.answer(.refresh, #"{"error":"invalid_grant","error_description":"x"}"#, status: 400)
    site.clock.move(by: .hours(1))
    for _ in 1...3 { #expect(try problem()?.kind == .signedOut) }
    let link = try link()
    #expect(link.status == .signedOut)
    #expect(link.reason?.contains("no longer lets Handover use files@harbour.example") == true)
    let letter = try #require(try signedOutLetters().first)
    #expect(try signedOutLetters().count == 1 && letter.text.contains("Nothing is lost."))
    #expect(try site.events(of: organisation).filter { $0 == .storageSignedOut }.count == 1)
  }

  @Test("Other answers say why, and the link stays as it is")
  func others() throws {
    site.clock.move(by: .hours(1))
    for (status, body, wait, kind): (Int, String, String, StorageProblem.Kind) in [
      (503, "<html>", "", .unreachable), (429, "{}", "17", .tooOften(.seconds(17))),
      (429, "", "", .tooOften(.minutes(1))), (401, #"{"error":"invalid_client"}"#, "", .server),
      (400, #"{"error":"invalid_request"}"#, "", .refused), (200, "{}", "", .unreachable),
    ] {
      try provider.answer(.refresh, body, status: status, retryAfter: wait)
      #expect(try problem()?.kind == kind, "\(status) \(body)")
    }
    #expect(try link().status == .linked && signedOutLetters().isEmpty)
  }

  @Test("Secrets that are gone, as after a restore, sign the link out instead of failing for ever")
  func lost() throws {
    try site.storage.secrets.remove(link().id)
    #expect(try problem()?.kind == .signedOut)
    #expect(try link().status == .signedOut && link().reason?.contains("restore") == true)
    _ = try site.open(owner).link("google")
    #expect(try problem() == nil)
  }

  @Test("A late word that it is signed out says nothing of a link that was made since")
  func late() throws {
    let before = try link()
    try site.storage.signedOut(before, because: "One.")
    site.clock.move(by: .seconds(1))
    _ = try site.open(owner).link("google")
    try site.storage.signedOut(before, because: "Two.")
    #expect(try link().status == .linked && signedOutLetters().count == 1)
  }

  @Test("rclone gets the token by its own names")
  func rclone() throws {
    let settings = try site.storage.rcloneSettings(for: link())
    #expect(settings["type"] == "drive" && settings["scope"] == "drive.file")
    #expect(settings["client_id"] == "google-key" && settings["client_secret"] == "google-secret")
    let token = try #require(
      try JSONSerialization.jsonObject(with: Data((settings["token"] ?? "").utf8)) as? [String: String])
    #expect(token["access_token"] == "access-1" && token["refresh_token"] == "refresh-1")
    #expect(token["expiry"] == (site.clock.now + .hours(1)).iso8601)
  }
}
