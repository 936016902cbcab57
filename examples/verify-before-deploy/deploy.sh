#!/bin/sh
# Stands for your deployment: it starts the service with this version of the model.
set -eu
echo "serving churn $1 from $2"
