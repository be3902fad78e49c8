import HTTP
import Secrets

@testable import Handover

/// The input is a request's target: it is the link only if it is that to the last byte.
func fuzzLink(_ input: [UInt8]) throws {
  let target = PercentEncoding.target(input)
  let isLink = link.matches(target)
  try require(isLink == (Array(target.utf8) == Array(link.target.utf8)), "a link has one spelling")
  try checkTokens(String(decoding: input, as: UTF8.self))
}

private let link: DownloadLink = {
  let bytes = [UInt8](repeating: 7, count: 32)
  let key = SigningKey(created: 1, randomness: Randomness { Array(bytes.prefix($0)) })
  guard let id = ExportID(String(repeating: "0a", count: 16)) else { preconditionFailure("no id") }
  return DownloadLink(
    id, of: OrganisationID(rawValue: 1), at: Route.download.path(id.rawValue),
    expires: UnixTime(rawValue: 1_777_800_600), key: key)
}()

private func checkTokens(_ text: String) throws {
  if let bytes = Base64URL.decode(text) {
    try require(Base64URL.encode(bytes) == text, "bytes have one spelling")
  }
  let token = csrfToken(
    for: text,
    under: Array(text.utf8.prefix(32)) + [UInt8](repeating: 1, count: 32).dropFirst(min(32, text.utf8.count)))
  try require(isCSRFToken(token, for: text), "a form's token opens the form")
  try require(!isCSRFToken(text, for: "secret"), "no text is the token of a secret that it does not know")
  if let id = ExportID(text) { try require(id.rawValue == text, "an id has one spelling") }
  if let id = UserID(text) { try require(id.description == text, "a user's id has one spelling") }
}
