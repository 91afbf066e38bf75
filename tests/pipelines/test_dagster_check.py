"""A check date run by Dagster for real: the same bytes as the command line, all or nothing, and nobody in the log."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from dagster import (
    AssetKey,
    AssetSelection,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    ExecuteInProcessResult,
    define_asset_job,
)

from assets import reconciliation
from assets.home import Home
from assets.lake import read_table
from data_contracts import feed_contracts
from pipelines import stages as stages_module
from pipelines.check import run_check
from pipelines.definitions import definitions
from pipelines.lock import locked
from pipelines.orchestration import check as dagster_check
from pipelines.orchestration.catalogue import RECONCILED, check_date_specs, feed_key
from pipelines.orchestration.check import HomeResource
from pipelines.orchestration.tidy import give_up_lost_runs
from sample.generate import generate
from tests.identity_numbers import identity_numbers

AS_OF = "2026-11-20"
CHECKED = "check_date"


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small landing folder of every feed; copied, never changed."""
    out = tmp_path_factory.mktemp("sample") / "landing"
    generate(out, 300, 7, form="csv", as_of=dt.date.fromisoformat(AS_OF))
    return out


@pytest.fixture
def home(landing: Path, tmp_path: Path) -> Home:
    shutil.copytree(landing, tmp_path / "home" / "landing")
    return Home(tmp_path / "home")


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@dataclass(frozen=True)
class Done:
    """One whole run, expectations included, with its instance on disk as in production."""

    home: Home
    instance: DagsterInstance
    result: ExecuteInProcessResult


