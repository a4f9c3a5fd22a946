// What Glibc's Swift overlay does not import, and what must be one C function (spawning).
#ifndef BAJI_CHOST_H
#define BAJI_CHOST_H
#include <stddef.h>
#include <stdint.h>

/// getrandom(2) until `length` bytes are there. 0, or an errno.
int baji_random(void *bytes, size_t length);

/// Processors in this process's affinity mask; 0 where the kernel does not say.
int baji_processor_count(void);

/// eventfd(2), close-on-exec and non-blocking; -1 where there is none.
int baji_eventfd(void);

/// The terminal's size. 0, or an errno.
int baji_terminal_size(int descriptor, int *columns, int *rows);
/// getdents64(2): `struct linux_dirent64` records into `buffer`. Bytes written, 0 at the end, or a negative errno.
long baji_read_directory(int descriptor, void *buffer, size_t size);
/// `f_type` of statfs(2) for `path`; 0 where it cannot be had.
uint64_t baji_file_system_type(const char *path);

/// syncfs(2) on the file system that holds `path`. 0, or an errno.
int baji_sync_file_system(const char *path);

/// Sets both times of the file at `path` to now, without following a link. 0, or an errno.
int baji_touch(const char *path);

#endif
