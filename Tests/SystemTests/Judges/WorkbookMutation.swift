import TestSupport

// Changes within Handover.xlsx, of which bytes, CRC-32 and SHA-256 are told anew: only a look into its cells can tell.
extension Mutation {
  /// - Parameter beside: whether the CSV files are in the archive too.
  static func ofWorkbook(beside: Bool) -> [Mutation] {
    let format = beside ? "both" : "xlsx"
    return [
      sheet("a reference to nobody", .dealContacts, ">C-2</t>", ">C-9</t>", format),
      sheet("a name that is not the deal's", .notes, ">Banksia</t>", ">Banksie</t>", format),
      sheet("rows that are not in the order of their ids", .tasks, ">T-1</t>", ">T-7</t>", format),
      sheet("a word that is none of a list", .tasks, ">open</t>", ">opened</t>", format),
      sheet("a number in the place of a text", .contacts, text("0800"), "\"><v>800</v>", format),
      sheet(
        "a text in the place of a number", .deals, "\" s=\"3\"><v>650000.00</v>", text("650000.00"), format),
      sheet("a cell with a formula", .deals, "<v>360</v>", "<f>1+1</f><v>360</v>", format),
      sheet("half a day", .tasks, "<v>46174</v>", "<v>46174.5</v>", format),
      sheet("a third of a cent", .deals, "<v>650000.00</v>", "<v>650000.003</v>", format),
      sheet("a column with another name", .tasks, ">due_date</t>", ">due</t>", format),
      sheet("times without their zone", .notes, ">created_at (UTC)</t>", ">created_at</t>", format),
      sheet("a row that is hidden", .tasks, "<row r=\"3\">", "<row r=\"3\" hidden=\"1\">", format),
      parts("a sheet that is hidden", format) {
        try $0.replace("<sheet name=\"Notes\"", with: "<sheet state=\"hidden\" name=\"Notes\"", in: workbook)
      },
      parts("two sheets that have changed places", format) {
        let tasks = $0[Sheet.tasks.part]
        $0[Sheet.tasks.part] = $0[Sheet.notes.part]
        $0[Sheet.notes.part] = tasks
      },
      sheet("nothing", .notes, ">Called</t>", ">Called</t>", format, isSound: true),
      sheet("a letter of a text", .notes, ">Called</t>", ">Calles</t>", format, isSound: !beside),
    ]
  }

  /// Where no CSV file says otherwise.
  static let ofWorkbookAlone: [Mutation] = [
    sheet("another day", .contacts, "<v>29280</v>", "<v>29281</v>", "xlsx", isSound: true),
    sheet("another sum", .deals, "<v>650000.00</v>", "<v>650001.00</v>", "xlsx", isSound: true),
    sheet("a list with another order", .deals, ">C-1; C-2</t>", ">C-2; C-1</t>", "xlsx"),
    sheet("a required cell that is empty", .users, ">user</t>", "></t>", "xlsx"),
    sheet("a second owner", .users, ">user</t>", ">owner</t>", "xlsx"),
    files("a row that nobody counted", in: "Handover.xlsx", format: "xlsx") { archive in
      try archive.changeWorkbook { workbook in
        guard var sheets = workbook["sheets"] as? [[String: Any]] else { return }
        sheets[2]["rows"] = 1
        sheets[3]["rows"] = 3
        workbook["sheets"] = sheets
      }
    },
  ]

  private enum Sheet: Int {
    case deals = 1
    case contacts, notes, tasks, dealContacts, users

    var part: String { "xl/worksheets/sheet\(rawValue).xml" }
  }

  private static let workbook = "xl/workbook.xml"

  /// A text in a sheet's XML is another.
  private static func sheet(
    _ name: String, _ sheet: Sheet, _ old: String, _ new: String, _ format: String, isSound: Bool = false
  ) -> Mutation {
    parts(name, format, isSound: isSound) { try $0.replace(old, with: new, in: sheet.part) }
  }

  private static func parts(
    _ name: String, _ format: String, isSound: Bool = false,
    _ change: @escaping @Sendable (inout ForgedArchive) throws -> Void
  ) -> Mutation {
    files("\(format): \(name)", in: isSound ? nil : "Handover.xlsx", isSound: isSound, format: format) {
      archive in
      try archive.changeParts(change)
      try archive.renewPackage()
    }
  }

  /// From behind the cell's reference to before its end.
  private static func text(_ text: String) -> String {
    "\" s=\"1\" t=\"inlineStr\"><is><t>\(text)</t></is>"
  }
}
