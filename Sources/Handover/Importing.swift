import System

// The wiring of imports.

extension Application {
  /// Brings files into an organisation's records, from the command line.
  ///
  /// - Parameters:
  ///   - path: of a ZIP, a folder or a file.
  ///   - mapping: the name of one that is built in, or its file; nil for the format of an export.
  ///   - isDryRun: whether nothing changes.
  /// - Throws: `ImportRefusal` where the files are not right; `HandoverError`; `JobFailure`. Nothing is changed then.
  package func importRecords(
    at path: String, into organisation: OrganisationID, by mapping: String? = nil, keepsMissing: Bool = false,
    allowedRemovals: Int? = 20, isDryRun: Bool = false, progress: ImportProgress
  ) throws -> ImportReport {
    let choice = ImportChoice(keepsMissing: keepsMissing, allowedRemovals: allowedRemovals)
    let imports = imports(try exports(outbox(written: Wakeup()), needsKeys: false), documents())
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return try imports.run(name, into: organisation, choice, isDryRun: isDryRun, progress: progress) {
      let mapping = try mapping.map { try ImportMapping.named($0, in: resources.templates) }
      return try open(path, by: mapping, for: organisation)
    }
  }

  func imports(_ exports: Exports, _ documents: Documents) -> Imports {
    Imports(
      exports: exports, documents: documents, folder: ImportsFolder(path: configuration.data.imports),
      engine: engine)
  }

  private var engine: ImportEngine {
    ImportEngine(
      open: { path, organisation, choice in
        try open(path, by: choice.mapping(in: resources.templates), for: organisation)
      },
      compare: { source, organisation, choice, work in
        var options = ImportOptions()
        options.keepsMissing = choice.keepsMissing
        options.allowedRemovals = choice.allowedRemovals
        return try importer.compare(
          source, with: organisation, options, differenceAt: work.difference, progress: work.show)
      },
      documents: { try Difference.documents(at: $0.difference) },
      apply: { organisation, work, isBack, finishing in
        do {
          try importer.apply(
            differenceAt: work.difference, to: organisation, back: isBack, progress: work.show,
            finishing: finishing)
          return true
        } catch is ImportOutdated { return false }
      })
  }

  private var importer: Importer { Importer(database: database, clock: clock) }

  private func open(
    _ path: String, by mapping: ImportMapping?, for organisation: OrganisationID
  ) throws -> any ImportSource {
    guard let mapping, !mapping.name.isSame(as: ImportMapping.own) else { return try ExportFiles(at: path) }
    let zone = try database.read { try $0.organisations.require(organisation).timeZone }
    return try MappedSource(importSheets(at: path, as: mapping), by: mapping, zone: zone, zones: Zones())
  }
}

extension ImportWork {
  /// - Throws: `Cancelled` where somebody has told it to stop.
  fileprivate func show(_ done: Int, _ total: Int) throws {
    try cancellation.check()
    progress.update { ($0.done, $0.total) = (done, total) }
  }
}

extension ImportChoice {
  /// Nil for the format of an export. What a browser sends names no file of the server's.
  fileprivate func mapping(in folder: String) throws -> ImportMapping? {
    if mapping.isEmpty { return nil }
    if mapping.hasPrefix("{") {
      return try ImportMapping(Array(mapping.utf8), name: "mapping", file: "the mapping")
    }
    guard let known = try ImportMapping.builtIn(in: folder).first(where: { $0.name.isSame(as: mapping) })
    else {
      throw HandoverError("there is no mapping \(mapping)")
    }
    return known
  }
}
