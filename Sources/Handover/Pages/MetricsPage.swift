import FastCGI
import HTTP
import System

/// The server in figures, as Prometheus reads them; Documentation/Operations.md says which matter.
///
/// For this machine alone: nginx lets nobody else in, and the page looks again. No name, address or id is in a label, so
/// there are as many rows as the program has words for.
enum MetricsPage {
  static func show(_ visit: Visit) throws -> Response {
    guard visit.isOfThisMachine else { throw Refusal.notFound }
    let form = MetricsText.Form(accepting: visit.request.headers["Accept"])
    return .content(try text(visit.site, form, at: visit.now).bytes, type: form.type)
  }

  private static func text(_ site: Site, _ form: MetricsText.Form, at now: UnixTime) throws -> MetricsText {
    var text = MetricsText(form)
    text.begin("handover_build", .info, "Which version runs, and which one of SQLite.")
    text.add(1, ["version": Application.version, "sqlite": Database.engineVersion])
    if let cell = site.configuration.cell {
      text.begin("handover_cell", .gauge, "Which cell of the machine this is.")
      text.add(1, ["cell": cell.name, "number": "\(cell.number)"])
    }
    site.requests.add(to: &text)
    addIncidents(site.counts.incidents, to: &text)
    addProblems(site.health, to: &text)
    addJobs(site.counts.jobs, to: &text)
    try addDatabase(site, at: now, to: &text)
    addMail(site.counts.mail, to: &text)
    addFiles(site, to: &text)
    addOperation(site.configuration.data, at: now, to: &text)
    if let replica = site.database.replica { add(replica, to: &text) }
    if let cells = site.cells, cells.hosts != nil {
      text.add(
        "handover_directory_lag_seconds", .gauge,
        "For how long nothing has been heard of etcd, the directory.",
        cells.lag / .seconds(1))
    }
    if let found = site.documents.elsewhereFound.withLock({ $0 }) {
      text.add(
        "handover_store_ok", .gauge, "Whether the store that all hosts reach could be used.",
        found.isThere ? 1 : 0)
      text.add(
        "handover_documents_unstored", .gauge, "Contents of documents that are not in it.", found.missing)
    }
    addProcess(site.counts, to: &text)
    return text
  }

  private static func addIncidents(_ incidents: Tally, to text: inout MetricsText) {
    text.begin(
      "handover_http_incidents", .counter,
      "Requests that broke off, were refused unread, or whose answer nobody took.")
    for word in ServerEvent.words { text.add(incidents[word], ["incident": word]) }
  }

  private static func addProblems(_ health: Health, to text: inout MetricsText) {
    let (problems, unready) = (health.problems, health.unready)
    text.begin("handover_problem", .gauge, "1 for what is wrong now, by the word that /health has for it.")
    for problem in Health.Problem.allCases {
      text.add(problems.contains(problem) ? 1 : 0, ["problem": problem.rawValue])
    }
    text.add("handover_ready", .gauge, "1 while /health/ready is 200.", unready.isEmpty ? 1 : 0)
  }

  private static func addJobs(_ jobs: JobCounts, to text: inout MetricsText) {
    text.begin(
      "handover_job_duration_seconds", .histogram,
      "How long runs of exports, imports and syncs took, by how they ended, since the start.")
    for kind in JobTable.Kind.allCases {
      for outcome in JobCounts.Outcome.allCases {
        text.add(
          jobs.histogram(of: .init(kind: kind.rawValue, outcome: outcome)),
          ["kind": kind.rawValue, "outcome": outcome.rawValue])
      }
    }
  }

  private static func addDatabase(_ site: Site, at now: UnixTime, to text: inout MetricsText) throws {
    let states = try site.figures.states(in: site.database)
    func add(_ name: String, _ help: String, _ kind: JobTable.Kind, _ words: [String]) {
      text.begin(name, .gauge, help)
      for word in words { text.add(states[kind]?[word] ?? 0, ["state": word]) }
    }
    add("handover_exports", "Exports by state.", .export, Export.Status.allCases.map(\.rawValue))
    add("handover_imports", "Imports by state.", .import, Import.Status.allCases.map(\.rawValue))
    add(
      "handover_documents", "Documents on their way to a linked storage, by state.", .sync,
      ["queued", "processing", "completed", "failed", "cancelled"])

    let (jobs, mails) = try site.database.read { connection in
      (
        try JobTable.Kind.allCases.map { ($0.rawValue, try connection.jobs($0).waiting()) },
        try connection.letters.waiting(at: now)
      )
    }
    text.begin("handover_queue_jobs", .gauge, "Exports, imports and syncs that wait for their turn.")
    for (kind, waiting) in jobs { text.add(waiting.jobs, ["kind": kind]) }
    text.begin(
      "handover_queue_age_seconds", .gauge, "For how long the one that has waited longest could run.")
    for (kind, waiting) in jobs { text.add(age(of: waiting.since, at: now), ["kind": kind]) }
    text.add("handover_mails_waiting", .gauge, "E-mails that wait to be sent.", mails.mails)
    text.add(
      "handover_mail_age_seconds", .gauge, "For how long the oldest e-mail waits that is due.",
      age(of: mails.since, at: now))
    text.add(
      "handover_writers_waiting", .gauge, "Threads that wait for their turn to write.", site.database.waiting)
  }

