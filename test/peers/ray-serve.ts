/** Ray Serve on two nodes of a local cluster (serve_ray.py), with a custom JSON format, as every Ray Serve application has. */
import { fileURLToPath } from 'node:url';
import { startServer } from '../../bench/server-process.ts';
import type { Peer } from './peer.ts';
import { toTable } from './truth.ts';

const SCRIPT = fileURLToPath(new URL('serve_ray.py', import.meta.url));

interface Reply {
  readonly results: readonly { readonly label: string; readonly scores: Readonly<Record<string, number>> }[];
}

export const rayServe: Peer = {
  name: 'ray-serve',
  environment: 'peers-ray',
  pipeline: 'mixed',
  kind: 'json',
  wrapping: {
    path: '/loans',
    options: [
      ...['--set', 'request={"rows": records}', '--set', 'answer.predictions=results.label'],
      ...['--set', 'answer.probabilities=results.[scores.high, scores.low, scores.medium]'],
    ],
  },
  start: ({ python, pipeline, folder }, port) =>
    startServer({
      name: 'Ray Serve',
      port,
      command: (http) => [python, SCRIPT, pipeline, String(http)],
      readyPath: '/loans',
      folder,
      environment: {
        RAY_TMPDIR: folder,
        RAY_USAGE_STATS_ENABLED: '0',
        // Otherwise, the replica on the node that accepts requests would get all of them.
        RAY_SERVE_PROXY_PREFER_LOCAL_NODE_ROUTING: '0',
        // In spite of its name, this keeps all nodes on loopback.
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
      },
    }),
  toRequest: (truth) => {
    const { fields, values } = toTable(truth);
    const rows = values.map((row) => Object.fromEntries(fields.map((field, index) => [field, row[index]])));
    return { method: 'POST', path: '/loans', body: { rows } };
  },
  toAnswer: ({ results }: Reply, { labels }) => ({
    predictions: results.map(({ label }) => label),
    probabilities: results.map(({ scores }) => labels.map((label) => scores[label] ?? NaN)),
  }),
  toFurtherRequests: () => ({
    ready: { method: 'GET', path: '/loans' },
    healthy: { method: 'GET', path: '/-/healthz' },
    'unknown-path': { method: 'POST', path: '/others', body: {} },
  }),
};
