#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "CHost.h"

int baji_random(void *bytes, size_t length) {
  unsigned char *next = bytes;
  while (length > 0) {
    ssize_t got = getrandom(next, length, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    next += got;
    length -= (size_t)got;
  }
  return 0;
}

int baji_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  return CPU_COUNT(&set);
}

int baji_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int baji_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return errno;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

uint64_t baji_file_system_type(const char *path) {
  struct statfs found;
  return statfs(path, &found) == 0 ? (uint32_t)found.f_type : 0;
}

int baji_sync_file_system(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int failure = syncfs(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return failure;
}

int baji_touch(const char *path) { return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno; }

int baji_pipe(int *read_end, int *write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

ptrdiff_t baji_find(const void *bytes, size_t length, const void *needle, size_t needle_length) {
  const char *found = memmem(bytes, length, needle, needle_length);
  return found ? found - (const char *)bytes : -1;
}

int baji_clone_file(int from, int to) { return ioctl(to, FICLONE, from) == 0 ? 0 : errno; }

int baji_volume(const char *path, uint64_t *free_bytes, int *forbids_execution) {
  struct statvfs offered;
  if (statvfs(path, &offered) != 0) return errno;
  *free_bytes = (uint64_t)offered.f_bavail * offered.f_frsize;
  *forbids_execution = (offered.f_flag & ST_NOEXEC) != 0;
  return 0;
}
