// Loaded before libsqlite3 (LD_PRELOAD), it appends every statement that only reads, with its values filled in, to the
// file that BENCH_STATEMENTS names, each with a NUL behind, as long as that file is there: so the peers of a page run
// the very queries that the page runs.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int trace(unsigned type, void *context, void *statement, void *text) {
  (void)type, (void)context;
  const char *path = getenv("BENCH_STATEMENTS");
  int is_of_trigger = strncmp(text, "--", 2) == 0;
  if (!path || is_of_trigger || !sqlite3_stmt_readonly(statement)) return 0;
  int output = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (output < 0) return 0;
  char *sql = sqlite3_expanded_sql(statement);
  if (sql && write(output, sql, strlen(sql) + 1) < 0) abort();
  sqlite3_free(sql);
  close(output);
  return 0;
}

int sqlite3_open_v2(const char *path, sqlite3 **database, int flags, const char *vfs) {
  int (*real)(const char *, sqlite3 **, int, const char *) =
      (int (*)(const char *, sqlite3 **, int, const char *))dlsym(RTLD_NEXT, "sqlite3_open_v2");
  int result = real(path, database, flags, vfs);
  if (result == SQLITE_OK) sqlite3_trace_v2(*database, SQLITE_TRACE_STMT, trace, NULL);
  return result;
}
