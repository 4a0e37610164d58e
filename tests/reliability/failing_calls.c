/* A shim that is loaded before the C library: it counts the calls that change files, and fails a chosen one.
 *
 * fail_call(KIND, NUMBER, ERROR, LASTING): the NUMBERth call of KIND from now on fails with ERROR; if LASTING, so do all
 * later ones. kill_at_call(NUMBER): the process is killed before its NUMBERth call of any kind. Only calls on regular files count, and of `close` only those of files that were open for writing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, SYNC, RENAME, CLOSE, TRUNCATE, CREATE, KINDS };
static int kind_to_fail = -1, error_to_set, lasting;
static long number_to_fail, counts[KINDS];

void fail_call(int kind, long number, int error, int for_all) {
    kind_to_fail = kind; number_to_fail = number; error_to_set = error; lasting = for_all;
    for (int n = 0; n < KINDS; n++) counts[n] = 0;
}
static long all_calls, kill_at;
void kill_at_call(long number) { all_calls = 0; kill_at = number; }
long counted_calls_of_all_kinds(void) { return all_calls; }
long counted_calls(int kind) { return counts[kind]; }

static int fails(int kind) {
    if (__sync_add_and_fetch(&all_calls, 1) == kill_at) kill(getpid(), SIGKILL);
    long number = __sync_add_and_fetch(&counts[kind], 1);
    if (kind != kind_to_fail || number < number_to_fail || (number > number_to_fail && !lasting)) return 0;
    errno = error_to_set;
    return 1;
}
static int regular(int fd) { struct stat s; return fstat(fd, &s) == 0 && S_ISREG(s.st_mode); }
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return regular(fd) && fails(WRITE) ? -1 : real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return regular(fd) && fails(WRITE) ? -1 : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return regular(fd) && fails(WRITE) ? -1 : real(fd, data, size, at);
}
int fsync(int fd) { REAL(int, "fsync", int); return fails(SYNC) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); return fails(SYNC) ? -1 : real(fd); }
int ftruncate(int fd, off_t size) { REAL(int, "ftruncate", int, off_t); return fails(TRUNCATE) ? -1 : real(fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(int, "ftruncate64", int, off64_t); return fails(TRUNCATE) ? -1 : real(fd, size); }
int rename(const char *a, const char *b) { REAL(int, "rename", const char *, const char *); return fails(RENAME) ? -1 : real(a, b); }
int renameat(int f, const char *a, int g, const char *b) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails(RENAME) ? -1 : real(f, a, g, b);
}
int link(const char *a, const char *b) { REAL(int, "link", const char *, const char *); return fails(RENAME) ? -1 : real(a, b); }
int mkdir(const char *path, mode_t mode) { REAL(int, "mkdir", const char *, mode_t); return fails(CREATE) ? -1 : real(path, mode); }

static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    return (flags & O_CREAT) && fails(CREATE) ? -1 : real(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...); if (!real) real = dlsym(RTLD_NEXT, "open");
    va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list);
    return opened(real, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...); if (!real) real = dlsym(RTLD_NEXT, "open64");
    va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list);
    return opened(real, path, flags, mode);
}
int close(int fd) {
    REAL(int, "close", int);
    int flags = fcntl(fd, F_GETFL), counts_here = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && regular(fd);
    int result = real(fd);
    return counts_here && fails(CLOSE) ? -1 : result;
}
