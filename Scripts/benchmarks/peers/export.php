<?php
// PHP's fputcsv and ZipArchive: export.php DATABASE ORGANISATION QUERIES OUTPUT LEVEL

[, $database, $organisation, $queries, $output, $level] = $argv;
$connection = new PDO("sqlite:$database", options: [PDO::SQLITE_ATTR_OPEN_FLAGS => PDO::SQLITE_OPEN_READONLY]);
$connection->beginTransaction();
$archive = new ZipArchive();
$archive->open($output, ZipArchive::CREATE | ZipArchive::OVERWRITE);
$folder = "$output.files";
mkdir($folder);
foreach (glob("$queries/*.sql") as $query) {
  $name = basename($query, '.sql') . '.csv';
  $rows = $connection->prepare(file_get_contents($query));
  $rows->bindValue('organisation', (int) $organisation, PDO::PARAM_INT);
  $rows->execute();
  $file = fopen("$folder/$name", 'w');
  fwrite($file, "\u{FEFF}");
  $columns = array_map(fn($at) => $rows->getColumnMeta($at)['name'], range(0, $rows->columnCount() - 1));
  fputcsv($file, $columns, escape: '', eol: "\r\n");
  while ($row = $rows->fetch(PDO::FETCH_NUM)) fputcsv($file, $row, escape: '', eol: "\r\n");
  fclose($file);
  $archive->addFile("$folder/$name", $name);
  $archive->setCompressionName($name, ZipArchive::CM_DEFLATE, (int) $level);
}
$archive->close();
array_map('unlink', glob("$folder/*"));
rmdir($folder);
