import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The providers and the servers that the tests of linked storage have, by rclone and curl alone: they are what they say.
  @Suite struct ProvidersTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// rclone with both providers, `google:` and `dropbox:`.
    private func rclone(_ providers: Providers, _ arguments: String..., tries: Int = 1) throws -> Tool.Result
    {
      var environment = providers.environment.merging(["RCLONE_CONFIG": ""]) { $1 }
      let apps = ["dropbox": "dropbox", "google": "drive"]
      for provider in Providers.Provider.allCases {
        let name = "RCLONE_CONFIG_\(provider.rawValue.uppercased())_"
        environment[name + "TYPE"] = apps[provider.rawValue]
        environment[name + "TOKEN"] = try providers.grant(provider).rclone
        environment[name + "CLIENT_ID"] =
          provider == .google ? "google-id.apps.googleusercontent.com" : "dropbox-key"
        environment[name + "CLIENT_SECRET"] = "\(provider.rawValue)-secret"
      }
      environment["RCLONE_CONFIG_GOOGLE_SCOPE"] = "drive.file"
      return try Tool.run(
        "rclone", ["--retries", "1", "--low-level-retries", String(tries)] + arguments,
        environment: environment)
    }

    private func file(_ name: String, bytes: Int) throws -> String {
      try Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }).write(
        to: folder.appending(name))
      return folder.file(name)
    }

    private func hash(_ file: String) throws -> Substring {
      try Tool.run("sha256sum", [file]).output.prefix(64)
    }

    @Test("Files at the borders of a block arrive whole at both, with the hashes that rclone compares")
    func borders() throws {
      let providers = try Providers()
      let block = 4 * 1_024 * 1_024
      for bytes in [0, 1, block - 1, block, block + 1, 9_000_000] {
        let file = try file("\(bytes).bin", bytes: bytes)
        for remote in ["google", "dropbox"] {
          let copied = try rclone(providers, "copyto", file, "\(remote):Harbour/D-1 Ü/\(bytes).bin")
          #expect(copied.succeeded, "\(copied.error)")
        }
        let there = try providers.files().filter { $0.path == "Harbour/D-1 Ü/\(bytes).bin" }
        #expect(there.map(\.size) == [bytes, bytes])
        #expect(try there.allSatisfy { try $0.sha256 == String(hash(file)) && $0.revisions == 1 })
      }
      providers.kill()
      try providers.start()
      #expect(try providers.files().count == 12, "a restart keeps them")
    }

    @Test(
      "Each mode is what rclone meets with the real ones",
      .enabled(if: Checkout.isLong, "takes a minute: Scripts/test --long"),
      arguments: [
        ("503", "dropbox: Service Unavailable|google: 503"), ("html", "502"),
        ("ratelimit", "dropbox: too_many_requests|google: userRateLimitExceeded"),
        ("429", "dropbox: too_many_write|google: rateLimitExceeded"),
        ("quota", "dropbox: insufficient_space|google: storageQuotaExceeded"),
        ("quota-middle", "dropbox: insufficient_space|google: storageQuotaExceeded"),
        ("badname", "dropbox: malformed_path|google: invalid"), ("corrupt", "corrupted on transfer"),
        ("notallowed", "dropbox: missing_scope|google: insufficientPermissions"), ("cut", "Failed to copy: "),
        ("notfound", "dropbox: not_found|google: notFound"),
      ])
    func modes(mode: String, said: String) throws {
      let providers = try Providers()
      let file = try file("file.bin", bytes: 9_000_000)
      for remote in ["google", "dropbox"] {
        let own = said.split(separator: "|").first { $0.hasPrefix(remote + ": ") }?.dropFirst(
          remote.count + 2)
        // Folders first: full and refused are said of the file.
        _ = try rclone(providers, "mkdir", "\(remote):\(mode)")
        // Not of tokens, which rclone asks for up to ten times.
        try providers.set(mode, of: nil, ["503", "html"].contains(mode) ? ["match": "/files"] : [:])
        let failed = try rclone(providers, "copyto", file, "\(remote):\(mode)/file.bin")
        #expect(
          !failed.succeeded && failed.error.contains(own ?? Substring(said)), "\(remote): \(failed.error)")
        try providers.recover()
        let copied = try rclone(providers, "copyto", file, "\(remote):\(mode)/file.bin", tries: 3)
        #expect(copied.succeeded, "\(remote): \(copied.error)")
      }
      #expect(try providers.files().count == 2)
    }

    @Test(
      "Who presses Allow is named, and a code is good once, with its verifier; a token given back is dead")
    func permission() throws {
      let providers = try Providers()
      let back = "http://localhost:8080/settings/storage/dropbox/callback"
      let state = String(repeating: "s", count: 43)
      // RFC 7636, appendix B.
      let page =
        "https://www.dropbox.com/oauth2/authorize?client_id=dropbox-key&response_type=code&token_access_type=offline"
        + "&state=\(state)&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
      let link = page + "&redirect_uri=\(back)"
      #expect(try providers.answer(link, "deny").hasPrefix(back + "?state=\(state)&error=access_denied"))
      #expect(throws: HarnessError.self) {
        try providers.answer(page + "&redirect_uri=https://evil.example/")
      }
      func exchange(_ code: String, _ verifier: String) throws -> String {
        let form = [
          "grant_type=authorization_code", "code=\(code)", "client_id=dropbox-key",
          "client_secret=dropbox-secret",
          "redirect_uri=\(back)", "code_verifier=\(verifier)",
        ].flatMap { ["--data-urlencode", $0] }
        return try providers.curl(form + ["https://api.dropboxapi.com/oauth2/token"]).output
      }
      let codes = try (1...2).map { _ in
        let location = try providers.answer(link, as: Providers.otherAccount)
        return try #require(URLComponents(string: location)?.queryItems?.first { $0.name == "code" }?.value)
      }
      let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
      #expect(try exchange(codes[0], verifier.uppercased()).contains("invalid_grant"))
      #expect(try exchange(codes[0], verifier).contains("invalid_grant"))
      for (mode, said) in [
        ("invalid_client", "invalid_client"), ("invalid_grant", "invalid_grant"), ("down", ""),
      ] {
        try providers.set(mode)
        #expect(try exchange(codes[1], verifier).contains(said) == (mode != "down"))
        try providers.recover()
      }
      let granted = try exchange(codes[1], verifier)
      let token = try #require(granted.firstMatch(of: /"access_token": "([^"]+)"/)).1
      func call(_ function: String) throws -> String {
        try providers.curl([
          "--request", "POST", "--header", "Authorization: Bearer \(token)",
          "https://api.dropboxapi.com/2/\(function)",
        ]).output
      }
      #expect(try call("users/get_current_account").contains("\"email\": \"\(Providers.otherAccount)\""))
      #expect(try call("auth/token/revoke") == "null")
      #expect(try call("users/get_current_account").contains("access_token"))
      #expect(try providers.secrets().contains(String(token)))
    }

    @Test(
      "Real servers of three protocols take files, and say what they have",
      arguments: FileServer.Kind.allCases)
    func servers(kind: FileServer.Kind) throws {
      let server = try FileServer(kind)
      let file = try file("file.bin", bytes: 300_000)
      // sftp's own `path` is where `handover storage link` begins.
      let root = kind == .moto ? "handover/" : kind == .sshd ? server.settings["path", default: ""] + "/" : ""
      let copied = try server.rclone("copyto", file, "x:\(root)D-1/file.bin")
      #expect(copied.succeeded, "\(copied.error)")
      #expect(try server.hashes() == ["D-1/file.bin": String(hash(file))])
    }
  }
}
