"""Killed at random moments: a run, a destruction, locking and the making of a project are whole afterwards.

Few moments here; `python -m benchmarks.killing 60` takes as many as one likes.
"""

import os
import random
from pathlib import Path

import pytest

from tests.handover.test_envelope import made as certificate_of
from tests.trust.killing import (
    encrypted,
    kill_destructions,
    kill_encrypted_runs,
    kill_keys,
    kill_locks,
    kill_makings,
    kill_recipients,
    kill_runs,
    kill_words,
)
from tests.trust.kit import copy_of
from tests.trust.test_destroy import SCHOOL, personal

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed without cleanup")


def test_a_run_killed_at_random_moments_is_the_run_that_was_not(region: Path, tmp_path: Path) -> None:
    kill_runs(region, tmp_path, 2, random.Random("run"))


def test_a_destruction_killed_at_random_moments_is_complete(region: Path, tmp_path: Path) -> None:
    kill_destructions(region, tmp_path, personal(region, SCHOOL), 3, random.Random("destruction"))


def test_locking_and_unlocking_killed_at_random_moments_lose_nothing(region: Path, tmp_path: Path) -> None:
    kill_locks(region, tmp_path, 3, random.Random("lock"))


def test_encrypting_and_other_keys_killed_at_random_moments_lose_nothing(region: Path, tmp_path: Path) -> None:
    kill_keys(region, tmp_path, 3, random.Random("keys"))


def test_changing_the_passphrase_killed_at_random_moments_leaves_one_that_opens(region: Path, tmp_path: Path) -> None:
    sealed = encrypted(copy_of(region, tmp_path / "sealed"))
    kill_words(sealed, tmp_path, 4, random.Random("words"))


def test_an_outbox_for_another_reader_killed_at_random_moments_is_whole(region: Path, tmp_path: Path) -> None:
    certificate_of(tmp_path, "reader")
    kill_recipients(region, tmp_path, tmp_path / "reader.pem", 3, random.Random("recipient"))


def test_a_run_in_an_encrypted_project_killed_at_random_moments_is_whole(region: Path, tmp_path: Path) -> None:
    kill_encrypted_runs(region, tmp_path, 2, random.Random("encrypted"))


def test_a_project_whose_making_was_killed_has_every_file_whole(tmp_path: Path) -> None:
    kill_makings(tmp_path, 20, random.Random("init"))
