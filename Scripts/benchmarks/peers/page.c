// A page in C and libfcgi: for each request it runs the statements of a page, reads every cell of every row, and
// answers the page's bytes. It is favoured: nothing is escaped or put together.
//
//   page SOCKET DATABASE STATEMENTS BODY THREADS

#include <fcgiapp.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
  char *start;
  size_t size;
};

static int listener;
static const char *database_path;
static struct bytes statements, body;

static void fail(const char *what) {
  fprintf(stderr, "page: %s\n", what);
  exit(1);
}

static struct bytes read_file(const char *path) {
  struct bytes bytes = {malloc(1 << 24), 0};
  FILE *file = fopen(path, "rb");
  if (!file || !bytes.start) fail(path);
  bytes.size = fread(bytes.start, 1, 1 << 24, file);
  fclose(file);
  return bytes;
}

static size_t run(sqlite3_stmt *statement) {
  size_t size = 0;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int column = 0; column < sqlite3_column_count(statement); column++) {
      if (sqlite3_column_text(statement, column)) size += sqlite3_column_bytes(statement, column);
    }
  }
  if (result != SQLITE_DONE) fail(sqlite3_errmsg(sqlite3_db_handle(statement)));
  sqlite3_reset(statement);
  return size;
}

static void *serve(void *unused) {
  sqlite3 *database;
  if (sqlite3_open_v2(database_path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL)) fail("database");
  sqlite3_busy_timeout(database, 10000);  // all threads open it at once
  sqlite3_stmt *prepared[1024];
  int count = 0;
  for (char *sql = statements.start; sql < statements.start + statements.size; sql += strlen(sql) + 1) {
    if (count == 1024 || sqlite3_prepare_v2(database, sql, -1, &prepared[count++], NULL)) fail(sqlite3_errmsg(database));
  }
  FCGX_Request request;
  FCGX_InitRequest(&request, listener, 0);
  while (FCGX_Accept_r(&request) == 0) {
    size_t size = 0;
    for (int index = 0; index < count; index++) size += run(prepared[index]);
    if (size == 0) fail("the statements found nothing");
    FCGX_PutS("Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n", request.out);
    FCGX_PutStr(body.start, body.size, request.out);
    FCGX_Finish_r(&request);
  }
  return unused;
}

int main(int count, char **arguments) {
  if (count != 6) fail("usage: page SOCKET DATABASE STATEMENTS BODY THREADS");
  database_path = arguments[2];
  statements = read_file(arguments[3]);
  body = read_file(arguments[4]);
  FCGX_Init();
  listener = FCGX_OpenSocket(arguments[1], 1024);
  if (listener < 0) fail(arguments[1]);
  pthread_t thread;
  for (int number = 1; number < atoi(arguments[5]); number++) pthread_create(&thread, NULL, serve, NULL);
  serve(NULL);
  return 0;
}
