extension Event {
  /// What happened. Databases and downloaded trails hold the raw values, so they never change; the part
  /// before the dot is the topic, and downloads are a topic of their own.
  enum Kind: String, Sendable, CaseIterable {
    case exportRequested = "export.requested"
    case exportStarted = "export.started"
    /// A run failed, and there will be another.
    case exportAttemptFailed = "export.tried-in-vain"
    /// The server crashed during the run; the export runs again after the restart.
    case exportRequeued = "export.handed-back"
    case exportCompleted = "export.completed"
    case exportFailed = "export.failed"
    case exportRetried = "export.retried"
    case exportCancelled = "export.cancelled"
    case exportRevoked = "export.revoked"
    case exportExpired = "export.expired"
    /// The owner lets a user download it.
    case exportHanded = "export.handed"
    case exportTakenBack = "export.taken-back"
    case exportDownloaded = "export.downloaded"
    case exportAskedFor = "export.asked-for"
    case exportDeclined = "export.declined"
    case downloadRefused = "export.download-refused"
    case exportRefused = "export.refused"

    case importAdded = "import.added"
    case importConfirmed = "import.confirmed"
    case importAttemptFailed = "import.attempt-failed"
    case importRequeued = "import.handed-back"
    case importCompleted = "import.completed"
    case importFailed = "import.failed"
    case importRetried = "import.retried"
    case importCancelled = "import.cancelled"
    case importUndoRequested = "import.undo-requested"
    case importUndone = "import.undone"

    case documentAdded = "document.added"
    case documentReplaced = "document.replaced"
    case documentRemoved = "document.removed"
    /// What was removed or replaced was put back.
    case documentRestored = "document.restored"
    case documentDownloaded = "document.downloaded"

    case storageLinked = "storage.linked"
    case storageUnlinked = "storage.unlinked"
    /// The provider accepts the tokens no longer.
    case storageSignedOut = "storage.signed-out"
    /// All deals or single ones, on or off.
    case storageChanged = "storage.changed"
    /// All documents that are wanted there have been copied for the first time.
    case storageComplete = "storage.complete"
    /// Some documents could not be copied; once a day at most.
    case storageFailed = "storage.failed"

    case signedIn = "sign-in.succeeded"
    case signInFailed = "sign-in.failed"
    case signInThrottled = "sign-in.throttled"
    case signedOut = "sign-in.ended"
    case signedOutEverywhere = "sign-in.ended-everywhere"
    case sessionEnded = "sign-in.session-ended"
    /// By the password or a code, in a session that had been proved too long ago.
    case sessionProved = "sign-in.proved-again"
    case codeRefused = "sign-in.code-refused"
    case codeThrottled = "sign-in.code-throttled"
    case twoStepOn = "sign-in.two-step-on"
    case twoStepOff = "sign-in.two-step-off"
    /// By the owner or the operator, for a lost phone.
    case twoStepRemoved = "sign-in.two-step-removed"
    case recoveryCodeUsed = "sign-in.recovery-code-used"
    case recoveryCodesMade = "sign-in.recovery-codes-made"

    case passwordChanged = "password.changed"
    case passwordForgotten = "password.forgotten"
    case passwordReset = "password.reset"
    case passwordRefused = "password.refused"

    case userAdded = "people.added"
    case userInvited = "people.invited"
    case userRenamed = "people.renamed"
    case userDisabled = "people.disabled"
    case userEnabled = "people.enabled"
    case userSignedOut = "people.signed-out"
    case roleChanged = "people.role-changed"
    case ownershipHandedOver = "people.ownership-handed-over"
    case emailChangeAsked = "people.address-change-asked"
    case emailChanged = "people.address-changed"
    case accessRefused = "people.access-refused"

    case organisationChanged = "organisation.changed"
    case toldAsked = "organisation.told-asked"
    case toldChanged = "organisation.told-changed"
    case recordsImported = "organisation.imported"

    case mailGivenUp = "mail.given-up"
  }

  /// What kinds have in common, for a filter.
  enum Topic: String, Sendable, CaseIterable {
    case exports = "export"
    case downloads = "download"
    case imports = "import"
    case documents = "document"
    case storage = "storage"
    case signIns = "sign-in"
    case passwords = "password"
    case people = "people"
    case organisation = "organisation"
    case mail = "mail"
  }
}

extension Event.Kind {
  var topic: Event.Topic? {
    isOfDownload ? .downloads : Event.Topic(rawValue: String(rawValue.prefix { $0 != "." }))
  }

  /// Whether somebody took an export away, or was kept from it.
  private var isOfDownload: Bool { self == .exportDownloaded || self == .downloadRefused }

