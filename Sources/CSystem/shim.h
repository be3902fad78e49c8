#pragma once
#include <fcntl.h>
#include <linux/stat.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/vfs.h>
#include <time.h>

/* glibc shows these only with _GNU_SOURCE, which a module can't ask for. The newest is of glibc 2.34. */
int pthread_setname_np(pthread_t thread, const char *name);
int pthread_getname_np(pthread_t thread, char *name, size_t size);
int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *deadline);
int pthread_cond_clockwait(
    pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline);
int statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status);
int memfd_create(const char *name, unsigned int flags);
int unshare(int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

static const unsigned int CSYSTEM_MFD_CLOEXEC = 1;
static const int CSYSTEM_CLONE_FS = 0x200;

/* When a file was made, in nanoseconds; 0 where its file system does not say. */
static inline long long csystem_birth(int folder, const char *path, int flags) {
    struct statx status;
    if (statx(folder, path, flags, STATX_BTIME, &status) != 0 || !(status.stx_mask & STATX_BTIME)) return 0;
    return status.stx_btime.tv_sec * 1000000000LL + status.stx_btime.tv_nsec;
}
static const int CSYSTEM_AT_EMPTY_PATH = 0x1000;
