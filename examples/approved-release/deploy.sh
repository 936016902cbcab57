#!/bin/sh
# Puts a version's model where the service of a stage reads it: ./deploy.sh production churn@v1.2.0
set -eu
stage=$1 version=$2
mkdir -p "$SERVING_FOLDER/$stage"
git show "$version:model.json" > "$SERVING_FOLDER/$stage/model.json.new"
mv "$SERVING_FOLDER/$stage/model.json.new" "$SERVING_FOLDER/$stage/model.json"
