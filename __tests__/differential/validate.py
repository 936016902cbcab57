"""What `mlflow.validate_evaluation_results` says of each case on standard input.

In: a JSON list of {greater, threshold?, absolute?, relative?, candidate, baseline}; `baseline` is null where there is no
baseline model, and each of the two values is {} (missing), {"number": "0.85"} or {"text": "high"}.
Out: a JSON list of "passes", "fails", or "raises ..." for any exception but MLflow's own verdict.
"""

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")

import mlflow
from mlflow.models import EvaluationResult, MetricThreshold
from mlflow.models.evaluation.validation import ModelValidationFailedException

# One line for each baseline of 0 would drown what else is said.
logging.getLogger("mlflow").setLevel(logging.ERROR)


def result(value):
    # Beside the metric there is always another: an empty result is a case of its own to MLflow.
    metrics = {"other": 1.0}
    if "number" in value:
        metrics["m"] = float(value["number"])
    elif "text" in value:
        metrics["m"] = value["text"]
    return EvaluationResult(metrics=metrics, artifacts={})


def number(case, key):
    return float(case[key]) if key in case else None


def verdict(case):
    threshold = MetricThreshold(
        threshold=number(case, "threshold"),
        min_absolute_change=number(case, "absolute"),
        min_relative_change=number(case, "relative"),
        greater_is_better=case["greater"],
    )
    baseline = None if case["baseline"] is None else result(case["baseline"])
    try:
        mlflow.validate_evaluation_results({"m": threshold}, result(case["candidate"]), baseline)
    except ModelValidationFailedException:
        return "fails"
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "passes"


print(json.dumps({"version": mlflow.__version__, "verdicts": [verdict(case) for case in json.load(sys.stdin)]}))
