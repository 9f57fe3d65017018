"""Which of our rules agree with what an official stylesheet says: on answers made by hand."""

from dod2oso.oso.derive.learn import _Answer, agreement

A, B = "/dossier[1]/a[1]", "/dossier[1]/b[1]"


def test_a_rule_that_always_stands_beside_the_same_text_agrees() -> None:
    answers = [_Answer({A: {"x fout"}}, {A: {"x"}}), _Answer({A: {"x fout"}, B: {"y fout"}}, {A: {"x"}, B: {"y"}})]
    assert agreement(answers) == {"x": "x fout", "y": "y fout"}


def test_a_rule_that_spoke_alone_once_does_not() -> None:
    assert agreement([_Answer({A: {"x fout"}}, {A: {"x"}}), _Answer({}, {A: {"x"}})]) == {}


def test_a_text_that_also_stands_where_no_rule_of_ours_speaks_explains_nothing() -> None:
    assert agreement([_Answer({A: {"x fout"}}, {A: {"x"}}), _Answer({B: {"x fout"}}, {})]) == {}


def test_a_rule_that_never_spoke_is_not_known_to_agree() -> None:
    assert agreement([_Answer({}, {})]) == {}


def test_two_rules_may_share_a_text() -> None:
    answers = [_Answer({A: {"fout"}}, {A: {"x"}}), _Answer({B: {"fout"}}, {B: {"y"}})]
    assert agreement(answers) == {"x": "fout", "y": "fout"}


def test_what_our_rules_could_not_judge_does_not_count() -> None:
    assert agreement([_Answer({A: {"x fout"}}, {A: {"x"}}), _Answer({B: {"x fout"}}, None)]) == {"x": "x fout"}
