// Reading a folder in bulk: the raw system call, since readdir(3) copies and locks per entry.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CHost.h"

long baji_read_directory(int descriptor, void *buffer, size_t size) {
  long got = syscall(SYS_getdents64, descriptor, buffer, size);
  return got < 0 ? -(long)errno : got;
}
