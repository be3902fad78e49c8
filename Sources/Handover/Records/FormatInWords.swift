extension Column.Format {
  /// What a cell looks like, in a few words for people: in the export's README.txt and in Documentation.
  var inWords: String {
    switch self {
    case .id(let table): "id (\(letter(of: table))-1)"
    case .ids(let table): "ids (\(letter(of: table))-1; \(letter(of: table))-2)"
    case .text: "text"
    case .texts: "texts, joined with ;"
    case .oneOf(let words): words.joined(separator: ", ")
    case .date: "date (YYYY-MM-DD)"
    case .time: "time in UTC"
    case .money: "amount, two decimals"
    case .rate: "number, four decimals"
    case .integer: "whole number"
    case .boolean: "true or false"
    }
  }

  private func letter(of table: Table.Name) -> String {
    table.letter.map(String.init) ?? ""
  }
}
