import Testing

@testable import Handover

@Suite struct SafeNameTests {
  static let long = String(repeating: "a", count: 300)

  /// A document's name, and the file's.
  static let fileNames: [(String, String)] = [
    ("Payslip.pdf", "Payslip.pdf"),
    ("Lohnzettel Mai 2026 (Müller).pdf", "Lohnzettel Mai 2026 (Müller).pdf"),
    // NFD, as macOS hands it over.
    ("Mu\u{308}ller.pdf", "M\u{FC}ller.pdf"),
    ("給与明細.pdf", "給与明細.pdf"), ("תלוש.pdf", "תלוש.pdf"), ("Heart ❤️", "Heart ❤️"),
    ("Team 👩‍👩‍👧 photo.jpg", "Team 👩‍👩‍👧 photo.jpg"),
    // Paths.
    ("", "document"), (".", "document"), ("..", "document"), ("...", "document"), (" . . ", "document"),
    ("../../etc/passwd", "_._.._etc_passwd"), ("C:\\Users\\a.pdf", "C__Users_a.pdf"), ("a/b", "a_b"),
    ("/", "_"), ("\u{FF0F}\u{FF3C}", "__"),
    // What Windows forbids.
    ("a<b>c:d\"e|f?g*h.pdf", "a_b_c_d_e_f_g_h.pdf"), ("CON", "_CON"), ("con.pdf", "_con.pdf"),
    ("Nul.tar.gz", "_Nul.tar.gz"), ("NUL .txt", "_NUL .txt"), ("COM1", "_COM1"),
    ("lpt\u{B9}.txt", "_lpt\u{B9}.txt"),
    ("CONOUT$", "_CONOUT$"), ("Console.pdf", "Console.pdf"), ("COM10.pdf", "COM10.pdf"), ("aux", "_aux"),
    ("Payslip.pdf.", "Payslip.pdf"), ("Payslip.pdf . .", "Payslip.pdf"), ("Payslip ", "Payslip"),
    ("  Payslip.pdf", "Payslip.pdf"), ("\u{A0}Payslip\u{3000}", "Payslip"),
    // What Dropbox refuses.
    ("desktop.ini", "_desktop.ini"), ("Thumbs.db", "_Thumbs.db"), (".DS_Store", "_DS_Store"),
    ("Icon\r", "Icon_"), (".dropbox", "_dropbox"), (".dropbox.attr", "_dropbox.attr"),
    ("~$Budget.xlsx", "_$Budget.xlsx"), (".~lock.odt", "_~lock.odt"), ("~Budget.xlsx", "~Budget.xlsx"),
    // What hides a file, or its ending.
    (".htaccess", "_htaccess"), ("invoice\u{202E}fdp.exe", "invoice_fdp.exe"), ("a\u{200F}b", "a_b"),
    ("a\u{0}b\u{1F}c\u{7F}d\u{85}e\u{2028}f\r\ng", "a_b_c_d_e_f__g"), ("\u{200B}", "document"),
    ("\u{FEFF}a\u{FFFE}b\u{E0041}", "_a_b_"),
    // What rclone quotes.
    ("a\u{201B}b\u{2400}\u{2421}", "a_b__"),
    // Long ones.
    (long, String(repeating: "a", count: 120)), (long + ".pdf", String(repeating: "a", count: 120) + ".pdf"),
    ("a." + long, "a." + String(repeating: "a", count: 118)),
    (String(repeating: "ä", count: 100) + ".pdf", String(repeating: "ä", count: 60) + ".pdf"),
    (String(repeating: "é", count: 59) + "a👩‍👩‍👧.pdf", String(repeating: "é", count: 59) + "a.pdf"),
    (String(repeating: "a", count: 119) + " b.pdf", String(repeating: "a", count: 119) + ".pdf"),
    ("e" + String(repeating: "\u{323}", count: 200), "\u{1EB9}" + String(repeating: "\u{323}", count: 58)),
  ]

