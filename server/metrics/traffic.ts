/** What the metrics say about the traffic of each deployment, for the console. */
import type { Traffic } from '../../console/data.ts';
import type { Family } from './figures.ts';

/** The operations that score rows, of the contract and of the Open Inference Protocol. */
const SCORING = new Set(['scoreDeployment', 'scoreAndLog', 'inferModel', 'inferModelVersion']);

interface Counts {
  requests: number;
  errors: number;
  rows: number;
  seconds: number;
  timed: number;
}

/** The traffic of each deployment that has had any, by id. */
export function toTraffic(families: readonly Family[]): Record<string, Traffic> {
  const byId = new Map<string, Counts>();
  const add = (
    name: string,
    use: (counts: Counts, numbers: readonly number[], labels: Family['series'][number]['labels']) => void,
  ) => {
    for (const { labels, numbers } of families.find((family) => family.name === `custom_ml_engine_${name}`)?.series ??
      []) {
      const { deployment = '', operation } = labels;
      if (deployment === '' || (operation !== undefined && !SCORING.has(operation))) continue;
      const counts = byId.get(deployment) ?? { requests: 0, errors: 0, rows: 0, seconds: 0, timed: 0 };
      byId.set(deployment, counts);
      use(counts, numbers, labels);
    }
  };
  add('requests_total', (counts, [count = 0], { status = '' }) => {
    counts.requests += count;
    if (!/^[123]/.test(status)) counts.errors += count;
  });
  add('rows_total', (counts, [count = 0]) => (counts.rows += count));
  add('request_duration_seconds', (counts, numbers) => {
    counts.timed += numbers.at(-2) ?? 0;
    counts.seconds += numbers.at(-1) ?? 0;
  });
  return Object.fromEntries(
    [...byId].map(([id, { requests, errors, rows, seconds, timed }]) => [
      id,
      { requests, errors, rows, meanMs: timed > 0 ? (1000 * seconds) / timed : null },
    ]),
  );
}
