"""Measures one model on data that no training has seen."""
import argparse
import json

import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

arguments = argparse.ArgumentParser()
arguments.add_argument("--model", required=True)
arguments.add_argument("--out", required=True)
options = arguments.parse_args()

features, labels = load_breast_cancer(return_X_y=True)
_, holdout, _, truth = train_test_split(features, labels, random_state=0)
model = mlflow.sklearn.load_model(options.model)
with open(options.out, "w") as file:
    json.dump({"holdout_auc": roc_auc_score(truth, model.predict_proba(holdout)[:, 1])}, file)
