"""A real Apache Kafka from jars, one node or several, without a container engine; ends when the tests end."""

import hashlib
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from streams.run.supervisor import die_with_parent

ROOT = Path(__file__).parents[2]
POM = ROOT / "docker" / "kafka" / "pom.xml"
CACHE = ROOT / ".kafka"
CLUSTER_ID = "TouchlineTests00000000"  # 22 characters: 16 bytes in base64


class ApacheKafka:
    """`nodes` combined brokers and controllers on free ports of 127.0.0.1, their files under `home`.

    Replication and min.insync.replicas follow the number of nodes. Only processes started here are ever signalled.
    """

    def __init__(self, home: Path, nodes: int = 1, heap: str = "512m", advertised: int | None = None) -> None:
        """`advertised`: where clients shall find the only node instead, if something stands in front of it."""
        self.home, self.nodes, self.heap, self.advertised = home, nodes, heap, advertised
        numbers = range(1, nodes + 1)
        ports = free_ports(2 * nodes)
        self.ports = dict(zip(numbers, ports[:nodes], strict=True))
        self._controllers = dict(zip(numbers, ports[nodes:], strict=True))
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def servers(self) -> str:
        if self.advertised is not None:
            return f"127.0.0.1:{self.advertised}"
        return ",".join(f"127.0.0.1:{port}" for port in self.ports.values())

    def start(self) -> None:
        """Format, start and wait for every node. Raises RuntimeError with the end of the log of one that fails."""
        libraries = jars()
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "log4j2.properties").write_text(LOG4J)
        for node in self.ports:
            (self.home / f"server-{node}.properties").write_text(self._properties(node))
            tool = [
                "kafka.tools.StorageTool",
                "format",
                "-t",
                CLUSTER_ID,
                "-c",
                f"{self.home}/server-{node}.properties",
            ]
            subprocess.run(self._java("256m", libraries, *tool), check=True, capture_output=True)
        for node in self.ports:
            self.start_node(node, wait=False)
        for node in self.ports:
            self._await_ready(node, 0)

    def start_node(self, node: int, *, wait: bool = True) -> None:
        """Also after `kill_node`, on what it has on disk."""
        log = self.home / f"node-{node}.log"
        since = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._processes[node] = subprocess.Popen(
                self._java(self.heap, jars(), "kafka.Kafka", f"{self.home}/server-{node}.properties"),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent,  # tests that are killed leave no broker behind
            )
        if wait:
            self._await_ready(node, since)

    def stop_node(self, node: int) -> None:
        """A clean stop of one node."""
        self._processes[node].terminate()
        self._processes[node].wait(30)

    def kill_node(self, node: int) -> None:
        """A hard crash."""
        self._processes[node].kill()
        self._processes[node].wait()

    def pid(self, node: int) -> int:
        return self._processes[node].pid

    def stop(self) -> None:
        """All nodes at once: the last of a quorum could not finish a controlled shutdown alone."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 15
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _await_ready(self, node: int, since: int, patience_seconds: float = 90.0) -> None:
        log, process = self.home / f"node-{node}.log", self._processes[node]
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline and process.poll() is None:
            if b"Kafka Server started" in log.read_bytes()[since:]:
                socket.create_connection(("127.0.0.1", self.ports[node]), 2).close()
                return
            time.sleep(0.05)
        words = log.read_text(errors="replace").splitlines()[-5:]
        raise RuntimeError(f"Kafka node {node} did not start: " + " | ".join(words))

    def _java(self, heap: str, libraries: Path, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self.home}/log4j2.properties"
        return ["java", f"-Xmx{heap}", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", logging,
                "-cp", f"{libraries}/*", *arguments]  # fmt: skip

    def _properties(self, node: int) -> str:
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in self._controllers.items())
        replicas = min(self.nodes, 3)
        address = f"PLAINTEXT://127.0.0.1:{self.ports[node]}"
        return PROPERTIES.format(
            node=node,
            voters=voters,
            address=address,
            advertised=address if self.advertised is None else f"PLAINTEXT://127.0.0.1:{self.advertised}",
            controller=f"CONTROLLER://127.0.0.1:{self._controllers[node]}",
            logs=self.home / f"data-{node}",
            replicas=replicas,
            in_sync=max(1, replicas - 1),
        )


LOG4J = """rootLogger.level=INFO
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=[%d] %p %m (%c)%n
"""

PROPERTIES = """process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners={address},{controller}
advertised.listeners={advertised}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={logs}
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
# tests do not wait for a group to gather
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# what a site does in minutes and hours, tests see at once
log.cleaner.backoff.ms=100
log.retention.check.interval.ms=300
log.initial.task.delay.ms=100
"""


def jars() -> Path:
    """The folder with the broker's jars, fetched by Maven once for each version of the pom."""
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"libs-{digest}"
    if not folder.exists():
        unfinished = CACHE / f"libs-{digest}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={unfinished}"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        unfinished.rename(folder)
    return folder


def missing() -> str | None:
    """What this machine lacks to run Apache Kafka, None if nothing."""
    for tool, version in (("java", "-version"), ("mvn", "--version")):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
        if subprocess.run([tool, version], capture_output=True, check=False).returncode:
            return f"{tool} does not run"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    major = said.partition('"')[2].partition(".")[0]
    return None if major.isdigit() and int(major) >= 17 else f"Java 17 is needed, this is {major or 'unknown'}"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; all are held until all are chosen, so they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
