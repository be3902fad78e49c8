import System

/// The lines that were logged to it.
public final class LogLines: Sendable {
  private let lines = Locked<[String]>([])

  public init() {}

  public var all: [String] { lines.withLock { $0 } }

  @Sendable public func add(_ line: String) { lines.withLock { $0.append(line) } }
}
