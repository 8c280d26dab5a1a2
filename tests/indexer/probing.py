"""Probes and metrics as those see them who ask over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.indexer.nursery import Running

SECONDS = 30


@dataclass(frozen=True)
class Probed:
    """An indexer that was started with --health."""

    indexer: Running

    @property
    def address(self) -> str:
        return str(self.indexer.wait_for("health")["address"])

    def get(self, path: str) -> tuple[int, str]:
        """Status and body, whatever the status is."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=SECONDS) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def live(self) -> tuple[int, Mapping[str, Any]]:
        status, body = self.get("/livez")
        return status, json.loads(body)

    def ready(self) -> tuple[int, Mapping[str, Any]]:
        status, body = self.get("/readyz")
        return status, json.loads(body)

    def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """Every sample of /metrics by its name and its labels, in the order of their names."""
        status, body = self.get("/metrics")
        assert status == 200, body
        found = {}
        for family in text_string_to_metric_families(body):
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                assert key not in found, f"{key} is there twice"
                found[key] = sample.value
        return found

    def value(self, name: str, **labels: str) -> float | None:
        """Of one of our own metrics, without its prefix; None where it is not there."""
        return self.samples().get((f"freehold_indexer_{name}", tuple(sorted(labels.items()))))
