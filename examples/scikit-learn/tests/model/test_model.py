"""Loads the version that is checked, as the service does, and tries it."""
import os

import mlflow
import pytest
from sklearn.datasets import load_breast_cancer


@pytest.fixture(scope="module")
def model():
    return mlflow.sklearn.load_model(os.environ["MODEL_URI"])


def test_it_gives_a_probability_for_each_row(model):
    features, _ = load_breast_cancer(return_X_y=True)
    assert ((0 <= model.predict_proba(features[:20])) & (model.predict_proba(features[:20]) <= 1)).all()


def test_a_larger_tumour_is_not_less_likely_to_be_malignant(model):
    features, _ = load_breast_cancer(return_X_y=True)
    larger = features[:1].copy()
    larger[:, 0] *= 2  # the mean radius
    assert model.predict_proba(larger)[0, 0] >= model.predict_proba(features[:1])[0, 0]
