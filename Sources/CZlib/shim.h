#include <pthread.h>
#include <zlib.h>

// glibc shows it only with _GNU_SOURCE, which Swift does not set.
int pthread_setname_np(pthread_t thread, const char *name);
