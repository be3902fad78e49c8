// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),
]

/// A library target and its tests; a kit knows nothing of the product.
func kit(_ name: String, _ dependencies: Target.Dependency...) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: settings),
    .testTarget(
      name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"], swiftSettings: settings),
  ]
}

func library(_ name: String, apt: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let kits: [Target] =
  kit("SQLite", "CSQLite")
  + kit("HTTP")
  + kit("FastCGI", "CFastCGI", "HTTP")
  + kit("Mustache")
  + kit("CSV")
  + kit("ZIP", "CZlib", "CCRC32")
  + kit("Secrets", "CCrypt", "CSHA256")
  + kit("Mail")

/// Reads whatever it is given, and says what must hold: for the tests and, where Scripts/fuzz asks for it, for libFuzzer.
let fuzzing: [Target] =
  [
    .target(
      name: "Fuzzing", dependencies: ["HTTP", "Mustache", "CSV", "ZIP", "Secrets", "Handover"],
      path: "Tests/Fuzzing", swiftSettings: settings),
    .testTarget(name: "FuzzingTests", dependencies: ["Fuzzing"], swiftSettings: settings),
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
    library("CFastCGI", apt: "libfcgi-dev"),
    library("CSQLite", apt: "libsqlite3-dev", pkgConfig: "sqlite3"),
    library("CZlib", apt: "zlib1g-dev", pkgConfig: "zlib"),
    library("CCrypt", apt: "libcrypt-dev", pkgConfig: "libcrypt"),
    .target(name: "CSHA256", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
    .target(name: "CCRC32", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
    .target(
      name: "Handover",
      dependencies: [
        "SQLite", "HTTP", "FastCGI", "Mustache", "CSV", "ZIP", "Secrets", "Mail",
      ],
      swiftSettings: settings),
    .executableTarget(name: "Command", dependencies: ["Handover", "Secrets"], swiftSettings: settings),
    .testTarget(
      name: "HandoverTests",
      dependencies: [
        "Handover", "SQLite", "HTTP", "Mustache", "CSV", "ZIP", "Secrets", "Mail", "TestSupport",
      ],
      exclude: ["Pages/AccessMatrix.csv"], swiftSettings: settings),
    .testTarget(name: "ArchitectureTests", swiftSettings: settings),
    .testTarget(
      name: "SystemTests", dependencies: ["Handover", "SQLite", "TestSupport"], swiftSettings: settings),
    .target(name: "TestSupport", dependencies: ["Mail"], path: "Tests/TestSupport", swiftSettings: settings),
  ] + kits + fuzzing
)
