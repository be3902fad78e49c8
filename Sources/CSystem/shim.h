#pragma once
#include <pthread.h>
#include <spawn.h>
#include <time.h>

/* glibc shows these only with _GNU_SOURCE, which a module can't ask for. The newest is of glibc 2.34. */
int pthread_setname_np(pthread_t thread, const char *name);
int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *deadline);
int pthread_cond_clockwait(
    pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline);
int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

static const unsigned int CSYSTEM_MFD_CLOEXEC = 1;
