import Foundation
import TestSupport

/// What LibreOffice makes of CSV files: it opens them as spreadsheets, with the evaluation of formulas turned on.
enum Spreadsheet {
  struct Sheet: Decodable, Equatable {
    /// Rows with anything in them, the header too.
    let rows: Int
    let formulas: Int
  }

  /// Opens the files, and counts in what was saved from it.
  /// - Returns: by the names of the files without their suffix.
  static func open(_ files: [URL]) throws -> [String: Sheet] {
    let folder = try TemporaryFolder()
    // Comma, quote, UTF-8, from the first row on, all columns as they come, formulas evaluated
    // (https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html).
    let filter = "CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"
    let arguments = [
      "-env:UserInstallation=file://\(folder.path)/profile", "--headless", "--norestore",
      "--infilter=\(filter)", "--convert-to", "xlsx", "--outdir", folder.path,
    ]
    let opened = try Tool.run("soffice", arguments + files.map(\.path), timeout: .seconds(300))
    guard opened.succeeded else { throw HarnessError("LibreOffice: \(opened.error)") }
    let counted = try Tool.run("/usr/bin/python3", ["-c", counter, folder.path])
    guard counted.succeeded else { throw HarnessError("the sheets cannot be counted: \(counted.error)") }
    return try JSONDecoder().decode([String: Sheet].self, from: Data(counted.output.utf8))
  }

  private static let counter = """
    import glob, json, os, re, sys, zipfile
    sheets = {}
    for file in glob.glob(sys.argv[1] + "/*.xlsx"):
      with zipfile.ZipFile(file) as book:
        assert not [n for n in book.namelist() if n.endswith("sheet2.xml")], file
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
      rows = re.findall(r"<row [^>]*?(?:/>|>(.*?)</row>)", sheet, re.S)
      filled = sum(1 for row in rows if "<v>" in row or "<is>" in row)
      sheets[os.path.basename(file)[:-5]] = {"rows": filled, "formulas": len(re.findall(r"<f[ >/]", sheet))}
    print(json.dumps(sheets))
    """
}
