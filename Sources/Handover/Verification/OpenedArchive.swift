import ZIP

/// An archive to be verified, in the strictest reading that it can be opened in.
struct OpenedArchive {
  let reader: ArchiveReader

  /// - Returns: nil, with the problem added, where nothing in it can be read.
  init?(path: String, _ problems: VerificationProblems) throws {
    do throws(ZIPError) {
      reader = try ArchiveReader(path: path, rules: ArchiveRules(form: .canonical(.standard)))
    } catch let strict {
      do throws(ZIPError) {
        reader = try ArchiveReader(path: path, rules: ArchiveRules(allowsDuplicates: true))
      } catch {
        try problems.add(error)
        return nil
      }
      // Names that are there twice are told with the names.
      if reader.entries.contains(where: \.reservesRoom), strict.code != .duplicate {
        problems.add(strict.entry, strict.message)
      }
    }
  }
}
