// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),
]

/// A library target and its tests; a kit knows nothing of the product.
func kit(_ name: String, _ dependencies: Target.Dependency..., tests: String? = nil) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: settings),
    .testTarget(
      name: tests ?? name + "Tests", dependencies: dependencies + [.byName(name: name), "TestSupport"],
      swiftSettings: settings),
  ]
}

func library(_ name: String, apt: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// `System` is the one kit that the others may import. SystemTests are those of the whole server.
let kits: [Target] =
  kit("System", "CSystem", tests: "SystemKitTests")
  + kit("SQLite", "CSQLite", "System")
  + kit("HTTP", "System")
  + kit("FastCGI", "CFastCGI", "HTTP", "System")
  + kit("Mustache")
  + kit("CSV", "CUTF8")
  + kit("ZIP", "CZlib", "CCRC32", "System")
  + kit("XLSX")
  + kit("Secrets", "CCrypt", "CSHA256", "System")
  + kit("Mail", "System")

/// Reads whatever it is given, and says what must hold: for the tests and, where Scripts/fuzz asks for it, for libFuzzer.
let fuzzing: [Target] =
  [
    .target(
      name: "Fuzzing", dependencies: ["HTTP", "Mustache", "CSV", "ZIP", "Secrets", "Handover"],
      path: "Tests/Fuzzing", swiftSettings: settings),
    .testTarget(name: "FuzzingTests", dependencies: ["Fuzzing", "TestSupport"], swiftSettings: settings),
  ]
  + (Context.environment["HANDOVER_FUZZ"] == nil
    ? []
    : [
      .executableTarget(
        name: "Fuzzer", dependencies: ["Fuzzing"], path: "Tests/Fuzzer",
        swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
    ])

let package = Package(
  name: "handover",
  products: [.executable(name: "handover", targets: ["Command"])],
  targets: [
    .systemLibrary(name: "CSystem"),
    library("CFastCGI", apt: "libfcgi-dev"),
    library("CSQLite", apt: "libsqlite3-dev", pkgConfig: "sqlite3"),
    library("CZlib", apt: "zlib1g-dev", pkgConfig: "zlib"),
    library("CCrypt", apt: "libcrypt-dev", pkgConfig: "libcrypt"),
    .target(name: "CSHA256", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
    .target(name: "CUTF8", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
    .target(name: "CCRC32", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
    .target(
      name: "Handover",
      dependencies: [
        "System", "SQLite", "HTTP", "FastCGI", "Mustache", "CSV", "ZIP", "XLSX", "Secrets", "Mail",
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "Command", dependencies: ["Handover", "Secrets", "System"], swiftSettings: settings),
    .testTarget(
      name: "HandoverTests",
      dependencies: [
        "Handover", "System", "SQLite", "HTTP", "Mustache", "CSV", "ZIP", "XLSX", "Secrets", "Mail",
        "TestSupport",
      ],
      exclude: ["Pages/AccessMatrix.csv", "Records/Import/Mapping/Samples"], swiftSettings: settings),
    .testTarget(
      name: "ArchitectureTests", dependencies: ["TestSupport"], exclude: ["index.py"], swiftSettings: settings
    ),
    .testTarget(
      name: "SystemTests", dependencies: ["Handover", "SQLite", "Secrets", "System", "ZIP", "TestSupport"],
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["System"], path: "Tests/TestSupport", swiftSettings: settings),
  ] + kits + fuzzing
)
