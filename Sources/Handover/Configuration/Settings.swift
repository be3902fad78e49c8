import Foundation
import System

/// The variables that this process goes by: those of its environment or, where that doesn't name the data folder, those of
/// the file of an installed machine. Where both name one, the environment's counts.
struct Settings: Sendable {
  let values: [String: String]
  let file: SettingsFile?
  /// Of the cell that the environment names: what differs from the other cells of the machine.
  let cellFile: SettingsFile?

  init(environment: [String: String], installed path: String = SettingsFile.installed) {
    let isComplete = environment[Variable.data.name].map { !$0.isEmpty } ?? false
    file = isComplete ? nil : SettingsFile(path: path)
    let cell = environment[Variable.cell.name].flatMap { $0.split(separator: ":").first }.map(String.init)
    let isInstalled = file != nil && cell.map(CellID.isName) == true
    let cellPath = "\(DurableFile.folder(of: path))/cells/\(cell ?? "").conf"
    cellFile = isInstalled ? SettingsFile(path: cellPath) ?? SettingsFile(missing: cellPath) : nil
    var given = environment
    // Which one, and no more: its number stands in its file.
    if isInstalled, given[Variable.cell.name] == cell { given[Variable.cell.name] = nil }
    values = (file?.values ?? [:]).merging(cellFile?.values ?? [:]) { $1 }
      .merging(given) { $1.isEmpty ? $0 : $1 }
  }

  /// The variables for what this process starts: what systemd says to it is for it alone.
  var passedOn: [String: String] { values.filter { !ServiceManager.variables.contains($0.key) } }

  /// What is wrong with the file, a sentence each.
  var problems: [String] {
    guard let file else { return [] }
    let lacks = values[Variable.data.name].map(\.isEmpty) ?? true
    let read = file.problems + (cellFile?.problems ?? [])
    return read
      + (lacks && read.isEmpty
        ? ["\(file.path) doesn't say where the data is: \(Variable.data.name)=FOLDER"] : [])
  }

  /// Where a variable that is wrong is set, if it is in the file.
  func place(of variable: Variable) -> String {
    let place = [cellFile, file].lazy.compactMap(\.self).first { $0.values[variable.name] != nil }
    guard let place, place.values[variable.name] == values[variable.name] else { return "" }
    return place.place(of: variable.name)
  }
}

extension Configuration {
  /// Sets this process up, and reads its settings. Where root runs it, it becomes the owner of the data folder before it
  /// touches anything.
  ///
  /// - Returns: also the variables, for what this process starts.
  /// - Throws: `HandoverError`, with all that is wrong with the settings.
  static func ofThisProcess(_ environment: [String: String]) throws -> (Configuration, [String: String]) {
    ThisProcess.setUp()
    let settings = Settings(environment: environment)
    let workingDirectory = FileManager.default.currentDirectoryPath
    let home = try ThisProcess.becomeOwner(of: DataFolder(settings, in: workingDirectory).path)
    let configuration = try Configuration(
      settings, workingDirectory: workingDirectory, cores: ProcessInfo.processInfo.activeProcessorCount)
    return (configuration, settings.passedOn.merging(home.map { ["HOME": $0] } ?? [:]) { $1 })
  }
}
