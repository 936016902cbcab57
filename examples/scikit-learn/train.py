"""Trains the model, and registers it as a new version of churn with the metric auc."""
import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

features, labels = load_breast_cancer(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(features, labels, random_state=0)

with mlflow.start_run():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train_x, train_y)
    mlflow.log_metric("auc", roc_auc_score(test_y, model.predict_proba(test_x)[:, 1]))
    mlflow.sklearn.log_model(
        model, name="model", registered_model_name="churn", pip_requirements="requirements.txt"
    )
