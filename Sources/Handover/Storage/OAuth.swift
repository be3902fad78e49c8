import Foundation
import HTTP
import Secrets
import System

/// How a provider lets an app use somebody's storage: by a code that the browser brings back (RFC 6749, section 4.1),
/// bound to whoever asked for it (PKCE, RFC 7636).
struct OAuth: Sendable {
  let provider: StorageProvider
  let app: OAuthApp
  let curl: Curl

  /// Whose storage it is.
  struct Account: Sendable, Equatable {
    /// For ever the same.
    let id: String
    /// As people know it: an e-mail address.
    let name: String
  }
}

extension OAuth {
  /// The provider's page that asks whether the app may. It asks every time, and for which account: a browser may be signed
  /// in with another one than its owner thinks.
  ///
  /// - Parameters:
  ///   - verifier: what the exchange of the code will have to show.
  ///   - callback: where the browser comes back to.
  func address(state: String, verifier: String, callback: String) -> String {
    let challenge = Base64URL.encode(SHA256.hash(Array(verifier.utf8)))
    var query = Form([
      "client_id": app.key, "response_type": "code", "redirect_uri": callback, "state": state,
      "code_challenge": challenge, "code_challenge_method": "S256",
    ])
    let more: KeyValuePairs<String, String> =
      switch provider {
      case .google:
        ["access_type": "offline", "prompt": "consent select_account", "scope": Self.driveScope]
      default: ["token_access_type": "offline", "force_reapprove": "true", "scope": Self.dropboxScopes]
      }
    for (name, value) in more { query = query.adding(name, value) }
    return "\(hosts.ask)?\(query.encoded)"
  }

  /// Only what the app has made itself.
  static let driveScope = "https://www.googleapis.com/auth/drive.file"
  /// In the app's own folder: the app's type at Dropbox sees to that.
  static let dropboxScopes = "account_info.read files.content.write files.metadata.read"

  /// Exchanges the code that the browser has brought for tokens.
  ///
  /// - Throws: `StorageProblem`.
  func exchange(_ code: String, verifier: String, callback: String, at now: UnixTime) throws(StorageProblem)
    -> StorageToken
  {
    let grant = try grant(
      Form([
        "grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": callback,
        "client_id": app.key, "client_secret": app.secret,
      ]), invalid: StorageProblem(.refused, "\(provider.name) didn’t accept the sign-in. Link it again."))
    if provider == .google, let scope = grant.scope,
      !scope.split(separator: " ").contains("\(Self.driveScope)")
    {
      throw StorageProblem(
        .refused, "Google Drive was not allowed. Link it again, and tick the box for files in Google Drive.")
    }
    guard let refresh = grant.refreshToken else {
      throw StorageProblem(
        .refused, "\(provider.name) gave no lasting permission. Link it again.", detail: "no refresh token")
    }
    return StorageToken(access: grant.accessToken, expiresAt: grant.end(after: now), refresh: refresh)
  }

  /// The next token.
  ///
  /// - Throws: `StorageProblem`, `signedOut` where the provider gives none any more.
  func refresh(
    _ token: StorageToken, of account: String, at now: UnixTime, isStopping: () -> Bool
  ) throws(StorageProblem) -> StorageToken {
    let grant = try grant(
      Form([
        "grant_type": "refresh_token", "refresh_token": token.refresh, "client_id": app.key,
        "client_secret": app.secret,
      ]),
      invalid: StorageProblem(
        .signedOut,
        "\(provider.name) no longer lets Handover use \(account): the permission was removed there, or has run out."
      ),
      isStopping: isStopping)
    return StorageToken(
      access: grant.accessToken, expiresAt: grant.end(after: now),
      refresh: grant.refreshToken ?? token.refresh)
  }

  /// Whose storage the token opens.
  ///
  /// - Throws: `StorageProblem`.
  func account(_ token: StorageToken) throws(StorageProblem) -> Account {
    let bearer = (name: "Authorization", value: "Bearer \(token.access)")
    let request =
      switch provider {
      case .google:
        WebRequest(
          url: "https://www.googleapis.com/drive/v3/about?fields=user(emailAddress,displayName,permissionId)",
          headers: [bearer])
      default:
        WebRequest(
          method: "POST", url: "https://api.dropboxapi.com/2/users/get_current_account",
          headers: [bearer, ("Content-Type", "application/json")], body: "null")
      }
    let answer = try curl.answer(to: request, of: provider)
    guard answer.isGood else { throw problem(answer, invalid: nil) }
    guard let about: About = Self.decoded(answer.body), let account = about.account else {
      throw StorageProblem(.unreachable, "\(provider.name) didn’t say whose account that is.")
    }
    return account
  }

