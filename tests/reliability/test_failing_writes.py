"""A disk that is full or read-only, wherever it strikes: one clear error, and the next run goes on."""

import resource
import subprocess

import pytest

SIZES = (0, 4_000, 160_000, 550_000)


def check_error(done):
    assert done.returncode == 2, done.stderr
    *_, error, hint = done.stderr.strip().splitlines()
    assert error.startswith("Error: ")
    assert " cannot be " in error or "is not writable" in error
    assert "Traceback" not in done.stderr
    assert "--fresh" not in hint  # would lose what is stored
    return error


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_may_not_grow_is_one_clear_error_and_the_next_run_goes_on(place, whole, read_rows, size):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    place.output.write_bytes(whole.packed)
    first = place.sync(calls=False, preexec_fn=limit)
    if first.returncode:
        check_error(first)
        assert place.output.read_bytes() == whole.packed
    again = place.sync(calls=False, preexec_fn=limit)  # what is there is met again
    if again.returncode:
        check_error(again)
    last = place.sync()
    assert last.returncode == 0, last.stderr
    assert place.left() == ["sync.c1z"]
    assert all(found == whole.rows for found in read_rows(place.output, place.folder))


def test_the_sizes_above_fail_in_several_steps(place):
    errors = set()
    for size in SIZES:
        done = place.sync(
            calls=False, preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        )
        if done.returncode:
            errors.add(check_error(done).partition(str(place.output.parent))[0])
    assert len(errors) >= 2, errors


# What follows needs a file system of its own, which an unprivileged user may have where user namespaces are allowed.


@pytest.fixture
def mounted():
    """Run a shell script with a small file system at $PLACE that is gone afterwards."""
    tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], check=False, capture_output=True)
    if tried.returncode:
        pytest.skip("this system lets nobody mount in a namespace")

    def words(before, after="true"):
        script = f'place=$1; shift; {before}; "$@"; code=$?; {after}; exit $code'
        return ("unshare", "-rm", "sh", "-c", script, "sh")

    return words


def kept(place):
    """Shell words that mount a small disk over the place with what was there, and bring back what is there after."""
    folder, copy = place.output.parent, place.folder / "copy"
    load = f"cp -a {folder} {copy} && mount -t tmpfs -o size=SIZE none {folder} && cp -a {copy}/. {folder}/"
    save = f"rm -rf {copy}; cp -a {folder} {copy}; umount {folder}; cp -a {copy}/. {folder}/; rm -rf {copy}"
    return load, save


@pytest.mark.parametrize("size", ["48k", "420k", "600k", "800k", "1000k"])
def test_a_full_disk_is_one_clear_error_and_the_next_run_goes_on(place, whole, read_rows, mounted, size):
    load, save = kept(place)
    done = place.sync(before=(*mounted(load.replace("SIZE", size), save), str(place.output.parent)))
    check_error(done)
    assert not place.output.exists()
    last = place.sync()
    assert last.returncode == 0, last.stderr
    assert "resumed from a checkpoint" in last.stderr or size in {
        "48k",
        "420k",
        "600k",
    }  # where not even the beginning fits
    assert place.left() == ["sync.c1z"]
    assert read_rows(place.output, place.folder) == [whole.rows]


def test_a_read_only_disk_is_one_clear_error_and_the_next_run_goes_on(place, whole, read_rows, mounted):
    assert place.sync(kill_at="list_grants 4 0").returncode < 0
    load, save = kept(place)
    load = f"{load} && mount -o remount,ro {place.output.parent}".replace("SIZE", "4m")
    before = place.left()
    done = place.sync(before=(*mounted(load, save), str(place.output.parent)))
    assert "is not writable" in check_error(done)
    assert place.left() == before
    last = place.sync()
    assert last.returncode == 0, last.stderr
    assert "resumed from a checkpoint" in last.stderr
    assert read_rows(place.output, place.folder) == [whole.rows]