@pytest.fixture(scope="module")
def done(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    home = Home(tmp_path_factory.mktemp("done"))
    shutil.copytree(landing, home.landing)
    home.dagster.mkdir()
    shipped = Path(__file__).resolve().parents[2] / "dagster.yaml"
    shutil.copy(shipped, home.dagster)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        yield Done(home, instance, execute(home, instance, op=None))


def execute(
    home: Home,
    instance: DagsterInstance,
    as_of: str = AS_OF,
    *,
    op: str | None = CHECKED,
    **config: bool,
) -> ExecuteInProcessResult:
    """One run of the job; `op` leaves out the expectations, which take seconds to import."""
    job = definitions.resolve_job_def("silent_check")
    return job.execute_in_process(
        partition_key=as_of,
        instance=instance,
        resources={"home": HomeResource(root=str(home.root), settle_seconds=0)},
        run_config={"ops": {CHECKED: {"config": config}}} if config else None,
        op_selection=[op] if op else None,
        raise_on_error=False,
    )


def failure(result: ExecuteInProcessResult) -> Any:
    """What the run says about its failure."""
    (event,) = [e for e in result.all_events if e.is_step_failure]
    return event.step_failure_data.user_failure_data


def checks(result: ExecuteInProcessResult) -> dict[tuple[str, str], bool]:
    return {(e.asset_key.to_user_string(), e.check_name): e.passed for e in result.get_asset_check_evaluations()}


def materialised(result: ExecuteInProcessResult) -> dict[AssetKey, Any]:
    events = result.filter_events(lambda e: e.event_type == DagsterEventType.ASSET_MATERIALIZATION)
    return {e.asset_key: e.step_materialization_data.materialization for e in events if e.asset_key is not None}


def tree(folder: Path) -> dict[str, str]:
    """Digest of every published file; the time in the manifest apart, and the database, which is compared by its own tests."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("civil_affairs")):
        data = path.read_bytes()
        if path.name == "manifest.json":
            data = re.sub(rb'"generated_at": "[^"]*"', b"", data)
        found[str(path.relative_to(folder))] = hashlib.sha256(data).hexdigest()
    return found


def kept_by_dagster(home: Home) -> bytes:
    """Everything under DAGSTER_HOME."""
    return b"\n".join(p.read_bytes() for p in sorted(home.dagster.rglob("*")) if p.is_file())


def told(instance: DagsterInstance, result: ExecuteInProcessResult) -> str:
    """Everything the run's log says."""
    return "\n".join(str(record) for record in instance.all_logs(result.run_id))


def private_texts(home: Home) -> set[bytes]:
    """Identity numbers of the landing folder, and names, plates and household numbers of the lake."""
    found = set()
    for path in home.landing.rglob("*"):
        if path.is_file():
            found |= {number.encode() for number in identity_numbers(path.read_bytes())}
    partition = home.check(dt.date.fromisoformat(AS_OF))
    members = read_table(partition, "members")
    plates = pl.read_parquet(sorted((partition / "rows" / "vehicles").glob("*.parquet")))["plate_no"]
    names = [n for n in members["name"].drop_nulls() if len(n) >= 3]
    return found | {t.encode() for t in [*names, *members["household_id"], *members["person_id"], *plates]}


def test_every_asset_is_made_once_with_its_counts_and_columns(done: Done) -> None:
    assert done.result.success
    made = materialised(done.result)
    assert set(made) == {spec.key for spec in check_date_specs()}
    assert {m.partition for m in made.values()} == {AS_OF}
    assert all("dagster/row_count" in m.metadata for key, m in made.items() if key != AssetKey("civil_affairs"))
    assert made[AssetKey("households")].metadata["dagster/row_count"].value > 100
    schema = made[AssetKey("households")].metadata["dagster/column_schema"].value
    assert "household_id" in [column.name for column in schema.columns]


def test_every_check_is_answered(done: Done) -> None:
    answers = checks(done.result)
    assert {name for _, name in answers} == {"contract", *RECONCILED, "business_expectations", "usual_bounds"}
    assert all(answers[(feed_key(feed).to_user_string(), "contract")] in (True, False) for feed in feed_contracts())
    assert [c for c, passed in answers.items() if not passed and c[1] not in ("contract", "usual_bounds")] == []


def test_the_bytes_are_those_of_the_command_line(done: Done, home: Home) -> None:
    run_check(home, dt.date.fromisoformat(AS_OF))
    assert tree(home.published) == tree(done.home.published)
    assert len(tree(home.published)) >= 2


def test_the_same_date_again_changes_no_byte(done: Done, instance: DagsterInstance) -> None:
    before = tree(done.home.published)
    again = execute(done.home, instance)
    assert again.success
    assert materialised(again)[AssetKey("warnings")].metadata["内容有变化 changed"].value is False
    assert tree(done.home.published) == before


def test_the_log_and_dagsters_folder_name_nobody(done: Done) -> None:
    secrets = private_texts(done.home)
    assert len(secrets) > 500
    events = told(done.instance, done.result).encode()
    kept = kept_by_dagster(done.home)
    assert b"ASSET_MATERIALIZATION" in kept and b"AssetMaterialization" in events
    assert [s for s in secrets if s in events or s in kept] == []
    assert identity_numbers(kept) == []


def test_the_expectations_leave_a_page_that_names_nobody(done: Done) -> None:
    page = done.home.lake / "quality" / AS_OF / "index.html"
    evaluated = {e.check_name: e for e in done.result.get_asset_check_evaluations()}
    assert evaluated["business_expectations"].metadata["结果页 page"].value == str(page)
    assert "发布核验" in page.read_text(encoding="utf-8")
    assert [s for s in private_texts(done.home) if s in page.read_bytes()] == []


def test_the_newest_publication_is_judged_when_no_date_is_given(done: Done, instance: DagsterInstance) -> None:
    alone = Definitions(
        assets=definitions.assets,
        asset_checks=definitions.asset_checks,
        jobs=[define_asset_job("judge", AssetSelection.checks_for_assets("warnings"))],
        resources={"home": HomeResource(root=str(done.home.root))},
    )
    result = alone.resolve_job_def("judge").execute_in_process(instance=instance)
    assert checks(result)[("warnings", "business_expectations")]
    assert materialised(result) == {}


def test_a_promise_that_is_broken_fails_the_run(home: Home, instance: DagsterInstance) -> None:
    run_check(home, dt.date.fromisoformat(AS_OF))
    file = home.publication(dt.date.fromisoformat(AS_OF)) / "warnings" / "tickets.jsonl"
    file.write_text(file.read_text("utf-8").replace('"severity": "red"', '"severity": "crimson"'), encoding="utf-8")
    result = execute(home, instance, op="published_expectations")
    assert not result.success
    assert checks(result)[("warnings", "business_expectations")] is False


def test_a_rejected_file_without_another_in_force_blocks_and_leaves_the_publication_alone(
    home: Home, instance: DagsterInstance
) -> None:
    shutil.rmtree(home.landing / "vehicles")
    assert execute(home, instance).success
    before = tree(home.published)
    (home.landing / "vehicles").mkdir()
    (home.landing / "vehicles" / "150626_20261121.csv").write_text(
        "张三丰,11010519491231002X,蒙K12345\n", encoding="utf-8"
    )

    result = execute(home, instance, "2026-11-21")

    assert not result.success
    assert materialised(result) == {}
    assert checks(result) == {("deliveries/vehicles", "contract"): False}
    said = failure(result)
    assert "整批退回" in said.description and "was rejected as a whole" in said.description
    assert said.metadata["code"].value == "delivery_rejected"
    assert tree(home.published) == before
    assert not home.check(dt.date(2026, 11, 21)).exists()
    log = told(instance, result)
    assert "11010519491231002X" not in log and "张三丰" not in log

    allowed = execute(home, instance, "2026-11-21", without_rejected=True)
    assert allowed.success
    assert checks(allowed)[("deliveries/vehicles", "contract")] is False, "it may go on, and is shown as a warning"


def test_counts_that_do_not_add_up_block(
    home: Home, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> reconciliation.Reconciliation:
        return reconciliation.Reconciliation("deadline_present", "期限", "deadlines", 3, 71)

    monkeypatch.setattr(reconciliation, "deadline_present", broken)
    result = execute(home, instance)
    assert not result.success
    assert list(checks(result).items()) == [
        (("delivery_ledger", "rows_conserved"), True),
        (("rule_results", "households_counted_once"), True),
        (("findings", "no_orphan_finding"), True),
        (("tickets", "deadline_present"), False),
    ]
    assert not home.published.exists() or tree(home.published) == {}


def test_the_text_of_an_unexpected_error_is_not_repeated(
    home: Home, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise ValueError("could not parse '11010519491231002X'")

    monkeypatch.setattr(stages_module, "build_facts", crash)
    result = execute(home, instance)
    assert not result.success
    said = failure(result)
    assert "ValueError" in said.description and "程序意外中断" in said.description
    assert "pipelines/check.py" in said.metadata["位置 places"].value
    assert "11010519491231002X" not in told(instance, result)


def test_an_older_date_needs_replay_which_makes_the_later_ones_again(home: Home, instance: DagsterInstance) -> None:
    assert execute(home, instance, "2026-11-21").success
    refused = execute(home, instance)
    assert failure(refused).metadata["code"].value == "older_date"
    result = execute(home, instance, replay=True)
    assert result.success
    assert home.published_dates() == [dt.date(2026, 11, 20), dt.date(2026, 11, 21)]
    events = result.filter_events(lambda e: e.event_type == DagsterEventType.ASSET_MATERIALIZATION)
    assert {e.partition for e in events} == {"2026-11-20", "2026-11-21"}


def test_a_mistake_in_the_policy_is_said_with_file_and_line(home: Home, instance: DagsterInstance) -> None:
    home.policy.mkdir()
    (home.policy / "150626.yaml").write_text("area: 150626\nlabel: x\nparameters:\n  no.such: []\n", encoding="utf-8")
    said = failure(execute(home, instance))
    assert said.metadata["code"].value == "policy"
    assert "150626.yaml:" in said.description


def test_a_second_check_waits_for_the_lock_and_says_who_holds_it(
    home: Home, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dagster_check, "LOCK_RETRIES", 1)
    monkeypatch.setattr(dagster_check, "LOCK_SECONDS", 0)
    with locked(home):
        result = execute(home, instance)
    assert not result.success
    assert [e.event_type for e in result.all_events].count(DagsterEventType.STEP_UP_FOR_RETRY) == 1
    assert failure(result).metadata["code"].value == "locked"


def test_asking_for_one_asset_makes_and_reports_the_whole_date(home: Home, instance: DagsterInstance) -> None:
    one = Definitions(
        assets=definitions.assets,
        jobs=[define_asset_job("only_tickets", AssetSelection.assets("tickets"))],
        resources={"home": HomeResource(root=str(home.root), settle_seconds=0)},
    )
    result = one.resolve_job_def("only_tickets").execute_in_process(partition_key=AS_OF, instance=instance)
    assert set(materialised(result)) == {spec.key for spec in check_date_specs()}
    assert home.published_dates() == [dt.date.fromisoformat(AS_OF)]


def test_a_run_lost_in_a_power_cut_is_given_up_unless_a_check_is_running(home: Home, instance: DagsterInstance) -> None:
    job = definitions.resolve_job_def("silent_check")
    lost = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED).run_id
    ended = instance.create_run_for_job(job, status=DagsterRunStatus.SUCCESS).run_id
    resource = HomeResource(root=str(home.root))
    with locked(home):
        assert give_up_lost_runs(instance, resource) == 0
    assert give_up_lost_runs(instance, resource) == 1
    assert give_up_lost_runs(instance, resource) == 0
    states = {run.run_id: run.status for run in instance.get_runs()}
    assert states == {lost: DagsterRunStatus.FAILURE, ended: DagsterRunStatus.SUCCESS}
