"""The same promotion as a script over MLflow's own client: no policy, no report, no care for anything unusual."""

import os
import sys

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

model, version = sys.argv[1:]
client = MlflowClient(os.environ["MLFLOW_TRACKING_URI"])

candidate = client.get_model_version(model, version)
try:
    champion = client.get_model_version_by_alias(model, "production")
except MlflowException:
    champion = None

auc = client.get_run(candidate.run_id).data.metrics["auc"]
if auc < 0.5:
    sys.exit(f"auc is {auc}, required >= 0.5")
if champion is not None:
    best = client.get_run(champion.run_id).data.metrics["auc"]
    if auc < best:
        sys.exit(f"auc is {auc}, the champion's is {best}")
    client.set_registered_model_alias(model, "previous-production", champion.version)

client.set_registered_model_alias(model, "production", version)
client.set_model_version_tag(model, version, "promotion_state", "production_deployed")
client.set_model_version_tag(model, version, "promotion_production", f'{{"auc": {auc}}}')
if champion is not None:
    client.set_model_version_tag(model, champion.version, "promotion_state", "archived")
print(f"{model} {version} now holds production")
