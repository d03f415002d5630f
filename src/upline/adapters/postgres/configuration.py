"""Settings of the embedded server: safe, for one machine that runs other things too."""

import os
from collections.abc import Iterator
from pathlib import Path

MEGABYTE = 1 << 20


def settings(socket: Path, port: str, *, fast: bool) -> Iterator[tuple[str, str]]:
    """Name and value of every setting that differs from PostgreSQL's default."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    yield "listen_addresses", ""
    yield "unix_socket_directories", f'"{socket}"'
    yield "unix_socket_permissions", "0700"
    yield "port", port
    yield "max_connections", "200"
    # A run has a partition in four tables, and a statement may lock the partitions of many runs.
    yield "max_locks_per_transaction", "512"
    yield "shared_buffers", f"{min(512, max(64, memory // 16))}MB"
    yield "effective_cache_size", f"{memory // 2}MB"
    yield "work_mem", "32MB"
    yield "maintenance_work_mem", f"{min(256, max(64, memory // 16))}MB"
    # A run builds indexes over two connections; helpers sort through files, and pay only where
    # there are processors left for them.
    helpers = (os.cpu_count() or 1) // 2 - 1
    yield "max_parallel_maintenance_workers", str(min(2, max(0, helpers)))
    yield "random_page_cost", "1.1"
    yield "jit", "off"
    yield "timezone", "UTC"
    yield "log_timezone", "UTC"
    yield "log_checkpoints", "off"
    # Nobody replicates from here; minimal lets COPY into a partition made in the same transaction
    # skip the log altogether.
    yield "wal_level", "minimal"
    yield "max_wal_senders", "0"
    yield "max_wal_size", "4GB"
    yield "checkpoint_timeout", "15min"
    if _shared_memory() < 1024 * MEGABYTE:  # containers: 64 MB, too little for parallel joins
        yield "dynamic_shared_memory_type", "mmap"
    if fast:
        yield "fsync", "off"
        yield "synchronous_commit", "off"
        yield "full_page_writes", "off"
        yield "autovacuum", "off"


def _shared_memory() -> int:
    try:
        size = os.statvfs("/dev/shm")  # noqa: S108 - only measured
    except OSError:
        return 0
    return size.f_blocks * size.f_frsize
