/** Unexpected JSON gets a verdict, wherever it is, and nothing is thrown. */
import { expect } from 'chai';
import type { Loose, Patch } from './zoo/engine.ts';
import { judge, judgePatched, listIds } from './zoo/judge.ts';
import { startZooEngine } from './zoo/engine.ts';

const ODD = [null, true, -1, 7.5, '', 'x"=<\u0007', [], {}, [[null]], { name: 5 }];
type Path = readonly (string | number)[];

/** The path of every value in a value. */
function listPaths(value: Loose, path: Path = []): Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, item]) => listPaths(item, [...path, key]))];
}

/** A copy with one value replaced. */
function replaceAt(value: Loose, [key, ...rest]: Path, by: unknown): Loose {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaceAt(value[key], rest, by);
  return copy;
}

describe('any JSON', () => {
  let published: Loose;
  before(async () => {
    const engine = await startZooEngine({ list: (body) => (published = body) });
    await judge(engine, { only: ['discovery-status'] });
    await engine.stop();
  });

  it('in place of any value of discovery gets a verdict', async () => {
    const paths = listPaths(published);
    expect(paths.length).to.be.greaterThan(100);
    for (const [index, path] of paths.entries()) {
      const odd = ODD[index % ODD.length];
      const report = await judgePatched(
        { list: (body) => replaceAt(body, path, odd) },
        { skip: ['load', 'security', 'errors'] },
      );
      expect(report.results, path.join('.')).to.have.length.greaterThan(50);
    }
  });

  for (const path of [
    [],
    ['fields'],
    ['fields', 0],
    ['fields', 4],
    ['values'],
    ['values', 0],
    ['values', 0, 0],
    ['values', 0, 3],
    ['values', 0, 4],
    ['values', 0, 4, 0],
    ['labels'],
    ['labels', 0],
  ]) {
    it(`in place of ${path.join('.') || 'the whole'} of an answer is a failure`, async () => {
      // The zoo takes null in place of the whole for no change; and an answer without labels conforms.
      const some = ODD.filter((odd) => odd !== null || !['', 'labels'].includes(path.join('.')));
      for (const odd of some) {
        const patch: Patch = {
          answer: (answer, table) => (table.values.length > 0 ? replaceAt(answer, path, odd) : answer),
        };
        const report = await judgePatched(patch, { only: ['scoring'] });
        expect(listIds(report, 'failed'), JSON.stringify(odd)).to.not.deep.equal([]);
      }
    });
  }
});
