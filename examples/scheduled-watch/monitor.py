"""Measures the live model: the area under the ROC curve of its predictions, once the true labels are known."""
import argparse
import csv
import json
import sys
import traceback
import urllib.request

arguments = argparse.ArgumentParser()
arguments.add_argument("--data", required=True, help="address of a CSV file with the columns score and label (0 or 1)")
arguments.add_argument("--out", required=True)
options = arguments.parse_args()

try:
    with urllib.request.urlopen(options.data, timeout=60) as answer:
        rows = list(csv.DictReader(answer.read().decode().splitlines()))
    positive = [float(row["score"]) for row in rows if row["label"] == "1"]
    negative = [float(row["score"]) for row in rows if row["label"] == "0"]
    wins = sum((high > low) + (high == low) / 2 for high in positive for low in negative)
    with open(options.out, "w") as file:
        json.dump({"live_auc": wins / (len(positive) * len(negative))}, file)
except Exception:
    traceback.print_exc()
    sys.exit(2)  # it could not measure, which says nothing of the model