  /// Whether the event's subject is an export.
  var isOfExport: Bool {
    switch self {
    case .exportAskedFor, .exportDeclined, .exportRefused: false
    default: topic == .exports || topic == .downloads
    }
  }

  /// Whether something went wrong.
  var isFailure: Bool {
    switch self {
    case .exportAttemptFailed, .exportFailed, .importAttemptFailed, .importFailed, .storageSignedOut,
      .storageFailed,
      .mailGivenUp:
      true
    default: false
    }
  }

  /// Whether somebody was refused.
  var isRefusal: Bool {
    switch self {
    case .downloadRefused, .exportRefused, .signInFailed, .signInThrottled, .codeRefused, .codeThrottled,
      .passwordRefused, .accessRefused:
      true
    default: false
    }
  }
}

extension Event.Kind {
  /// The event as a sentence without its subject.
  var sentence: String {
    switch self {
    case .exportRequested: "Requested an export"
    case .exportStarted: "Started an export"
    case .exportAttemptFailed: "An export failed and will be tried again"
    case .exportRequeued: "An export was interrupted and starts again with the server"
    case .exportCompleted: "Completed an export"
    case .exportFailed: "An export failed"
    case .exportRetried: "Retried an export"
    case .exportCancelled: "Cancelled an export"
    case .exportRevoked: "Revoked an export"
    case .exportExpired: "An export expired"
    case .exportHanded: "Handed an export over"
    case .exportTakenBack: "Took an export back"
    case .exportDownloaded: "Downloaded an export"
    case .exportAskedFor: "Asked the owner for an export"
    case .exportDeclined: "Declined a request for an export"
    case .downloadRefused: "A download was refused"
    case .exportRefused: "An export was refused"
    case .importAdded: "Brought files to import"
    case .importConfirmed: "Confirmed an import"
    case .importAttemptFailed: "An import failed and will be tried again"
    case .importRequeued: "An import was interrupted and starts again with the server"
    case .importCompleted: "Completed an import"
    case .importFailed: "An import failed"
    case .importRetried: "Retried an import"
    case .importCancelled: "Cancelled an import"
    case .importUndoRequested: "Asked to undo an import"
    case .importUndone: "Undid an import"
    case .documentAdded: "Added a document"
    case .documentReplaced: "Replaced a document"
    case .documentRemoved: "Removed a document"
    case .documentRestored: "Put a document back"
    case .documentDownloaded: "Downloaded a document"
    case .storageLinked: "Linked a storage"
    case .storageUnlinked: "Unlinked a storage"
    case .storageSignedOut: "A linked storage no longer lets Handover in"
    case .storageComplete: "Copied all documents to the linked storage"
    case .storageFailed: "Documents could not be copied to the linked storage"
    case .storageChanged: "Changed whose documents are copied to the linked storage"
    case .signedIn: "Signed in"
    case .signInFailed: "Failed to sign in"
    case .signInThrottled: "Tried to sign in too often"
    case .signedOut: "Signed out"
    case .signedOutEverywhere: "Signed out everywhere"
    case .sessionEnded: "Ended a session"
    case .sessionProved: "Gave the password or a code again"
    case .codeRefused: "Gave a wrong code after the password"
    case .codeThrottled: "Gave wrong codes too often"
    case .twoStepOn: "Turned two-step sign-in on"
    case .twoStepOff: "Turned two-step sign-in off"
    case .twoStepRemoved: "Removed a user’s two-step sign-in"
    case .recoveryCodeUsed: "Used a recovery code"
    case .recoveryCodesMade: "Made new recovery codes"
    case .passwordChanged: "Changed the password"
    case .passwordForgotten: "Requested a new password"
    case .passwordReset: "Set a new password by a link"
    case .passwordRefused: "Gave a wrong password"
    case .userAdded: "Added a user"
    case .userInvited: "Invited a user"
    case .userRenamed: "Changed a user’s name"
    case .userDisabled: "Disabled a user"
    case .userEnabled: "Enabled a user"
    case .userSignedOut: "Signed a user out everywhere"
    case .roleChanged: "Changed a user’s role"
    case .ownershipHandedOver: "Transferred the ownership"
    case .emailChangeAsked: "Asked to change the e-mail address"
    case .emailChanged: "Changed the e-mail address"
    case .accessRefused: "Was refused a page"
    case .organisationChanged: "Changed the organisation"
    case .toldAsked: "Asked an address whether to tell it of exports"
    case .toldChanged: "Changed who is told of exports"
    case .recordsImported: "Imported records"
    case .mailGivenUp: "An e-mail couldn’t be delivered"
    }
  }
}
