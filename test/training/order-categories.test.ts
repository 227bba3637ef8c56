import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Random } from '../../training/forest/random.ts';
import { encodeCategories, type CategoryCodes } from '../../training/order-categories.ts';
import { countByThreshold, toArea, toRocCurve } from '../../training/curves.ts';
import type { ClassMetrics } from '../../training/metrics.ts';
import { train } from '../../training/train.ts';
import { buildUniform, toCsv, toOptions, withFolder } from '../support/training.ts';

const ROWS = 4000;

/** Encodes a column of `levels` categories, in turn, whose label is `toLabel` of the category. */
function encode(
  levels: number,
  classCount: number,
  toLabel: (category: number, uniform: number) => number,
  count = ROWS,
) {
  const next = buildUniform(levels);
  const values = Float64Array.from({ length: count }, (_, row) => row % levels);
  const target = values.map((category) => toLabel(category, next()));
  const rows = Int32Array.from(values.keys());
  return { ...encodeCategories(values, target, classCount, rows, new Random(1)), target };
}

/** The area under the ROC curve of the codes that are learned from. */
function toAuc({ values, target }: CategoryCodes & { target: Float64Array }): number {
  // The codes stand where the probabilities of the second class would.
  const pairs = Float64Array.from({ length: 2 * values.length }, (_, at) => values[at >> 1] as number);
  return toArea(toRocCurve(countByThreshold(target, pairs, 2, 1)));
}

describe('the codes of categories', () => {
  it('are one for all of many categories that differ by chance only', () => {
    const { codes, unknown, values } = encode(400, 2, (_, uniform) => (uniform < 0.3 ? 1 : 0));
    expect(codes).to.have.length(400);
    expect(new Set([...codes, unknown, ...values])).to.deep.equal(new Set([0]));
  });

  it('of few categories do not follow their means where these differ by chance only', () => {
    const few = encode(20, 2, (_, uniform) => (uniform < 0.3 ? 1 : 0));
    expect(new Set(few.values)).to.have.property('size', 20);
    expect(Math.abs(toAuc(few) - 0.5)).to.be.below(0.03);
  });

  it('of few categories are in the order of their means, and the same for all rows of a category', () => {
    const { codes, values } = encode(5, 2, (category, uniform) => (uniform < 0.1 + 0.2 * ((category * 2) % 5) ? 1 : 0));
    expect([...codes.keys()].sort((a, b) => (codes[a] as number) - (codes[b] as number))).to.deep.equal([
      0, 3, 1, 4, 2,
    ]);
    values.forEach((code, row) => expect(code).to.equal(codes[row % 5]));
  });

  it('put an unknown category of few between the others', () => {
    for (const levels of [2, 4, 6, 8]) {
      const { codes, unknown } = encode(levels, 2, (category, uniform) =>
        uniform < (category % 2 === 0 ? 0.1 : 0.9) ? 1 : 0,
      );
      expect(unknown).to.equal(levels / 2);
      expect(codes).not.to.include(unknown);
    }
  });

  it('of many categories do not contain the label of their own row, and order what differs', () => {
    const effects = Array.from({ length: 400 }, (_, category) => ((category * 7919) % 400) / 400);
    const encoded = encode(400, 2, (category, uniform) =>
      uniform < 0.2 + 0.6 * (effects[category] as number) ? 1 : 0,
    );
    // The area of the true effects is 0.70; that of in-sample means would be 0.82.
    expect(toAuc(encoded)).to.be.within(0.62, 0.7);
    const ranks = encoded.codes.map((code, category) => ({ code, effect: effects[category] as number }));
    ranks.sort((a, b) => a.code - b.code);
    const mean = (part: typeof ranks) => part.reduce((sum, { effect }) => sum + effect, 0) / part.length;
    expect(mean(ranks.slice(300)) - mean(ranks.slice(0, 100))).to.be.above(0.5);
  });

  it('separate categories that determine a number exactly', () => {
    const { codes } = encode(100, 0, (category) => (category * 37) % 100);
    const order = codes.map((code, category) => [code, (category * 37) % 100] as const).sort(([a], [b]) => a - b);
    expect(order.map(([, number]) => number)).to.deep.equal(Array.from({ length: 100 }, (_, number) => number));
  });

  for (const levels of [6, 300]) {
    it(`of ${levels} categories separate the classes that they have, of three`, () => {
      const { codes } = encode(levels, 3, (category, uniform) => (uniform < 0.1 ? 2 : category % 2));
      const [even, odd] = [0, 1].map((rest) => codes.filter((_, category) => category % 2 === rest)) as [
        number[],
        number[],
      ];
      expect(Math.max(...even) < Math.min(...odd) || Math.max(...odd) < Math.min(...even)).to.equal(true);
    });
  }

  it('give rare and missing categories the code of their group', () => {
    const values = Float64Array.from({ length: 100 }, (_, row) => (row < 45 ? 0 : row < 90 ? 1 : row < 94 ? row : NaN));
    const target = values.map((category) => (category === 0 ? 1 : 0));
    const rows = Int32Array.from(values.keys());
    const { kept, codes, unknown, values: encoded } = encodeCategories(values, target, 2, rows, new Random(1));
    expect(kept).to.deep.equal([0, 1]);
    expect(codes[0]).to.be.above(Math.max(codes[1] as number, unknown));
    expect(Array.from(encoded.subarray(90))).to.deep.equal(new Array(10).fill(unknown));
  });
});

/** The area under the ROC curve on 4000 held-out rows, of a forest that learned from 4000. */
function measureAuc(noiseColumns: number, levels: number, signalLevels = 0, drop: string[] = []): Promise<number> {
  const next = buildUniform(5);
  const other = buildUniform(6);
  const effects = Array.from({ length: Math.max(1, signalLevels) }, () => 4 * next() - 2);
  const rows = Array.from({ length: 2 * ROWS }, () => {
    const x = Array.from({ length: 5 }, () => 4 * next() - 2) as [number, number, number, number, number];
    const category = Math.floor(effects.length * next());
    const margin = x[0] + x[1] * x[2] + (signalLevels > 0 ? (effects[category] as number) : 0);
    const label = next() < 1 / (1 + Math.exp(-margin)) ? 'yes' : 'no';
    const noise = Array.from({ length: noiseColumns }, () => `n${Math.floor(levels * other())}`);
    return [...x, ...(signalLevels > 0 ? [`c${category}`] : []), ...noise, label];
  });
  const header = [...Array.from({ length: (rows[0]?.length ?? 0) - 1 }, (_, column) => `x${column}`), 'risk'];
  return withFolder(async (folder) => {
    await writeFile(join(folder, 'customers.csv'), toCsv(header, rows));
    const hyperparameters = { trees: 40, maxDepth: 12, minLeaf: 1, bins: 255 };
    const { evaluation } = await train(
      toOptions(folder, { choices: { label: 'risk', drop }, testFraction: 0.5, hyperparameters }),
    );
    return (evaluation.metrics as ClassMetrics).roc_auc;
  });
}

describe('a forest', () => {
  it('loses little by columns of noise, however many categories they have', async () => {
    const without = await measureAuc(0, 0);
    for (const levels of [20, 100, 400, 5000]) {
      expect(without - (await measureAuc(3, levels)), `${levels} categories`).to.be.below(3 * 0.005);
    }
  });

  it('gains by a column of many categories that differ', async () => {
    const drop = ['x5'];
    expect((await measureAuc(0, 0, 400)) - (await measureAuc(0, 0, 400, drop))).to.be.above(0.02);
  });
});
