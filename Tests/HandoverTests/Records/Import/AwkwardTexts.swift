import TestSupport

@testable import Handover

/// Texts that have broken other programs: each is one that a person, another CRM or an attacker may have put
/// in.
enum AwkwardTexts {
  static let all: [String] =
    formulas + quoting + breaks + controls + unicode + looksLikeSomethingElse + code + [long]

  private static let formulas = [
    "=1+1", "+1", "-1", "@SUM(A1)", "'", "''", "'=1", "''=1", "\t=1", "\r=1", "\n=1", "=", "+", "-", "@",
    "-1.5",
    "-1.", "-.5", "--1", "-1e5", "+61 400 000 000", "+61-400", "+ ", "+", "=HYPERLINK(\"http://x\",\"y\")",
    "=cmd|' /C calc'!A0", "＝1", "'-1", "' leading", "-0", "+0", "=\"a\",b", "\u{FEFF}=1",
  ]
  private static let quoting = [
    ",", "\"", "\"\"", "\"a\"", "a\"b", "a,b", "\",\"", ";", "; ", "a; b", "\\", "\\\"", "\\,", "'\"'", "\"'",
    " ", "  a  ",
    "|", "a|b", "\u{A0}", "“quoted”", "«a»", "`",
  ]
  private static let breaks = [
    "\n", "\r", "\r\n", "\n\n", "\r\r", "\n\r", "a\nb", "a\rb", "a\r\nb", "\na", "a\n", "\ra", "a\r",
    "\u{85}", "\u{2028}",
    "\u{2029}", "\u{0B}", "\u{0C}", "a\r\n\"b\",\r\nc",
  ]
  private static let controls = [
    "\u{01}", "\u{08}", "\t", "\u{1B}[31mred", "\u{7F}", "\u{1A}", "\u{80}", "\u{9F}", "a\u{00AD}b",
    "\u{FEFF}", "\u{200B}",
    "\u{202E}txt.exe", "\u{2066}a\u{2069}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{10FFFF}", "\u{E000}",
  ]
  private static let unicode = [
    "Zoë", "Zoe\u{308}", "Nguyễn Văn", "李小龍", "안녕하세요", "مرحبا بالعالم", "שלום", "नमस्ते", "ไทย", "ελληνικά", "👩‍👩‍👧‍👦",
    "🏳️‍🌈", "🇦🇺", "e\u{301}\u{327}\u{316}",
    "ﬁ", "İ", "ß", "ẞ", "ı", "Å", "Å", "𝕏", "𠜎", "﷽", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L",
  ]
  private static let looksLikeSomethingElse = [
    "0", "00", "007", "1.0", "1.50", "1e10", "0x10", "NaN", "inf", "-inf", "null", "NULL", "nil", "None",
    "undefined", "true",
    "TRUE", "false", "2026-05-02", "02/05/2026", "1/2", "MAR1", "D-1", "C-1; C-2", "12,000.00", "$1", "1 000",
    "#N/A", "#REF!",
    "12345678901234567890", "9007199254740993", "0.1", "1_000", "٣", "½",
  ]
  private static let code = [
    "<script>alert(1)</script>", "'; DROP TABLE deal; --", "' OR 1=1 --", "{{name}}", "{{{name}}}", "%s%n",
    "$(id)",
    "`id`", "../../etc/passwd", "C:\\con", "%00", "&amp;", "\\u0000", "\\N", "--", "/* */", "EOF",
  ]
  private static let long = String(repeating: "a\"b,c\r\n", count: 10_000)
}

/// Random texts and cells, the same in each run.
struct AwkwardGenerator: RandomNumberGenerator {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func next() -> UInt64 { generator.next() }

  /// Often a known one, often some characters that mean something to somebody, sometimes any scalars but NUL.
  mutating func text() -> String {
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return AwkwardTexts.all.randomElement(using: &self) ?? ""
    case 1: return (AwkwardTexts.all.randomElement(using: &self) ?? "") + text()
    case 2:
      let special = Array("=+-@'\t\r\n\",; 0a1.é")
      return String(
        (0..<Int.random(in: 1...12, using: &self)).map { _ in special.randomElement(using: &self) ?? "=" })
    default:
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 1...20, using: &self) {
        let number = UInt32.random(in: 1...0x10_FFFF, using: &self) >> UInt32.random(in: 0...20, using: &self)
        text.append(Unicode.Scalar(max(number, 1)) ?? "\u{1}")
      }
      return String(text)
    }
  }

  /// A cell of the column that is not empty, as the database stores it; nil for a column that it doesn't
  /// have.
  mutating func value(of column: Column) -> String {
    switch column.format {
    case .text, .texts: text()
    case .oneOf(let words): words.randomElement(using: &self) ?? ""
    case .date: date()
    case .time: date() + "T" + [two(24), two(60), two(60)].joined(separator: ":") + "Z"
    case .money, .rate, .integer: String(number())
    case .boolean: Bool.random(using: &self) ? "1" : "0"
    case .id, .ids, .digest: ""
    }
  }

  private mutating func number() -> Int64 {
    switch Int.random(in: 0..<4, using: &self) {
    case 0: [.min, .max, 0, -1, 1, 9_999, 10_000, -10_000].randomElement(using: &self) ?? 0
    default: Int64.random(in: .min ... .max, using: &self) >> Int64.random(in: 0..<64, using: &self)
    }
  }

  private mutating func date() -> String {
    let days = Int.random(in: -719_162...2_932_896, using: &self)
    return String((UnixTime(rawValue: 0) + .days(days)).iso8601.prefix(10))
  }

  private mutating func two(_ limit: Int) -> String {
    Wording.padded(Int.random(in: 0..<limit, using: &self), 2)
  }
}
