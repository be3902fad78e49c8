import CFastCGI
import Glibc
import HTTP
import Synchronization

/// Answers the requests that a web server passes on by FastCGI, on threads that each serve one at a time.
///
/// A thread waits in `accept`, reads one request, calls the handler, writes the answer and closes the
/// connection. No connection is kept (nginx without `fastcgi_keep_conn`): a thread would be bound to it while
/// it idles. The kernel wakes one thread a connection, and keeps in its backlog those that come while all are
/// busy.
///
/// To stop, the listening socket is shut down. From then on the web server is refused, while `accept` still
/// gives the connections that wait, and fails only after the last. So everything that got in is answered,
/// threads end by themselves, and there is no moment in which a signal could be missed. The state is the
/// socket's: a stop that comes before a thread has reached `accept` works as well.
///
/// A peer that sends nothing, or takes nothing, is given up after the timeout. One that sends a byte now and
/// then can hold a thread, and large record lengths abort libfcgi: nobody but the web server may reach the
/// socket.
package final class Server: Sendable {
  package typealias Handler = @Sendable (Request) -> Response

  private let listener: Listener
  private let maximumBody: Int
  private let timeout: Int
  private let handler: Handler
  private let report: @Sendable (Incident) -> Void
  private let seats: Seats
  private let isStopping = Atomic(false)
  private let threads: Mutex<[Thread]> = Mutex([])

  /// - Parameters:
  ///   - maximumBody: in bytes. The handler gets a request with a larger one as `isBodyTooLarge`.
  ///   - timeout: seconds that one read from the web server, or one write to it, may take. nginx sends a
  ///     request whole, so they bound how long a stop can take.
  ///   - atOnce: how many threads may compute at the same time (`Seats`); all of them where it is nil.
  ///   - report: is called on the threads of the server.
  ///   - handler: is called on the threads of the server, several at once.
  package init(
    listener: Listener, maximumBody: Int = 65_536, timeout: Int = 5, atOnce: Int? = nil,
    report: @escaping @Sendable (Incident) -> Void = { _ in }, handler: @escaping Handler
  ) {
    seats = Seats(atOnce ?? Int(Int32.max) / 2)
    self.listener = listener
    self.maximumBody = maximumBody
    self.timeout = timeout
    self.report = report
    self.handler = handler
  }

  /// Begins to answer, on so many threads; returns at once.
  /// - Throws: `system` when a thread can't be made; those made so far are stopped then.
  package func start(threads count: Int) throws(FastCGIError) {
    guard library == 0 else { throw FastCGIError(code: .system, message: "libfcgi can't start: \(library)") }
    let seats = (0..<count).map { _ in Seat(of: self.seats) }
    do throws(FastCGIError) {
      for (number, seat) in seats.enumerated() {
        try begin("request \(number + 1)") { self.acceptLoop(seat) }
      }
      try begin("request watch") { self.watch(seats) }
    } catch {
      stop()
      throw error
    }
  }

  private func begin(_ name: String, _ body: @escaping @Sendable () -> Void) throws(FastCGIError) {
    let thread = try Thread(name: name, body)
    threads.withLock { $0.append(thread) }
  }

  /// Accepts nothing new, answers what got in, and returns when all threads have ended. May be called again,
  /// from any thread but the server's own.
  package func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    listener.refuseNewConnections()
    threads.withLock { threads in
      for _ in threads { seats.give() }
      for thread in threads { thread.join() }
      threads = []
    }
  }

  private func acceptLoop(_ seat: Seat) {
    seats.take()
    while true {
      let connection = accept4(listener.socket, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
      if connection >= 0 {
        seat.begin()
        serve(connection, seat)
        seat.end()
        continue
      }
      let error = errno
      if isStopping.load(ordering: .sequentiallyConsistent) { return }
      if error == EINTR || error == ECONNABORTED { continue }
      report(.acceptFailed(reason: reason(error)))
      usleep(100_000)
    }
  }

  /// Takes the seat from whoever has been at one request for too long, until the listener is shut down.
  private func watch(_ seats: [Seat]) {
    var before = seats.map { _ in 0 }
    var listening = pollfd(fd: listener.socket, events: 0, revents: 0)
    while unsafe poll(&listening, 1, Seats.patience) == 0 {
      for (index, seat) in seats.enumerated() { before[index] = seat.leave(ifStillAt: before[index]) }
    }
  }

  private func serve(_ connection: Int32, _ seat: Seat) {
    guard let exchange = Exchange(taking: connection, timeout: timeout) else { return report(.brokenRequest) }
    let answer: CGIAnswer
    switch RequestReader.read(exchange, maximumBody: maximumBody) {
    case .request(let request):
      // What changes something waits: for the disk, for the one who writes, for the hash of a password.
      if request.method == .post { seat.leave() }
      answer = CGIAnswer(handler(request), to: request.method)
    case .refused(let status, let reason):
      report(.refused(status: status.code, reason: reason))
      answer = CGIAnswer(.text(status.reason, status), to: .get)
    case .broken:
      return report(.brokenRequest)
    }
    if !exchange.finish(with: answer) { report(.answerLost) }
  }
}
