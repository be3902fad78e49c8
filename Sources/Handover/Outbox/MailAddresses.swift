import Mail

/// The full addresses of the pages that mails link to, and the host of Message-IDs.
struct MailAddresses: Sendable {
  let host: String
  let home: String
  /// Settings > Export.
  let exports: String
  /// Settings > Import.
  let imports: String
  /// Settings > Storage.
  let storage: String
  /// Settings > Profile, where people change their password and end sessions.
  let profile: String
  /// The page for a forgotten password.
  let forgotten: String
  /// The page to set a password.
  private let reset: String
  /// The page on which a new address is confirmed.
  private let email: String
  /// The page on which somebody agrees to be told of exports.
  private let told: String
  /// Nil where the operator names none.
  let support: String?
  /// Leads whoever follows a link without a session to the cell that has made it; empty where there are no cells.
  private let cell: String

  /// - Parameter host: `handover.invalid` replaces a number in brackets, which isn't allowed in a Message-ID.
  init(
    host: String, home: String, exports: String, imports: String, storage: String, profile: String,
    forgotten: String, reset: String,
    email: String, told: String,
    support: String?, cell: CellID? = nil
  ) {
    self.host = MessageID("id@\(host)") == nil ? "handover.invalid" : host
    self.home = home
    self.exports = exports
    self.imports = imports
    self.storage = storage
    self.profile = profile
    self.forgotten = forgotten
    self.reset = reset
    self.email = email
    self.told = told
    self.support = support
    self.cell = cell.map { "&cell=" + $0.name } ?? ""
  }

  /// An export's row on Settings > Export, wherever in the list it is.
  func export(_ id: ExportID) -> String { "\(exports)?export=\(id.rawValue)#export-\(id.rawValue)" }

  /// An import's page.
  func `import`(_ id: ImportID) -> String { "\(imports)/\(id.rawValue)" }

  /// A user's request on the owner's Settings > Export.
  func request(_ id: OwnerRequestID) -> String { "\(exports)#request-\(id.rawValue)" }

  /// Where the user sets a password with the token.
  func reset(token: String) -> String { reset + "?token=" + token + cell }

  /// Where the user confirms a new address with the token.
  func email(token: String) -> String { email + "?token=" + token }

  /// Where the holder of an address agrees, with the token, to be told of exports.
  func told(token: String) -> String { told + "?token=" + token + cell }
}
