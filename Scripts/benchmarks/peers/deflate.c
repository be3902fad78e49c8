// Deflate alone: what the compression of these bytes costs and nothing else, on as many threads as the export has.
//
// The files are read into memory before the clock starts. Threads take blocks of 256 KiB with the 32 KiB before each as
// its dictionary, as pigz does, and throw the output away: no checksum, no file, no order.
//
//   deflate LEVEL THREADS FILE…    prints seconds, seconds of CPU, bytes in, bytes out

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { block_size = 256 * 1024, window_size = 32 * 1024, room = block_size + block_size / 8 };

struct file {
  unsigned char *bytes;
  size_t size;
  size_t first_block;
};

static int level;
static struct file *files;
static int file_count;
static size_t block_count;
static atomic_size_t next_block;
static atomic_size_t bytes_out;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct file read_file(const char *path) {
  int descriptor = open(path, O_RDONLY);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) < 0) fail(path);
  struct file file = {malloc(status.st_size + 1), status.st_size, block_count};
  if (!file.bytes) fail(path);
  for (size_t at = 0; at < file.size;) {
    ssize_t count = read(descriptor, file.bytes + at, file.size - at);
    if (count <= 0) fail(path);
    at += count;
  }
  close(descriptor);
  block_count += (file.size + block_size - 1) / block_size;
  return file;
}

static size_t compress_block(z_stream *stream, unsigned char *output, size_t number) {
  struct file *file = files;
  while (file + 1 < files + file_count && (file + 1)->first_block <= number) file++;
  size_t start = (number - file->first_block) * block_size;
  size_t size = file->size - start < block_size ? file->size - start : block_size;
  int last = start + size == file->size;
  deflateReset(stream);
  if (start > 0) deflateSetDictionary(stream, file->bytes + start - window_size, window_size);
  stream->next_in = file->bytes + start;
  stream->avail_in = size;
  stream->next_out = output;
  stream->avail_out = room;
  int result = deflate(stream, last ? Z_FINISH : Z_SYNC_FLUSH);
  if (result != (last ? Z_STREAM_END : Z_OK) || stream->avail_out == 0) {
    fputs("deflate did not take the block\n", stderr);
    exit(1);
  }
  return room - stream->avail_out;
}

static void *work(void *unused) {
  z_stream stream = {0};
  unsigned char *output = malloc(room);
  if (!output || deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) fail("zlib");
  for (;;) {
    size_t number = atomic_fetch_add(&next_block, 1);
    if (number >= block_count) break;
    atomic_fetch_add(&bytes_out, compress_block(&stream, output, number));
  }
  deflateEnd(&stream);
  free(output);
  return unused;
}

static double clock_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double processor_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **arguments) {
  if (count < 4) {
    fputs("usage: deflate LEVEL THREADS FILE...\n", stderr);
    return 64;
  }
  level = atoi(arguments[1]);
  int thread_count = atoi(arguments[2]);
  file_count = count - 3;
  files = calloc(file_count, sizeof *files);
  pthread_t *threads = calloc(thread_count, sizeof *threads);
  if (!files || !threads) fail("memory");
  size_t bytes_in = 0;
  for (int index = 0; index < file_count; index++) {
    files[index] = read_file(arguments[index + 3]);
    bytes_in += files[index].size;
  }
  double clock = clock_seconds(), processor = processor_seconds();
  for (int index = 0; index < thread_count; index++) {
    if (pthread_create(&threads[index], NULL, work, NULL)) fail("thread");
  }
  for (int index = 0; index < thread_count; index++) pthread_join(threads[index], NULL);
  printf("%.6f %.6f %zu %zu\n", clock_seconds() - clock, processor_seconds() - processor, bytes_in, bytes_out);
  return 0;
}
