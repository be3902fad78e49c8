import Foundation
import HTTP
import Mail
import TestSupport
import Testing

@testable import Handover

/// A figure that the code knows is printed by the code in templates, and compared with it in documents.
@Suite("Figures")
struct FigureTests {
  /// Figures that no code decides.
  private static let others = [
    "1,048,576 rows", "32,767 characters", "0412 345 678", "SHA-256", "2026-05-02T09:30:00Z",
    "\(HelpTests.seconds) seconds, without sound",
    "csv_", "utf-8", "UTF-8", "3/4/2026", "3 April 2026", "4 March 2026",
  ]

  @Test("No template has one of its own, in its text or as the length of a field")
  func templates() throws {
    let folder = Repository.path + "/Templates"
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".mustache") && !$0.hasPrefix("layouts/mail") }
    #expect(files.count > 40)
    for file in files {
      let source = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
      #expect(figures(in: source) == [], "\(file)")
    }
  }

  @Test("The test above can fail")
  func canFail() {
    #expect(figures(in: "<p>Good for 24 hours</p>") == ["24 hours"])
    #expect(figures(in: "Up to three times") == ["three times"])
    #expect(figures(in: #"<textarea maxlength="2000" rows="4">"#) == ["2000"])
    #expect(figures(in: "{{! 24 hours }}<h1 class='h1'>{{limits.download}}</h1>") == [])
  }

  @Test("Fields for names and addresses take as much as the server does, and no more")
  func lengths() {
    #expect(TextLimit.name.characters == Self.nameLength && TextLimit.email.bytes == Self.addressLength)
    #expect(Name.valid(String(repeating: "a", count: Self.nameLength)) != nil)
    #expect(Name.valid(String(repeating: "a", count: Self.nameLength + 1)) == nil)
    // A label of a host has at most 63 bytes.
    let host = (Array(repeating: String(repeating: "a", count: 62), count: 3) + ["b"]).joined(separator: ".")
    let name = String(repeating: "a", count: Self.addressLength - host.utf8.count - 1)
    #expect(Address("\(name)@\(host)") != nil)
    #expect(Address("a\(name)@\(host)") == nil)
  }

  private static let nameLength = 200
  private static let addressLength = 254

  /// The other lengths of fields, and the figures in the texts of pages.
  private func figures(in source: String) -> [String] {
    let uncommented = source.replacing(/\{\{![^}]*\}\}/, with: "")
    let lengths = uncommented.matches(of: /maxlength="([0-9]+)"/).map { String($0.1) }
      .filter { $0 != "\(Self.nameLength)" && $0 != "\(Self.addressLength)" }
    var text = uncommented.replacing(/<[^>]*>/, with: " ").replacing(/\{\{[^}]*\}\}/, with: "")
    for other in Self.others { text = text.replacing(other, with: "") }
    let words =
      /(?i)\b(?:[0-9]+|two|three|four|five|six|seven|ten)\b(?: (?:times|hours?|minutes?|days?|tries))?/
    return lengths
      + text.matches(of: words).map { String($0.output) }.filter {
        $0.first?.isNumber == true || $0.contains(" ")
      }
  }

  /// The sentences of each document that have a figure. White space counts as one blank.
  static let claims = [
    "README.md": ["lives for \(Wording.duration(Export.lifetime))"],
    "Documentation/Operations.md": [
      "live for \(Wording.duration(Export.lifetime))",
      "waits in the outbox for \(Wording.duration(ExportRequested.wait))",
      "tried again for \(Wording.duration(RetryPolicy.mailLimit))",
      "an hour at most, for \(Wording.duration(MailSpool.limit))",
      "with the reason (for \(days(StoredLetter.kept));",
      "mails \(days(StoredLetter.kept)) after they were sent or given up",
      "requests to the owner after \(days(OwnerRequest.kept))",
      "links to set a password \(days(PasswordLink.kept)) after they have expired",
      "counts as gone after \(Wording.duration(Missing.patience))",
      "nobody confirmed for \(Wording.duration(Import.lifetime))",
      "wait for at most \(Wording.duration(Import.lifetime))",
      "replaced \(days(Document.kept)) before",
      "has had for \(days(Document.kept))",
      "machine's own time for \(Wording.duration(ClockWatch.period))",
      "was removed or replaced counts for \(days(Document.kept))",
      "is removed here after \(days(Document.kept))",
      "is more than \(Drill.oldest.wholeSeconds / 3_600) hours old",
      "the end of its certificate (\(days(Doctor.leastLife)))",
    ],
    "Documentation/Security.md": [
      "\(Form.maximumFields) parameters",
      "(\(Wording.duration(PasswordLink.Purpose.reset.lifetime)) or \(Wording.duration(PasswordLink.Purpose.invitation.lifetime)), once)",
      "after \(Session.idleLimit.wholeSeconds / 60) idle minutes and \(Wording.duration(Session.totalLimit))",
      "\(Session.idleLimit.wholeSeconds / 60) idle minutes, \(Wording.duration(Session.totalLimit))",
      "\(Bucket.successes) sign-ins of an account in \(Wording.duration(Bucket.window)) and \(Session.most) sessions",
      "takes a code, for \(Wording.duration(TwoStep.codeLimit))",
      "forgotten after \(Wording.duration(TwoStep.setUpLimit))",
      "within its \(Wording.duration(Export.lifetime))",
      "\(PasswordLink.mostInvitations) invitations in \(Wording.duration(PasswordLink.invitationPeriod))",
      "\(Bucket.changes) forms and \(Bucket.changes) downloads of a user in \(Wording.duration(Bucket.window))",
      "clock has gone right for \(Wording.duration(ClockWatch.period))",
      "| \(days(StoredLetter.kept)) after they were sent or given up",
      "| \(days(OwnerRequest.kept)) |", "| \(days(PasswordLink.kept)) after they have expired",
      "their files \(Wording.duration(Export.lifetime))",
      "cancelled, or \(Wording.duration(Import.lifetime)) old",
      "until \(days(Document.kept)) after they were removed",
      "\(DocumentUpload.mostFiles) files a form, \(Wording.grouped(Bucket.documents)) forms of a user in \(Wording.duration(Bucket.window)), \(Document.largest >> 30) GiB a document",
      "archives gone after \(Wording.duration(Export.lifetime))",
      "\(Password.shortest) characters to \(Password.longest) bytes",
      "at least \(Password.shortest) characters (as people count them) and at most \(Password.longest) bytes",
      "unless given within \(Wording.duration(Session.proofLimit))",
      "good for \(Wording.duration(KeptForm.lifetime)) and once",
      "good once for \(Wording.duration(EmailChange.lifetime))",
      "At most \(EmailChange.most) such e-mails",
      "by a link there, good once for \(Wording.duration(ToldChange.lifetime))",
      "At most \(ToldChange.most) links of an organisation",
      "good for \(Wording.duration(StorageState.lifetime)) and once",
      "it is tried for \(Wording.duration(LinkedStorage.unreachable))",
    ],
  ]

  private static func days(_ duration: Duration) -> String { "\(duration.wholeSeconds / 86_400) days" }

  @Test("The schema has the figures of the code: seven years, and the bytes of each text")
  func schema() throws {
    let sql = Schema.migrations.map(\.sql).joined()
    #expect(Event.yearsKept == 7 && sql.contains("AS INTEGER) - \(Event.kept.wholeSeconds)\n"))
    for (column, limit) in [
      ("name", TextLimit.name), ("email", .email), ("agent", .agent), ("address", .address),
      ("message", .message), ("who", .name), ("detail", .detail), ("error", .detail), ("subject", .subject),
      ("recipient_name", .name), ("recipient_email", .email),
    ] {
      let figures = sql.matches(of: /NEW\.([a-z_]+) AS BLOB\)\) > ([0-9]+)/).filter { $0.1 == column }.map(
        \.2)
      #expect(!figures.isEmpty && figures.allSatisfy { $0 == "\(limit.bytes)" }, "\(column)")
    }
  }

  @Test("Documents say those of the code, and no other times", arguments: claims.keys.sorted())
  func documents(file: String) throws {
    var text = try String(contentsOfFile: Repository.path + "/" + file, encoding: .utf8)
    if let start = text.range(of: "<!-- variables -->"), let end = text.range(of: "<!-- /variables -->") {
      text.removeSubrange(start.lowerBound..<end.upperBound)
    }
    text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for claim in Self.claims[file] ?? [] {
      #expect(text.contains(claim), "'\(claim)' in \(file)")
      text = text.replacing(claim, with: "")
    }
    #expect(text.matches(of: /[0-9]+ (?:idle )?(?:hours|minutes|days)/).map { String($0.output) } == [])
  }
}