  @Test("A file has a name that every storage takes", arguments: fileNames)
  func files(name: String, file: String) {
    let safe = SafeName.file(name)
    #expect(Array(safe.utf8) == Array(file.utf8), "\(safe)")
    #expect(SafeName.file(safe) == safe, "What is safe stays as it is.")
    #expect(safe.utf8.count <= SafeName.bytes + 16)
    let id = DocumentID(rawValue: 13)
    #expect(SafeName.isFile(safe, of: id, named: name))
    #expect(
      SafeName.isFile(SafeName.unique(safe, of: id) { $0 == SafeName.folded(safe) }, of: id, named: name))
    #expect(!SafeName.isFile("x" + safe, of: id, named: name))
  }

  @Test(
    "Where a storage refuses what is beyond the Basic Multilingual Plane, it gets a line",
    arguments: [
      ("Team 👩‍👩‍👧 photo.jpg", "Team _ photo.jpg"), ("𠮷田.pdf", "_田.pdf"), ("👍🏽", "_"), ("Heart ❤️", "Heart ❤️"),
    ])
  func plainFiles(name: String, file: String) {
    #expect(SafeName.file(name, isPlain: true) == file)
  }

  @Test(
    "A deal's folder begins with its number",
    arguments: [
      ("Smith refinance", "D-12 Smith refinance"), (nil, "D-12"), ("", "D-12"), (" ", "D-12"),
      ("...", "D-12"),
      ("CON", "D-12 CON"), ("A/B: 50% *", "D-12 A_B_ 50% _"), ("Smith Pty. Ltd.", "D-12 Smith Pty. Ltd"),
      (long, "D-12 " + String(repeating: "a", count: 115)), ("J. Smith 🏠", "D-12 J. Smith 🏠"),
    ])
  func folders(name: String?, folder: String) {
    #expect(SafeName.folder(of: DealID(rawValue: 12), named: name) == folder)
    #expect(SafeName.isFolder(folder, of: DealID(rawValue: 12)))
    #expect(SafeName.isFolder(folder, of: DealID(rawValue: 12), named: name))
  }

  @Test(
    "A folder is known by its number, whatever follows",
    arguments: ["D-1", "D-120 Smith", "d-12 Smith", "D-12Smith"])
  func otherFolders(name: String) {
    #expect(!SafeName.isFolder(name, of: DealID(rawValue: 12)))
  }

  @Test(
    "A file or folder with another name than the document's or the deal's is not taken for it",
    arguments: [
      "evil.exe", "Payslip.exe", "Payslip (F-12).pdf", "Payslip.pdf (F-13)", "Pay.pdf", "payslip.pdf", "",
    ])
  func otherFiles(name: String) {
    #expect(!SafeName.isFile(name, of: DocumentID(rawValue: 13), named: "Payslip.pdf"))
    #expect(!SafeName.isFolder(name, of: DealID(rawValue: 12), named: "Payslip.pdf"))
  }

  @Test("The organisation's folder keeps within the same limits")
  func organisationFolder() {
    #expect(SafeName.folder("Handover - Harbour / Finance.") == "Handover - Harbour _ Finance")
    #expect(SafeName.folder("..") == "folder")
  }

  @Test(
    "Neighbours differ in more than case",
    arguments: [
      ("Payslip.pdf", [], "Payslip.pdf"), ("payslip.PDF", ["Payslip.pdf"], "payslip (F-13).PDF"),
      ("Payslip", ["PAYSLIP"], "Payslip (F-13)"), ("straße", ["STRASSE"], "straße (F-13)"),
      ("Mu\u{308}ller", ["m\u{FC}ller"], "Mu\u{308}ller (F-13)"), ("ΟΔΟΣ", ["οδος"], "ΟΔΟΣ (F-13)"),
      ("a.pdf", ["a.pdf", "A (f-13).pdf"], "a (F-13) (F-13).pdf"),
      (
        String(repeating: "a", count: 120) + ".pdf", [String(repeating: "A", count: 120) + ".pdf"],
        String(repeating: "a", count: 113) + " (F-13).pdf"
      ),
    ])
  func unique(name: String, neighbours: [String], unique: String) {
    let taken = Set(neighbours.map(SafeName.folded))
    #expect(SafeName.unique(name, of: DocumentID(rawValue: 13)) { taken.contains($0) } == unique)
  }
}
