"""The fuzz of all commands: `python tests/fuzz/campaign.py`, or `tox -e fuzz`.

Every attempt mutates one file and runs one command line on it, in a worker process that survives: a few milliseconds
each. FUZZ_CASES (100,000) attempts are distributed over the command lines, fewer to those that ask an engine; FUZZ_SEED (1) chooses
others, FUZZ_WORKERS (2) run at once. A faulty attempt is printed, and its file is written to build/fuzz. The exit code is 1 after a fault.

A worker that hangs for 60 s or dies is replaced; its attempt is a fault.
"""

import contextlib
import faulthandler
import json
import os
import resource
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

CASES = int(os.environ.get("FUZZ_CASES", "100000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
WORKERS = int(os.environ.get("FUZZ_WORKERS", "2"))
FAULTS = Path(os.environ.get("FUZZ_FAULTS", "build/fuzz"))
HANG = 60  # seconds without a result
MEMORY = 4 << 30  # bytes of data; V8, which draws the charts of `lake report`, reserves more address space
OURS = ("BATON_", "CONNECTOR_HOST_", "OP_")


# ----------------------------------------------------------------------------------------------- a worker


def work(first, step, report, log):
    """Run the attempts `first`, `first + step`, ...; write a line before and after each."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        os.environ.update(TMPDIR=str(folder / "scratch"), BATON_TMPDIR=str(folder / "scratch"), COLUMNS="80")
        os.chdir(folder)
        from attempts import Attempt, run_attempt
        from command_lines import weighted_lines
        from fuzz_files import make_files

        files, lines = make_files(folder), weighted_lines()
        tempfile.tempdir = None
        for case in range(first, CASES, step):
            line = lines[case % len(lines)]
            print(json.dumps({"case": case}), file=report, flush=True)
            faulthandler.dump_traceback_later(HANG - 5, file=log)
            try:
                attempt = run_attempt(files, line, f"{SEED}/{case}")
            except Exception:  # a fault of the fuzz itself is reported as one
                attempt = Attempt(-1, traceback.format_exc(), "the fuzz failed")
            if attempt.fault:
                keep_fault(folder, case, line)
            result = {"case": case, "code": attempt.code, "fault": attempt.fault, "errors": attempt.errors[-2_000:]}
            print(json.dumps({**result, "command": line.command, "file": line.mutated}), file=report, flush=True)


def keep_fault(folder, case, line):
    for path in (folder / "read").iterdir():
        if path.name.startswith(("mutated.", "campaign")):
            target = FAULTS / f"{case}-{path.name}"
            target.write_bytes(path.read_bytes())
            (FAULTS / f"{case}.txt").write_text(" ".join(line.words) + "\n")


# ----------------------------------------------------------------------------------------------- all workers


class Worker:
    """A process that runs every WORKERS-th attempt, and the number of its present one."""

    def __init__(self, first):
        self.case, self.seen = first, time.monotonic()
        ours, theirs = os.pipe()
        environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        with (FAULTS / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(first), str(theirs)],
                pass_fds=(theirs,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environ,
            )
        os.close(theirs)
        self.report = os.fdopen(ours, "rb")

    def end(self):
        """Kill the process; return how it ended."""
        hangs = time.monotonic() - self.seen > HANG
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0 if hangs else 5)
        self.process.kill()
        code = self.process.wait()
        self.report.close()
        return "hangs" if hangs else f"the process ended with {code}"


class Campaign:
    """All attempts: their results by command, file and exit code, and the faults."""

    def __init__(self):
        self.results, self.faults = Counter(), []
        self._started = time.monotonic()
        self._selector = selectors.DefaultSelector()

    def start(self, first):
        if first < CASES:
            worker = Worker(first)
            self._selector.register(worker.report, selectors.EVENT_READ, worker)

    def run(self):
        for first in range(WORKERS):
            self.start(first)
        while self._selector.get_map():
            ready = {key.data for key, _ in self._selector.select(1)}
            for key in list(self._selector.get_map().values()):
                worker = key.data
                if worker in ready:
                    self._take(worker)
                elif time.monotonic() - worker.seen > HANG:
                    self._replace(worker)

    def _take(self, worker):
        line = worker.report.readline()
        if not line:
            self._replace(worker)
            return
        worker.seen, result = time.monotonic(), json.loads(line)
        worker.case = result["case"]
        if "code" in result:
            self.results[result["command"], result["file"], result["code"]] += 1
            if result["fault"]:
                self._report(result)
            done = self.results.total()
            if done % 1_000 == 0:
                (FAULTS / "result.md").write_text(f"{self.table()}\n\n{self.summary()}\n")
            if done % 5_000 == 0:
                print(f"{done:,} of {CASES:,}; faults: {len(self.faults)}", file=sys.stderr)

    def _replace(self, worker):
        self._selector.unregister(worker.report)
        fault = worker.end()
        if worker.process.returncode == 0:
            return
        self._report({"case": worker.case, "fault": fault, "command": "", "file": "", "errors": ""})
        self.start(worker.case + WORKERS)

    def _report(self, result):
        self.faults.append(result)
        print(
            f"fault {result['case']}: {result['command']} ({result['file']}): {result['fault']}\n{result['errors']}",
            file=sys.stderr,
            flush=True,
        )

    def table(self):
        """Return the results as a table in Markdown."""
        lines = ["| command | attempts | exit 0 | exit 2 | others |", "| --- | --- | --- | --- | --- |"]
        for command in sorted({command for command, _, _ in self.results}):
            codes = Counter()
            for (name, _, code), number in self.results.items():
                codes[code] += number if name == command else 0
            others = ", ".join(
                f"exit {code}: {codes[code]:,}" for code in sorted(codes) if code not in (0, 2) and codes[code]
            )
            lines.append(f"| `{command}` | {codes.total():,} | {codes[0]:,} | {codes[2]:,} | {others} |")
        return "\n".join(lines)

    def summary(self):
        """Return the numbers of attempts and faults."""
        kinds = Counter()
        for (_, kind, _), number in self.results.items():
            kinds[kind] += number
        seconds = time.monotonic() - self._started
        return (
            f"{self.results.total():,} attempts in {seconds:.0f} s, seed {SEED}\n"
            f"Mutated: {', '.join(f'{kind} {number:,}' for kind, number in sorted(kinds.items()))}\n"
            f"Faults: {len(self.faults)}"
        )


def main():
    FAULTS.mkdir(parents=True, exist_ok=True)
    campaign = Campaign()
    with contextlib.suppress(KeyboardInterrupt):
        campaign.run()
    print(f"{campaign.table()}\n\n{campaign.summary()}")
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    FAULTS = FAULTS.resolve()
    if len(sys.argv) == 3:
        work(int(sys.argv[1]), WORKERS, os.fdopen(int(sys.argv[2]), "w"), os.fdopen(os.dup(2), "w"))
    else:
        sys.exit(main())
