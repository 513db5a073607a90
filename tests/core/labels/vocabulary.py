"""Labels and rules for property tests: a small vocabulary, so that rules meet their labels."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from fieldkeep.core.labels.relabel.conditions import selector
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, engine_of
from fieldkeep.core.labels.relabel.goregex import is_whole
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.core.labels.relabel.version import VICTORIAMETRICS

ENGINE = engine_of(VICTORIAMETRICS)

NAMES = st.sampled_from(
    ["a", "b", "env", "job", "instance", "__tmp_x", "__address__", "__meta_m_a", "__meta_kv"]
)
VALUES = st.sampled_from(["A", "x", "prod", "a=b", "env=prod", "a;b", ";", "127.0.0.1:1", "a\nb"])
LABELS = st.dictionaries(NAMES, VALUES, max_size=6)

_REGEXES = st.sampled_from(
    [
        *("(.*)", "(.+)", ".*", ".+", "", "prod", "A|x", "(?i)PROD", "[a-c]", "a)(b"),
        *("(a|env)=(.*)", r"(\w+)=(\w*)", "(.*)=(.*)", "(.+);(.+)", "(.*);(.*)", "(a)?(.*)"),
        *("__meta_m_(.+)", "__meta_(m_a|kv)", "__.+|job|env", "__.*|a|b|instance", "(?P<n>.)(.*)"),
        *(r"\b(.*)", "(^a|b)", "(.+);A"),
        *("a)|(?:b", "(a))|(?:(env)", "A)|(?:x", "__.*|a)|(?:nv"),
    ]
)
_TEMPLATES = st.sampled_from(
    ["$1", "${1}", "$1_x", "${1}_x", "const", "", "$2", "x_${2}", "$0", "${n}", "$1$2", "env"]
)
_TARGETS = st.sampled_from(
    ["a", "env", "job", "instance", "__address__", "__tmp_x", "${1}", "x_$1", "${2}", "__tmp_${1}"]
)
_SOURCES = st.lists(NAMES, max_size=3).map(tuple)
_SEPARATORS = st.sampled_from([";", ";", "=", ""])


def _rules(*actions: Action, target: st.SearchStrategy[str]) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        source_labels=_SOURCES,
        separator=_SEPARATORS,
        regex=_REGEXES,
        modulus=st.sampled_from([1, 2, 7]),
        target_label=target,
        replacement=_TEMPLATES,
        action=st.sampled_from(actions),
    )


RULES = st.one_of(
    _rules(Action.REPLACE, target=_TARGETS),
    _rules(Action.REPLACE, target=_TARGETS),
    _rules(
        *(a for a in Action if a is not Action.REPLACE and a in DEFAULT_ENGINE.actions),
        target=NAMES,
    ),
)

_OWN_TEMPLATES = st.sampled_from(["{{a}}", "{{__meta_kv}}$1", "x{{b}}", "$1", "const", ""])
_CONDITIONS = st.sampled_from(
    ["", '{a="A"}', '{a!=""}', '{a=""}', '{env=~"p.*" or __meta_kv!~"A|x"}', '{job="pool"}', "up"]
)


@st.composite
def _own_rules(draw: st.DrawFn) -> Rule:
    rule = draw(RULES)
    condition = draw(_CONDITIONS)
    regex = rule.regex if is_whole(rule.regex) else "(.*)"
    actions = (rule.action, *(Action(name) for name in sorted(ENGINE.actions & set(Action))))
    return replace(
        rule,
        engine=ENGINE,
        regex="(.*)" if regex == ".*" else regex,
        replacement=draw(st.one_of(st.just(rule.replacement), _OWN_TEMPLATES)),
        action=draw(st.sampled_from(actions)),
        target_label=rule.target_label or "a",
        condition=selector(condition, ENGINE) if condition else (),
        templates=draw(st.sampled_from([(), (("a", "$1"),)])),
    )


OWN_RULES = _own_rules()  # of VictoriaMetrics
