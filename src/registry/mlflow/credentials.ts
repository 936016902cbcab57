import type { RegistryCredentials } from '../../domain/registry-descriptor.js';

/** The variables that MLflow's own client reads. https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/ */
export const mlflowCredentials: RegistryCredentials = {
  secrets: [
    'MLFLOW_TRACKING_PASSWORD',
    'MLFLOW_TRACKING_TOKEN',
    'DATABRICKS_TOKEN',
    'DATABRICKS_PASSWORD',
    'DATABRICKS_CLIENT_SECRET',
  ],
  companions: ['MLFLOW_TRACKING_USERNAME', 'DATABRICKS_*'],
  handedOn: ['MLFLOW_TRACKING_USERNAME', 'MLFLOW_TRACKING_PASSWORD', 'MLFLOW_TRACKING_TOKEN', 'DATABRICKS_TOKEN'],
  addresses: ['MLFLOW_REGISTRY_URI', 'MLFLOW_TRACKING_URI'],
  basic: [{ user: 'MLFLOW_TRACKING_USERNAME', password: 'MLFLOW_TRACKING_PASSWORD' }],
};
