/// How much the log tells.
package enum LogLevel: Int, Sendable, Comparable {
  case debug
  case info
  case warning
  case error

  package init?(name: String) {
    switch name {
    case "debug": self = .debug
    case "info": self = .info
    case "warning": self = .warning
    case "error": self = .error
    default: return nil
    }
  }

  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
