/** Why a stage cannot be an alias; undefined if it can. */
export function refusesAlias(stage: string): string | undefined {
  // https://mlflow.org/docs/latest/ml/model-registry/: reserved by the server
  if (/^latest$/i.test(stage) || /^v\d+$/i.test(stage))
    return `MLflow keeps the alias '${stage}' for itself: call the stage otherwise.`;
  return /^[\w-]+$/.test(stage)
    ? undefined
    : `MLflow's aliases have letters, digits, - and _ only: '${stage}' cannot be one.`;
}

/** MLflow's own name of a stage; undefined for a name that is none of its two. */
export function ownStage(stage: string): string | undefined {
  return ['Staging', 'Production'].find((name) => name.toLowerCase() === stage.toLowerCase());
}

/** Why a stage cannot be one of MLflow's own; undefined if it can. */
export function refusesOwnStage(stage: string): string | undefined {
  return ownStage(stage) === undefined
    ? `MLflow's own stages are Staging and Production: '${stage}' needs 'stage_as: alias' or 'stage_as: model'.`
    : undefined;
}
