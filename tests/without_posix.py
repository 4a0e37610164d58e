"""Run connector-host with the modules and functions hidden that Windows lacks: `python tests/without_posix.py sync fake`."""

import fcntl
import os
import select
import signal
import subprocess  # it uses some of them itself, as that of Windows does not
import sys
import types

MODULES = {"fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "syslog", "readline"}
FUNCTIONS = [
    "O_CLOEXEC",
    "O_DIRECTORY",
    "O_NOFOLLOW",
    "O_NONBLOCK",
    "O_NOCTTY",
    "O_SYNC",
    "O_DSYNC",
    "chown",
    "chroot",
    "fchdir",
    "fchmod",
    "fchown",
    "fdatasync",
    "fork",
    "forkpty",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getloadavg",
    "getpgid",
    "getpgrp",
    "getpriority",
    "getresuid",
    "getsid",
    "getuid",
    "initgroups",
    "killpg",
    "lchown",
    "lockf",
    "mkfifo",
    "mknod",
    "nice",
    "openpty",
    "posix_fadvise",
    "posix_fallocate",
    "pread",
    "preadv",
    "pwrite",
    "pwritev",
    "sendfile",
    "setegid",
    "seteuid",
    "setgid",
    "setgroups",
    "setpgid",
    "setsid",
    "setuid",
    "statvfs",
    "fstatvfs",
    "sync",
    "sysconf",
    "tcgetpgrp",
    "ttyname",
    "uname",
    "wait",
    "wait3",
    "wait4",
    "register_at_fork",
]
SIGNALS = [
    "SIGHUP",
    "SIGKILL",
    "SIGQUIT",
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGWINCH",
    "alarm",
    "pause",
    "pthread_kill",
    "pthread_sigmask",
    "setitimer",
    "siginterrupt",
    "sigwait",
]


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class FileLock:
    """As filelock's on Windows, of which Linux has none: it opens the file and locks that."""

    def __init__(self, path):
        self.path, self.file, self.flock, self.exclusive = path, None, fcntl.flock, fcntl.LOCK_EX

    def acquire(self, timeout):
        file = open(self.path, "a")  # noqa: SIM115
        try:
            self.flock(file, self.exclusive | (0 if timeout < 0 else 4))
        except BlockingIOError:
            raise filelock.Timeout from None
        self.file = file

    def release(self, force):
        if self.file:
            self.file.close()


filelock = sys.modules["filelock"] = types.ModuleType("filelock")
filelock.FileLock, filelock.Timeout = FileLock, type("Timeout", (Exception,), {})

for name in MODULES:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Finder())
for owner, names in ((os, FUNCTIONS), (signal, SIGNALS), (select, ["poll", "epoll", "kqueue"])):
    for name in names:
        if hasattr(owner, name):
            delattr(owner, name)

# as TerminateProcess does on Windows; that of Linux looks SIGKILL up
subprocess.Popen.kill = lambda process: os.kill(process.pid, 9)

if __name__ == "__main__":
    from connector_host.cli.main import main

    sys.exit(main())
