"""The reading of a discovery covers every target that it may deliver."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.config.discovery import Discovery, KnownTargets, ServiceDiscovery
from fieldkeep.core.labels.config.target_groups import TargetGroup
from fieldkeep.core.labels.extract import read_pool
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.relabel import Rule
from fieldkeep.model import Certainty, Place, PoolReading, Targets
from tests.core.examples import EXAMPLES
from tests.core.labels.vocabulary import LABELS, NAMES, OWN_RULES, RULES, VALUES


def pool(rules: list[Rule], *discoveries: Discovery) -> ScrapePool:
    defaults = {
        "job": "pool",
        "__scheme__": "http",
        "__metrics_path__": "/metrics",
        "__scrape_interval__": "1m",
        "__scrape_timeout__": "10s",
    }
    engine = rules[0].engine if rules else DEFAULT_ENGINE
    return ScrapePool("pool", Place("p.yml"), defaults, discoveries, tuple(rules), engine)


def assert_sound(possible: PoolReading, exact: PoolReading) -> None:
    """``possible``, the reading of the discovery, covers the reading of what it delivered."""
    if exact.targets is Targets.NONE:
        return
    assert possible.targets is not Targets.NONE
    observed = {one.name for one in exact.labels}
    everywhere = {one.name for one in exact.labels if one.certainty is Certainty.ALWAYS}
    named = {one.name: one for one in possible.labels if one.certainty is not Certainty.OPEN}
    families = [one.pattern for one in possible.labels if one.pattern]
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


own_rules = st.lists(OWN_RULES, min_size=1, max_size=5)
own_labels = st.dictionaries(NAMES, st.one_of(VALUES, st.just("")), max_size=6)


@settings(deadline=None, max_examples=2 * EXAMPLES)
@given(own_rules, st.lists(own_labels, min_size=1, max_size=3))
def test_the_reading_of_an_open_discovery_of_victoriametrics_is_sound(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(TargetGroup(("127.0.0.1:9",), labels) for labels in delivered)
    assert_sound(
        read_pool(pool(rules, ServiceDiscovery("anything"))),
        read_pool(pool(rules, KnownTargets(groups))),
    )


@settings(deadline=None)
@given(st.lists(RULES, max_size=6), targets)
def test_the_reading_of_an_open_discovery_is_sound(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(TargetGroup(("127.0.0.1:9",), labels) for labels in delivered)
    assert_sound(
        read_pool(pool(rules, ServiceDiscovery("anything"))),
        read_pool(pool(rules, KnownTargets(groups))),
    )


metadata = st.lists(
    st.dictionaries(
        st.sampled_from(["__meta_m_a", "__meta_m_b", "__meta_m_kv", "__meta_m_"]), VALUES
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None)
@given(st.one_of(st.lists(RULES, max_size=6), own_rules), metadata)
def test_the_reading_of_a_discovery_of_metadata_is_sound(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(TargetGroup(("127.0.0.1:9",), labels) for labels in delivered)
    discovered = pool(rules, ServiceDiscovery("gce"))
    renamed = tuple(
        TargetGroup(
            group.targets,
            {name.replace("__meta_m_", "__meta_gce_"): v for name, v in group.labels.items()},
        )
        for group in groups
    )
    assert_sound(read_pool(discovered), read_pool(pool(rules, KnownTargets(renamed))))


@settings(deadline=None)
@given(st.lists(RULES, max_size=5), targets)
def test_the_order_of_targets_changes_nothing(
    rules: list[Rule], delivered: list[dict[str, str]]
) -> None:
    groups = tuple(TargetGroup(("127.0.0.1:9",), labels) for labels in delivered)
    reversed_groups = groups[::-1]
    assert read_pool(pool(rules, KnownTargets(groups))) == read_pool(
        pool(rules, KnownTargets(reversed_groups))
    )