  /// Takes the permission back at the provider.
  ///
  /// - Throws: `StorageProblem`; nothing where the provider doesn't know the token any more.
  func revoke(_ token: StorageToken) throws(StorageProblem) {
    let request =
      switch provider {
      case .google:
        WebRequest(
          method: "POST", url: "https://oauth2.googleapis.com/revoke", headers: [Self.form],
          body: Form(["token": token.refresh]).encoded)
      default:
        WebRequest(
          method: "POST", url: "https://api.dropboxapi.com/2/auth/token/revoke",
          headers: [("Authorization", "Bearer \(token.access)"), ("Content-Type", "application/json")],
          body: "null")
      }
    let answer = try curl.answer(to: request, of: provider)
    // Google says 400 and Dropbox 401 of a token that is none.
    if !answer.isGood, answer.status != 400, answer.status != 401 { throw problem(answer, invalid: nil) }
  }

  private var hosts: (ask: String, token: String) {
    switch provider {
    case .google:
      ("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token")
    default: ("https://www.dropbox.com/oauth2/authorize", "https://api.dropboxapi.com/oauth2/token")
    }
  }

  private static let form = (name: "Content-Type", value: "application/x-www-form-urlencoded")

  /// - Parameter invalid: what it means where the provider says `invalid_grant`.
  private func grant(
    _ form: Form, invalid: StorageProblem, isStopping: () -> Bool = { false }
  ) throws(StorageProblem) -> Grant {
    let answer = try curl.answer(
      to: WebRequest(method: "POST", url: hosts.token, headers: [Self.form], body: form.encoded),
      of: provider,
      isStopping: isStopping)
    guard answer.isGood else { throw problem(answer, invalid: invalid) }
    guard let grant: Grant = Self.decoded(answer.body), !grant.accessToken.isEmpty else {
      throw StorageProblem(.unreachable, "\(provider.name) answered with something else than a token.")
    }
    return grant
  }

  /// What an answer means that isn't good. The log gets the status and the word of the error, never the answer.
  private func problem(_ answer: WebAnswer, invalid: StorageProblem?) -> StorageProblem {
    let failed: Failed? = Self.decoded(answer.body)
    let word = failed?.error.filter { $0.isASCII && ($0.isLetter || $0 == "_") }.prefix(40) ?? ""
    let detail = "status \(answer.status) \(word)"
    switch answer.status {
    case 400..<500 where word == "invalid_grant":
      if let invalid { return StorageProblem(invalid.kind, invalid.reason, detail: detail) }
    case 400..<500 where word == "invalid_client" || word == "unauthorized_client":
      return StorageProblem(
        .server,
        "\(provider.name) doesn’t know this server’s app. Whoever runs the server has to look at its key and secret.",
        detail: detail)
    case 429:
      return StorageProblem(
        .tooOften(answer.retryAfter ?? .minutes(1)), "\(provider.name) wants a pause.", detail: detail)
    case 500...:
      return StorageProblem(.unreachable, "\(provider.name) doesn’t work at the moment.", detail: detail)
    default: break
    }
    return StorageProblem(.refused, "\(provider.name) refused that.", detail: detail)
  }

  private static func decoded<Content: Decodable>(_ body: [UInt8]) -> Content? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(Content.self, from: Data(body))
  }
}

/// RFC 6749, section 5.1.
private struct Grant: Decodable {
  let accessToken: String
  let expiresIn: Int64?
  let refreshToken: String?
  let scope: String?

  /// Without a figure it is taken for an hour's.
  func end(after now: UnixTime) -> Int64 {
    (now + .seconds(min(max(expiresIn ?? 3_600, 0), 365 * 86_400))).rawValue
  }
}

/// RFC 6749, section 5.2. Dropbox's other addresses have an object there.
private struct Failed: Decodable {
  let error: String
}

private struct About: Decodable {
  // Google's.
  let user: User?
  // Dropbox's.
  let accountId: String?
  let email: String?

  struct User: Decodable {
    let permissionId: String
    let emailAddress: String?
    let displayName: String?
  }

  /// Nil where it lacks an id.
  var account: OAuth.Account? {
    guard let id = user?.permissionId ?? accountId, !id.isEmpty else { return nil }
    let name = [user?.emailAddress, email, user?.displayName].lazy.compactMap(\.self).map(Name.stored)
      .first(where: Name.isSeen)
    return OAuth.Account(id: id, name: TextLimit.email.cut(name ?? id))
  }
}
