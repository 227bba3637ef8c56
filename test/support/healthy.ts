import { expect } from 'chai';
import type { TestEngine } from './engine.ts';

/** A request that every engine on the samples scores, and its answer. */
export const IRIS = {
  fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
  values: [[5.1, 3.5, 1.4, 0.2]],
};

/** Its like for the deployment `misbehaving`, whose mode is up to the test. */
export const toModeTable = (mode: string) => ({ fields: ['mode', 'x'], values: [[mode, 0.25]] });

/** Whatever an engine was sent before: it still scores. */
export async function checkHealthy(engine: TestEngine): Promise<void> {
  const { body: ready } = await engine.request('/health/ready');
  expect(ready.status).to.equal('ready');
  const samples = engine.engine.catalogue.get('iris') !== undefined;
  const { status, body } = samples
    ? await engine.score('iris', IRIS)
    : await engine.score('misbehaving', toModeTable('well'));
  expect(status).to.equal(200);
  expect(body.values[0]?.slice(-2)).to.deep.equal(samples ? ['setosa', [1, 0, 0]] : ['no', [0.75, 0.25]]);
}
