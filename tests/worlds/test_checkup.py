"""What `simnet doctor` finds out."""

from __future__ import annotations

import sys

import pytest

from simnet.errors import MissingError
from simnet.worlds.checkup import examine, tried
from simnet.worlds.namespaces import NamespacesRefused
from tests.worlds.conftest import needs_namespaces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="real worlds need Linux")


def _works() -> None: ...


def _refused() -> None:
    raise NamespacesRefused("this machine forbids it (x is 0); allow them: sudo sysctl -w x=1")


def _lacks() -> None:
    raise MissingError("the program nft is needed and not installed")


def _denied() -> None:
    raise PermissionError(13, "Permission denied", "/dev/net/tun")


@pytest.mark.parametrize(
    ("trial", "why_not", "way_out"),
    [
        (_works, "", ""),
        (_refused, "this machine forbids it (x is 0)", "sudo sysctl -w x=1"),
        (_lacks, "the program nft is needed and not installed", "apt install it"),
        (_denied, "/dev/net/tun: Permission denied", "apt install it"),
    ],
)
def test_a_trial_in_a_child(trial: object, why_not: str, way_out: str) -> None:
    assert callable(trial)
    found = tried("thing", "everybody", trial, "apt install it")
    assert (found.works, found.why_not, found.way_out) == (not why_not, why_not, way_out)


@needs_namespaces
def test_where_namespaces_work_capture_does_too() -> None:
    works = {finding.name: finding.works for finding in examine()}
    assert works["namespaces"] and works["capture"] and works["cables"]


def test_whatever_does_not_work_says_why() -> None:
    assert all(finding.works or finding.why_not for finding in examine())
