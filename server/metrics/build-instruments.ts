/** The counters and histograms of what happens in an engine: their names, labels and buckets. */
import { Counter, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';

/** From a one-row request to an upstream that takes a minute, in seconds. */
const BUCKETS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** Adds the counters and histograms to a registry. */
export function buildInstruments(registry: Registry<OpenMetricsContentType>) {
  const registers = [registry];
  const requests = new Counter({
    name: 'custom_ml_engine_requests_total',
    help: 'Requests that have ended, by HTTP status; aborted if the client went before it had the reply.',
    labelNames: ['operation', 'deployment', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'custom_ml_engine_request_duration_seconds',
    help: 'Time from the headers of a request to the last byte of its reply.',
    labelNames: ['operation', 'deployment', 'status_class'],
    buckets: BUCKETS,
    enableExemplars: true,
    registers,
  });
  const errors = new Counter({
    name: 'custom_ml_engine_errors_total',
    help: 'Error replies, by the code in their body (docs/contract.md).',
    labelNames: ['code'],
    registers,
  });
  const rows = new Counter({
    name: 'custom_ml_engine_rows_total',
    help: 'Rows that were scored.',
    labelNames: ['deployment'],
    registers,
  });
  const scoring = new Histogram({
    name: 'custom_ml_engine_scoring_duration_seconds',
    help: 'Time to check the rows of a request, score them and write the answer, by the kind of the model.',
    labelNames: ['kind'],
    buckets: BUCKETS,
    enableExemplars: true,
    registers,
  });
  const upstreamRequests = new Counter({
    name: 'custom_ml_engine_upstream_requests_total',
    help: 'Requests that were sent to the upstream of a deployment, by the class of the status or why there was no reply.',
    labelNames: ['deployment', 'outcome'],
    registers,
  });
  const upstreamDuration = new Histogram({
    name: 'custom_ml_engine_upstream_request_duration_seconds',
    help: 'Time of a request to the upstream of a deployment, without the wait for a connection.',
    labelNames: ['deployment'],
    buckets: BUCKETS,
    registers,
  });
  const upstreamRetries = new Counter({
    name: 'custom_ml_engine_upstream_retries_total',
    help: 'Requests to the upstream of a deployment that repeated a failed one.',
    labelNames: ['deployment'],
    registers,
  });
  const loads = new Counter({
    name: 'custom_ml_engine_deployment_loads_total',
    help: 'Deployments that were loaded, at the start or after a change of their folder, by whether they could be served.',
    labelNames: ['result'],
    registers,
  });
  return { requests, duration, errors, rows, scoring, upstreamRequests, upstreamDuration, upstreamRetries, loads };
}
