import CFastCGI
import Glibc
import HTTP
import Synchronization
import System

/// Answers the requests that a web server passes on by FastCGI, on threads that each serve one at a time.
///
/// A thread waits in `accept`, reads one request, calls the handler, writes the response and closes the
/// connection. No connection is kept (nginx without `fastcgi_keep_conn`): it would bind a thread while it
/// idles. The kernel wakes one thread a connection, and keeps in its backlog those that come while all
/// threads are busy.
///
/// To stop, the listening socket is shut down. From then on the web server is refused, while `accept` still
/// gives the connections that wait, and fails only after the last. So everything that got in is answered,
/// threads end by themselves, and there is no moment in which a signal could be missed. The state is the
/// socket's: a stop that comes before a thread has reached `accept` works as well. An inherited socket goes on
/// without us: what has not been accepted is the next process's (`Listener`).
///
/// A peer that sends nothing, or takes nothing, loses its connection after the timeout. One that sends a byte
/// now and then can hold a thread, and large record lengths abort libfcgi: nobody but the web server may
/// reach the socket.
package final class Server: Sendable {
  package typealias Handler = @Sendable (Request) -> Response

  /// Requests whose body is too long for memory. The handler reads it, as far as it wants (`Request.readBody`).
  package struct Uploads: Sendable {
    /// In bytes.
    let maximum: Int
    /// Told by all but the body.
    let isOne: @Sendable (Request) -> Bool

    package init(maximum: Int, isOne: @escaping @Sendable (Request) -> Bool) {
      self.maximum = maximum
      self.isOne = isOne
    }
  }

  private let listener: Listener
  private let maximumBody: Int
  private let uploads: Uploads?
  private let timeout: Duration
  private let handler: Handler
  private let report: @Sendable (ServerEvent) -> Void
  private let permits: ComputePermits
  private let patience: Duration
  private let waits: @Sendable (Request) -> Bool
  private let isStopping = Atomic(false)
  private let threads = Locked<[Thread]>([])
  private let lastFailure = Locked<ContinuousClock.Instant?>(nil)

  /// - Parameters:
  ///   - maximumBody: in bytes. The handler gets a request with a larger one as `isBodyTooLarge`.
  ///   - uploads: requests that may have a larger one.
  ///   - timeout: how long one read from the web server, or one write to it, may take. nginx sends a request
  ///     in one piece, so this bounds how long a stop can take.
  ///   - atOnce: how many threads may compute at the same time (`ComputePermits`); nil: all of them.
  ///   - patience: another thread may compute in place of one that has been at a request for so long.
  ///   - waits: whether a request will wait for something, so that another thread may compute at once.
  ///   - report: called on the threads of the server.
  ///   - handler: called on the threads of the server, on several at once.
  package init(
    listener: Listener, maximumBody: Int = 65_536, uploads: Uploads? = nil, timeout: Duration = .seconds(5),
    atOnce: Int? = nil,
    patience: Duration = .milliseconds(100),
    waits: @escaping @Sendable (Request) -> Bool = { $0.method == .post },
    report: @escaping @Sendable (ServerEvent) -> Void = { _ in }, handler: @escaping Handler
  ) {
    permits = ComputePermits(atOnce ?? .max / 2)
    self.listener = listener
    self.maximumBody = maximumBody
    self.uploads = uploads
    self.timeout = timeout
    self.patience = patience
    self.waits = waits
    self.report = report
    self.handler = handler
  }

  /// Begins to answer, on `count` threads; returns at once.
  /// - Throws: `system` where a thread can't be started; those started before have ended then.
  package func start(threads count: Int) throws(FastCGIError) {
    guard initialised == 0 else {
      throw FastCGIError(code: .system, message: "libfcgi can't start: \(initialised)")
    }
    let permits = (0..<count).map { Permit(of: self.permits, number: $0) }
    do throws(SystemError) {
      for (number, permit) in permits.enumerated() {
        try begin("request \(number + 1)") { self.acceptLoop(permit) }
      }
      try begin("request watch") { self.watch(permits) }
    } catch {
      stop()
      throw FastCGIError(code: .system, message: "\(error)")
    }
  }

  private func begin(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let thread = try Thread(name: name, body)
    threads.withLock { $0.append(thread) }
  }

  /// Accepts nothing new, answers what got in, and returns when all threads have ended. May be called again,
  /// from any thread but the server's own.
  package func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    listener.refuseNewConnections()
    threads.withLock { threads in
      for _ in threads { permits.giveBack() }
      for thread in threads { thread.join() }
      threads = []
    }
  }

  private func acceptLoop(_ permit: Permit) {
    permit.take()
    while true {
      let socket = listener.accept()
      if socket >= 0 {
        permit.begin()
        serve(socket, permit)
        permit.end()
        continue
      }
      let error = errno
      if isStopping.load(ordering: .sequentiallyConsistent) { return }
      if error == EINTR || error == ECONNABORTED { continue }
      if isNews { report(.acceptFailed(reason: SystemError.reason(error))) }
      usleep(100_000)
    }
  }

  /// Whether no thread has said within the last second that the system gives no connection: all of them meet it.
  private var isNews: Bool {
    lastFailure.withLock { last in
      if let last, .now - last < .seconds(1) { return false }
      last = .now
      return true
    }
  }

  /// Takes the permit from threads that have been at one request for too long, until the stop.
  private func watch(_ permits: [Permit]) {
    var before = permits.map { _ in 0 }
    while !listener.refuses(within: patience) {
      for (index, permit) in permits.enumerated() {
        before[index] = permit.release(ifStillAt: before[index])
      }
    }
  }

  private func serve(_ socket: Int32, _ permit: Permit) {
    guard let connection = Connection(taking: socket, timeout: timeout) else { return report(.brokenRequest) }
    let response: CGIResponse
    switch RequestReader.read(connection, maximumBody: maximumBody, uploads: uploads) {
    case .request(let request):
      if waits(request) { permit.release() }
      response = CGIResponse(handler(request), to: request.method)
    case .upload(let request, let body):
      permit.release()
      response = CGIResponse(handler(request), to: request.method)
      guard body.end() else { return report(.brokenRequest) }
    case .refused(let status, let reason):
      report(.refused(status: status.code, reason: reason))
      response = CGIResponse(.text(status.reason, status), to: .get)
    case .broken:
      return report(.brokenRequest)
    }
    do {
      try connection.finish(with: response)
    } catch is ResponseLost {
      report(.responseLost)
    } catch {
      report(.bodyFailed(reason: "\(error)"))
    }
  }
}
