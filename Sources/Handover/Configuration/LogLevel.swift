/// How much the log tells.
enum LogLevel: Int, Sendable, Comparable {
  case debug
  case info
  case warning
  case error

  init?(name: String) {
    switch name {
    case "debug": self = .debug
    case "info": self = .info
    case "warning": self = .warning
    case "error": self = .error
    default: return nil
    }
  }

  static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