  private static func addMail(_ mail: MailCounts, to text: inout MetricsText) {
    text.begin("handover_mail_attempts", .counter, "What became of e-mails that were to be sent.")
    text.add(mail.sent.count, ["outcome": "sent"])
    text.add(mail.putOff.count, ["outcome": "put-off"])
    text.add(mail.givenUp.count, ["outcome": "given-up"])
  }

  private static func addFiles(_ site: Site, to text: inout MetricsText) {
    let data = site.configuration.data
    text.add(
      "handover_database_bytes", .gauge, "The size of the database.", DiskSpace.size(of: data.database) ?? 0)
    text.add(
      "handover_wal_bytes", .gauge, "The size of its write-ahead log.",
      DiskSpace.size(of: data.database + "-wal") ?? 0)
    text.begin("handover_disk_free_bytes", .gauge, "What can still be written to the disk of a folder.")
    for (folder, path) in [("data", data.path), ("exports", data.exports), ("documents", data.documents)] {
      if let free = DiskSpace.free(at: path) { text.add(free, ["folder": folder]) }
    }
  }

  /// What never happened has no figure.
  private static func addOperation(_ data: DataFolder, at now: UnixTime, to text: inout MetricsText) {
    for kind in OperationState.Kind.allCases {
      guard let last = try? OperationState.read(kind, in: data) else { continue }
      let name = kind.rawValue
      text.add(
        "handover_\(name)_age_seconds", .gauge, "For how long the last \(name) has been over.",
        age(of: last.ended, at: now))
      text.add("handover_\(name)_ok", .gauge, "1 where the last \(name) went well.", last.isOK ? 1 : 0)
      text.add("handover_\(name)_duration_seconds", .gauge, "How long the last \(name) took.", last.seconds)
    }
  }

  private static func add(_ replica: Replica, to text: inout MetricsText) {
    text.add(
      "handover_replica_ok", .gauge, "1 where the last look found all of the database in the copy elsewhere.",
      replica.failure == nil && replica.lag != nil ? 1 : 0)
    guard let lag = replica.lag else { return }
    text.add(
      "handover_replica_lag_seconds", .gauge, "How long ago all of the database was in the copy elsewhere.",
      lag / .seconds(1))
  }

  private static func addProcess(_ counts: Counts, to text: inout MetricsText) {
    text.add(
      "process_start_time_seconds", .gauge, "When the server started, in seconds since 1970.",
      Int(counts.started.rawValue))
    guard let usage = ProcessUsage() else { return }
    text.add(
      "process_cpu_seconds", .counter, "Processor time used, by users and system together.",
      usage.processorTime / .seconds(1))
    text.add("process_resident_memory_bytes", .gauge, "Memory in use.", usage.residentBytes)
    text.add("process_virtual_memory_bytes", .gauge, "Addresses in use.", usage.virtualBytes)
    text.add("process_threads", .gauge, "Threads.", usage.threads)
    text.add("process_open_fds", .gauge, "Open files.", usage.descriptors)
    text.add("process_max_fds", .gauge, "Files that may be open at once.", usage.mostDescriptors)
  }

  private static func age(of time: UnixTime?, at now: UnixTime) -> Int {
    time.map { max(0, Int(($0 <= now ? now - $0 : .zero).wholeSeconds)) } ?? 0
  }
}

extension Visit {
  /// Whether this machine asks for itself. What came through a proxy did not, whoever's address that has.
  fileprivate var isOfThisMachine: Bool {
    let isLocal = address == "127.0.0.1" || address == "::1"
    let names: [Headers.Name] = ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"]
    return isLocal && names.allSatisfy { request.headers[$0] == nil }
  }
}
