"""The one template of Neo4j's settings: the local server's file and docker-compose's environment.

Neo4j Community has no roles, so what a reader must not do is closed here, at the server: LOAD CSV reads no
file of the machine and no address, nothing listens beyond the loopback, a statement has a time and a memory
limit, no usage report leaves. Each closed door is a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ServerError

SMALLEST_MB = 768

CLOSED_DOORS = {
    "dbms.security.auth_enabled": "true",
    "dbms.security.allow_csv_import_from_file_urls": "false",
    "server.directories.import": "import",
    "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
    "dbms.security.procedures.allowlist": "db.*,dbms.components",
    "dbms.security.procedures.unrestricted": "",
    "dbms.usage_report.enabled": "false",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
}


@dataclass(frozen=True)
class Memory:
    """How much the server may take, in MB: Java heap and page cache."""

    heap_mb: int
    page_cache_mb: int


def memory_for(total_mb: int, available_mb: int) -> Memory:
    """A share of the machine: an eighth each for heap and page cache, within sensible ends."""
    if available_mb < SMALLEST_MB:
        raise ServerError(
            f"{available_mb} MB of memory are free, the local Neo4j needs at least {SMALLEST_MB} MB",
            hint="Close other programs, or use a Neo4j on another machine (--db bolt://…).",
        )
    share = min(total_mb // 8, available_mb // 2)
    return Memory(heap_mb=max(384, min(share, 8192)), page_cache_mb=max(64, min(share, 16384)))


def machine_memory() -> tuple[int, int]:
    """Total and available memory in MB, seen through the container's limit where there is one."""
    import psutil

    machine = psutil.virtual_memory()
    total, available = int(machine.total), int(machine.available)
    for limit_file, used_file in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            limit = int(Path(limit_file).read_text())
            used = int(Path(used_file).read_text())
        except (OSError, ValueError):
            continue
        if limit < total:
            total, available = limit, min(available, max(0, limit - used))
    return total >> 20, available >> 20


def settings_for(
    *,
    version: str,
    memory: Memory,
    port: int = 7687,
    listen: str = "127.0.0.1",
    transaction_timeout: str = "60s",
) -> dict[str, str]:
    """Every setting the server runs with. `listen` differs only inside a container."""
    quiet = "internal.dbms.bolt.netty_server_shutdown_quiet_period"
    # Without these a stop waits ten seconds for connections that cannot come any more.
    quick_stop = {quiet: "0"} if version.startswith("5.") else {f"{quiet}_duration": "0s"}
    return (
        CLOSED_DOORS
        | quick_stop
        | {
            "server.default_listen_address": listen,
            "server.bolt.enabled": "true",
            "server.bolt.listen_address": f"{listen}:{port}",
            "server.bolt.advertised_address": f"localhost:{port}",
            "server.bolt.tls_level": "DISABLED",
            "server.memory.heap.initial_size": f"{min(256, memory.heap_mb)}m",
            "server.memory.heap.max_size": f"{memory.heap_mb}m",
            "server.memory.pagecache.size": f"{memory.page_cache_mb}m",
            "db.memory.transaction.max": f"{memory.heap_mb // 2}m",
            "dbms.memory.transaction.total.max": f"{memory.heap_mb * 7 // 10}m",
            "db.transaction.timeout": transaction_timeout,
            "db.tx_log.rotation.retention_policy": "1 files",
        }
    )


def settings_text(settings: dict[str, str]) -> str:
    """The settings as neo4j.conf."""
    lines = [f"{name}={value}" for name, value in sorted(settings.items())]
    return "# Written by the workbench at every start; changes here are lost.\n" + "\n".join(lines) + "\n"


def docker_environment(settings: dict[str, str]) -> dict[str, str]:
    """The same settings as the environment variables of Neo4j's container image."""
    return {
        "NEO4J_" + name.replace("_", "__").replace(".", "_"): value for name, value in sorted(settings.items()) if value
    }
