// The least any program could do to know a tree: two threads walk it and lstat every name; with `read`, they also read and hash
// every regular file. Prints how many files and bytes it saw, so that a caller can tell that it saw the whole tree.
//
//   floor stat|read DIRECTORY
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { THREADS = 2, BUFFER = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char **queue;
static size_t queued, capacity;
static int busy;
static int reads_files;
static unsigned long long files, bytes;
static XXH64_hash_t folded;

static void fail(const char *what, const char *path) {
  fprintf(stderr, "floor: %s %s: %s\n", what, path, strerror(errno));
  exit(1);
}

static void push(char *directory) {
  pthread_mutex_lock(&lock);
  if (queued == capacity) {
    capacity = capacity ? 2 * capacity : 1024;
    queue = realloc(queue, capacity * sizeof *queue);
    if (!queue) fail("grow", directory);
  }
  queue[queued++] = directory;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

// What Baji's defaults prune: folders whose name begins with a dot, and `dist` at the root.
static int is_pruned(const char *name, int at_root) { return name[0] == '.' || (at_root && strcmp(name, "dist") == 0); }

static void *work(void *unused) {
  (void)unused;
  unsigned long long my_files = 0, my_bytes = 0;
  XXH64_hash_t my_hash = 0;
  char *buffer = malloc(BUFFER);
  for (;;) {
    pthread_mutex_lock(&lock);
    while (queued == 0 && busy > 0) pthread_cond_wait(&changed, &lock);
    if (queued == 0) {
      files += my_files;
      bytes += my_bytes;
      folded ^= my_hash;
      pthread_cond_broadcast(&changed);
      pthread_mutex_unlock(&lock);
      free(buffer);
      return NULL;
    }
    char *directory = queue[--queued];
    busy++;
    pthread_mutex_unlock(&lock);

    DIR *stream = opendir(directory);
    if (!stream) fail("open", directory);
    int at_root = strcmp(directory, ".") == 0;
    struct dirent *entry;
    while ((entry = readdir(stream))) {
      if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
      struct stat info;
      if (fstatat(dirfd(stream), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) fail("stat", entry->d_name);
      if (S_ISDIR(info.st_mode)) {
        char *path;
        if (is_pruned(entry->d_name, at_root)) continue;
        if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0) fail("name", entry->d_name);
        push(path);
        continue;
      }
      my_files++;
      if (!reads_files || !S_ISREG(info.st_mode)) continue;
      int file = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC);
      if (file < 0) fail("open", entry->d_name);
      ssize_t count;
      while ((count = read(file, buffer, BUFFER)) > 0) {
        my_hash ^= XXH3_64bits(buffer, (size_t)count);
        my_bytes += (unsigned long long)count;
        if (count < BUFFER) break;
      }
      close(file);
    }
    closedir(stream);
    if (!at_root) free(directory);

    pthread_mutex_lock(&lock);
    busy--;
    if (busy == 0 && queued == 0) pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
}

int main(int count, char **arguments) {
  if (count != 3 || chdir(arguments[2]) != 0) {
    fprintf(stderr, "usage: floor stat|read DIRECTORY\n");
    return 2;
  }
  reads_files = strcmp(arguments[1], "read") == 0;
  push(".");
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("%llu files %llu bytes %016llx\n", files, bytes, (unsigned long long)folded);
  return 0;
}
