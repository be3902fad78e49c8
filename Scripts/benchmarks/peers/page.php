<?php
// The page of page.c under PHP-FPM: a connection that outlives the request, statements from opcache.

$connection = new PDO('sqlite:' . getenv('BENCH_DATABASE'), options: [
  PDO::ATTR_PERSISTENT => true,
  PDO::SQLITE_ATTR_OPEN_FLAGS => PDO::SQLITE_OPEN_READONLY,
]);
$size = 0;
foreach (require getenv('BENCH_STATEMENTS') as $sql) {
  foreach ($connection->query($sql)->fetchAll(PDO::FETCH_NUM) as $row) {
    foreach ($row as $cell) $size += strlen((string) $cell);
  }
}
if ($size === 0) throw new Exception('the statements found nothing');
header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
readfile(getenv('BENCH_BODY'));
