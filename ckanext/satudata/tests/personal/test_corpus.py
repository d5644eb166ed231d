"""The scan against tables of which it is known what they hold."""

from __future__ import annotations

import pytest

from ckanext.satudata.tests.personal import layouts, measure, tuned, unseen


def _is_met(score: measure.Score) -> None:
    assert score.recall >= 0.99 and score.precision >= 0.98, (score.recall, score.precision, score.wrong[:20])


def test_a_part_of_the_tuned_corpus(tmp_path):
    score = measure.score(tuned.cases(30), tmp_path)
    assert score.counts["right"] > 50
    _is_met(score)


def test_a_part_of_the_corpus_kept_apart(tmp_path):
    score = measure.score(unseen.cases(30), tmp_path)
    assert score.counts["right"] > 40
    _is_met(score)


@pytest.mark.parametrize("corpus", [tuned, unseen])
def test_a_part_of_what_does_not_stand_in_one_table(corpus, tmp_path):
    score = measure.score(layouts.cases(corpus, 60), tmp_path)
    assert score.counts["right"] > 100
    _is_met(score)


@pytest.mark.long
@pytest.mark.parametrize("corpus", [tuned, unseen])
def test_all_of_what_does_not_stand_in_one_table(corpus, tmp_path):
    _is_met(measure.score(layouts.cases(corpus, 1000), tmp_path))


@pytest.mark.long
@pytest.mark.parametrize("corpus", [tuned, unseen])
def test_the_whole_corpus(corpus, tmp_path):
    _is_met(measure.score(corpus.cases(1000), tmp_path))
