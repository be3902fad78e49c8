import Foundation
import System

/// Pictures of texts for a phone's camera, by Debian's `qrencode`; none where it is not installed.
struct QRCodes: Sendable {
  private let program: String?

  /// How long the program may take; it takes some milliseconds.
  private static let timeLimit = Duration.seconds(2)

  /// - Parameter path: PATH, in which the program is looked for now.
  init(path: String?) {
    program = Program.path(of: "qrencode", in: path)
  }

  /// A picture as an SVG path of squares of size 1, without the quiet zone around it.
  struct Picture {
    /// Squares a side.
    let size: Int
    let path: String
  }

  /// Nil where there is no program, or it fails: the page has the text as well. The text is the program's input,
  /// so that no list of processes shows it.
  func code(of text: String) -> Picture? {
    guard let program else { return nil }
    let qrencode = Program(
      path: program, arguments: ["--type=ASCII", "--margin=0", "--output=-"], environment: [:])
    guard
      let (ending, output) = try? qrencode.output(
        of: Array(text.utf8), atMost: 1 << 16, timeout: Self.timeLimit),
      case .exited(status: 0, _) = ending
    else { return nil }
    return Self.picture(ofLines: output)
  }

  /// - Parameter output: a line for each row of squares, two characters for each square, `##` or two blanks.
  static func picture(ofLines output: [UInt8]) -> Picture? {
    let lines = output.split(separator: UInt8(ascii: "\n")).map(Array.init)
    let size = lines.count
    guard (21...177).contains(size), lines.allSatisfy({ $0.count == 2 * size }) else { return nil }
    var path = ""
    for (row, line) in lines.enumerated() {
      for column in 0..<size where line[2 * column] == UInt8(ascii: "#") {
        path += "M\(column) \(row)h1v1h-1z"
      }
    }
    return Picture(size: size, path: path)
  }
}
