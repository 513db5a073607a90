"""Whatever a discovery delivers, the reading of the configuration had said so before."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.labels.config.config import Pool
from fieldkeep.core.labels.config.discovery import Discovery, Group, Known, Unseen
from fieldkeep.core.labels.extract import read_pool
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.relabel import Rule
from fieldkeep.model import Certainty, Place, PoolReading, Targets
from tests.core.labels.vocabulary import LABELS, RULES, VALUES


def pool(rules: list[Rule], *discoveries: Discovery) -> Pool:
    given = {
        "job": "pool",
        "__scheme__": "http",
        "__metrics_path__": "/metrics",
        "__scrape_interval__": "1m",
        "__scrape_timeout__": "10s",
    }
    return Pool("pool", Place("p.yml"), given, discoveries, tuple(rules))


def assert_sound(abstract: PoolReading, exact: PoolReading) -> None:
    """Whatever discovery delivered, the abstract reading had said so."""
    if exact.targets is Targets.NONE:
        return
    assert abstract.targets is not Targets.NONE
    observed = {one.name for one in exact.labels}
    everywhere = {one.name for one in exact.labels if one.certainty is Certainty.ALWAYS}
    named = {one.name: one for one in abstract.labels if one.certainty is not Certainty.OPEN}
    families = [one.pattern for one in abstract.labels if one.pattern]
    for name in observed - named.keys():
        assert any(matches(pattern, name) for pattern in families), name
    always = {name for name, one in named.items() if one.certainty is Certainty.ALWAYS}
    assert always <= everywhere
    for one in exact.labels:
        if one.name in named:
            assert {rule.index for rule in one.rules} <= {
                rule.index for rule in named[one.name].rules
            }


targets = st.lists(LABELS, min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(RULES, max_size=6), targets)
def test_the_reading_of_an_open_discovery_is_sound(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(Group(("127.0.0.1:9",), labels) for labels in delivered)
    assert_sound(read_pool(pool(rules, Unseen("anything"))), read_pool(pool(rules, Known(groups))))


metadata = st.lists(
    st.dictionaries(
        st.sampled_from(["__meta_m_a", "__meta_m_b", "__meta_m_kv", "__meta_m_"]), VALUES
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None)
@given(st.lists(RULES, max_size=6), metadata)
def test_the_reading_of_a_discovery_of_metadata_is_sound(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(Group(("127.0.0.1:9",), labels) for labels in delivered)
    abstract = pool(rules, Unseen("gce"))
    renamed = tuple(
        Group(
            group.targets,
            {name.replace("__meta_m_", "__meta_gce_"): v for name, v in group.labels.items()},
        )
        for group in groups
    )
    assert_sound(read_pool(abstract), read_pool(pool(rules, Known(renamed))))


@settings(deadline=None)
@given(st.lists(RULES, max_size=5), targets)
def test_the_order_of_targets_changes_nothing(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(Group(("127.0.0.1:9",), labels) for labels in delivered)
    turned = groups[::-1]
    assert read_pool(pool(rules, Known(groups))) == read_pool(pool(rules, Known(turned)))
