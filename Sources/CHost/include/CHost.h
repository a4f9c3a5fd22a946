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

/// Opens a pipe, close-on-exec at both ends. 0, or an errno.
int baji_pipe(int *read_end, int *write_end);

/// The offset of the first `needle` in `bytes`; -1 if there is none.
ptrdiff_t baji_find(const void *bytes, size_t length, const void *needle, size_t needle_length);

/// Makes `to` share the content of `from` (FICLONE). 0, or an errno: most file systems do not offer it.
int baji_clone_file(int from, int to);

/// What a file system offers at `path`. 0, or an errno.
int baji_volume(const char *path, uint64_t *free_bytes, int *forbids_execution);

/// Where `baji_spawn` failed.
enum { BAJI_SPAWN_FORK = 1, BAJI_SPAWN_GROUP, BAJI_SPAWN_DESCRIPTORS, BAJI_SPAWN_DIRECTORY, BAJI_SPAWN_PROGRAM };

struct baji_spawn_request {
  const char *program;
  char *const *arguments;
  char *const *environment;
  /// NULL: ours.
  const char *directory;
  int input, output, error;
  /// A terminal whose foreground group the process becomes; -1 for none.
  int terminal;
};

/// Starts a process in a group of its own: default signals, umask 022, no descriptor but 0, 1 and 2. It dies with the calling *thread*.
/// The process's id, or a negative errno with `stage` set.
int baji_spawn(const struct baji_spawn_request *request, int *process_descriptor, int *stage);

struct baji_ending {
  int exited;
  /// The exit status, or the signal.
  int status;
  /// Seconds.
  double user, system;
  /// Bytes.
  int64_t peak_memory;
};

/// wait4(2); without `wait` it returns at once. 1 if `ending` was filled, 0 if the process runs, or a negative errno.
int baji_reap(int pid, int wait, struct baji_ending *ending);

/// Orphaned descendants become our children. 0, or an errno.
int baji_become_subreaper(void);

/// tcsetpgrp(3) that also works from the background. 0, or an errno.
int baji_give_terminal(int descriptor, int group);

/// From now on the signal's number is written, as one byte, to `descriptor` (one for all signals). 0, or an errno.
int baji_watch_signal(int number, int descriptor);

int baji_ignore_signal(int number);

/// Ends the process as the signal would have.
void baji_die_of(int number);

#endif
