// Loaded before libc (LD_PRELOAD), it appends the seconds of every fsync and fdatasync to the file that BENCH_FSYNC
// names, a line a call: the disk's part of an export, to be told apart from the engine's.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int timed(const char *name, int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  int result = real(descriptor);
  clock_gettime(CLOCK_MONOTONIC, &after);
  const char *path = getenv("BENCH_FSYNC");
  int output = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (output >= 0) {
    dprintf(output, "%.6f\n", after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9);
    close(output);
  }
  return result;
}

int fsync(int descriptor) { return timed("fsync", descriptor); }
int fdatasync(int descriptor) { return timed("fdatasync", descriptor); }
