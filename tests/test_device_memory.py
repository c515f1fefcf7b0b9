"""What is taken for the memory of a machine, and of a container on it."""

import os

import pytest

from seqnets import device_memory

GIB = 2**30


def written(folder, group, limits):
    """Writes the files of control groups; returns where they are."""
    (folder / "cgroup").write_text(group)
    for name, limit in limits.items():
        path = folder / "fs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{limit}\n")
    return folder / "cgroup", folder / "fs"


@pytest.fixture
def machine(monkeypatch):
    """A machine of 16 GiB."""
    values = {"SC_PHYS_PAGES": 16 * GIB // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", values.__getitem__, raising=False)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("group", "limits", "expected"),
    [
        ("", {}, 16 * GIB),
        ("0::/\n", {"memory.max": 2 * GIB}, 2 * GIB),
        ("0::/\n", {"memory.max": "max"}, 16 * GIB),
        ("0::/a/b\n", {"a/memory.max": GIB, "a/b/memory.max": 3 * GIB}, GIB),
        ("0::/a/b\n", {"a/b/memory.max": 64 * GIB}, 16 * GIB),
        # The path outside of the container, whose own group is the root.
        ("0::/../host\n", {"memory.max": 2 * GIB}, 2 * GIB),
        (
            "2:cpu:/c\n4:hugetlb,memory:/c\n0::/\n",
            {"memory/c/memory.limit_in_bytes": 5 * GIB, "c/memory.max": GIB},
            5 * GIB,
        ),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": 2**63 - 4096}, 16 * GIB),
    ],
)
def test_the_least_limit_of_all_groups_counts(group, limits, expected, tmp_path):
    assert device_memory.host(*written(tmp_path, group, limits)) == expected


def test_a_system_that_tells_nothing_has_no_number(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert device_memory.host(tmp_path / "none", tmp_path) is None


def test_a_cpu_has_as_much_as_its_host():
    found = device_memory.total("cpu")
    assert found == device_memory.host()
    assert found is None or found > GIB // 8
