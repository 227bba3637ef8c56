import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { compileForest } from '../../../models/forest/compile-forest.ts';
import { MISSING } from '../../../models/forest/missing-values.ts';
import { scoreForest } from '../../../models/forest/score-forest.ts';
import { buildBlockProgram, MAX_RANKS, MAX_SUMS, VECTOR } from '../../../models/forest/symmetric/block-program.ts';
import { compileSymmetric } from '../../../models/forest/symmetric/compile-symmetric.ts';
import { scoreSymmetric } from '../../../models/forest/symmetric/score-symmetric.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../../models/forest/tree-ensemble.ts';
import { Random } from '../../../training/forest/random.ts';
import { makeRows } from './random-ensemble.ts';
import { scoreByDefinition } from './reference-walk.ts';

type Rows = readonly (readonly number[])[];

/** The test of a level. */
interface Level {
  readonly test?: number;
  readonly feature?: number;
  readonly threshold: number;
  readonly missing?: number;
  readonly isSwapped?: boolean;
}

/** A symmetric tree with one test per level, root first, whose leaves have the values that a function gives. */
function plant(levels: readonly Level[], toValue: (leaf: number) => number | readonly number[]): Tree {
  const inner = 2 ** levels.length - 1;
  const count = 2 * inner + 1;
  const at = <Value>(toEntry: (level: Level, node: number) => Value, other: Value) =>
    Array.from({ length: count }, (_, node) =>
      node < inner ? toEntry(levels[Math.floor(Math.log2(node + 1))] as Level, node) : other,
    );
  const width = [toValue(0)].flat().length;
  return {
    test: at(({ test = TEST.atMost }) => test, TEST.leaf as number),
    feature: at(({ feature = 0 }) => feature, -1),
    threshold: at(({ threshold }) => threshold, NaN),
    left: at(({ isSwapped = false }, node) => 2 * node + (isSwapped ? 2 : 1), -1),
    right: at(({ isSwapped = false }, node) => 2 * node + (isSwapped ? 1 : 2), -1),
    missing: at(({ missing = MISSING.right }) => missing, -1),
    value: Array.from({ length: count }, (_, node) =>
      node < inner ? new Array<number>(width).fill(NaN) : toValue(node - inner),
    ).flat(),
    ...(width === 1 && { output: 0 }),
  };
}

function toEnsemble(trees: readonly Tree[], parts: Partial<TreeEnsemble> = {}): TreeEnsemble {
  const precision = { cells: 32, thresholds: 32, sums: 64 } as const;
  return { featureCount: 1, outputCount: 1, trees, precision, aggregation: 'sum', ...parts };
}

function toBytes(numbers: Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Compares scores with expected ones, bit by bit: all rows at once, which takes blocks, and one by one. */
function compare(ensemble: TreeEnsemble, rows: Rows, expected: Float64Array): void {
  const forest = compileSymmetric(ensemble, 'model.json');
  if (!forest) throw new Error('expected symmetric trees');
  const scores = scoreSymmetric(forest, Float64Array.from(rows.flat()));
  expect(toBytes(scores).equals(toBytes(expected))).to.equal(true, 'the scores of blocks differ');
  const single = rows.flatMap((row) => [...scoreSymmetric(forest, Float64Array.from(row))]);
  expect(toBytes(Float64Array.from(single)).equals(toBytes(expected))).to.equal(true, 'the scores of rows differ');
}

function compareWithDefinition(ensemble: TreeEnsemble, rows: Rows): void {
  compare(ensemble, rows, Float64Array.from(scoreByDefinition(ensemble, rows).flat()));
}

/** The general kernel, which its own tests compare with the definition, is fast enough for many rows. */
function compareWithForest(ensemble: TreeEnsemble, rows: Rows): void {
  const matrix = Float64Array.from(rows.flat());
  compare(ensemble, rows, scoreForest(compileForest(ensemble, 'model.json'), matrix));
}

const pick = <Item>(random: Random, items: readonly Item[]): Item => items[random.below(items.length)] as Item;
const toUniform = (random: Random) => random.next() / 2 ** 32;

/** A random ensemble of the four features that makeRows makes. */
function makeSymmetric(seed: number): TreeEnsemble {
  const random = new Random(seed);
  const outputCount = pick(random, [1, 1, 1, 2, 3]);
  const thresholds = [0, -0, 1, 1e-36, 1 / 3, 1e39, -1e39, Infinity, -Infinity, 2 ** 24 + 1, toUniform(random)];
  const sets = Array.from({ length: 20 }, () =>
    Array.from({ length: random.below(4) }, () => pick(random, [-1, -0, 0, 1, 2, 3, 5, 255])),
  );
  const makeLevel = (): Level => {
    const test = pick(random, [TEST.less, TEST.atMost, TEST.atMost, TEST.inSet]);
    const threshold = test === TEST.inSet ? random.below(sets.length) : pick(random, thresholds);
    const missing = pick(random, [MISSING.left, MISSING.right]);
    return { test, threshold, missing, feature: random.below(4), isSwapped: random.below(2) === 0 };
  };
  const makeTree = (depth: number) =>
    plant(Array.from({ length: depth }, makeLevel), () =>
      Array.from({ length: outputCount }, () => pick(random, [0.1, 1e8, -1e8, -0, 1 / 3, toUniform(random)])),
    );
  const depths = Array.from({ length: 1 + random.below(30) }, () => random.below(1 + (seed % 9)));
  return toEnsemble([...depths, 1].map(makeTree), {
    featureCount: 4,
    outputCount,
    precision: { cells: pick(random, [32, 64]), thresholds: pick(random, [32, 64]), sums: 64 },
    sets,
    categories: pick(random, ['equal', 'floor', 'truncated']),
    ...(random.below(2) === 0 && { base: Array.from({ length: outputCount }, () => pick(random, [-0, 0.5])) }),
  });
}

describe('symmetric trees', () => {
  it('are scored as defined, to the last bit, in blocks and row by row', () => {
    for (let seed = 1; seed <= 90; seed++) {
      const ensemble = makeSymmetric(seed);
      compareWithDefinition(ensemble, makeRows(seed, ensemble, pick(new Random(seed), [1, 7, 8, 15, 16, 17, 40])));
    }
  });

  it('keep a sum of -0, which trees that fill a batch do not change', () => {
    const ensemble = toEnsemble([plant([{ threshold: 0 }], () => -0)], { base: [-0] });
    compareWithDefinition(ensemble, new Array<number[]>(9).fill([1]));
  });

  it('are scored in several blocks', () => {
    const trees = Array.from({ length: 9 }, (_, tree) =>
      plant([{ threshold: tree / 10 }, { threshold: (9 - tree) / 11 }], (leaf) => (leaf + tree) / 7),
    );
    const rows = Array.from({ length: 4100 }, (_, row) => [row % 50 === 0 ? NaN : Math.abs(Math.sin(row))]);
    compareWithForest(toEnsemble(trees), rows);
  });

  it('have any number of thresholds per feature, each compared in its own column', () => {
    for (const count of [1, 2, 3, 4, 127, 128, 254, 255, 256, 508, 600]) {
      const trees = [MISSING.left, MISSING.right].flatMap((missing) =>
        Array.from({ length: count }, (_, index) =>
          plant([{ threshold: index, missing }], (leaf) => leaf * (index + 1)),
        ),
      );
      const cells = [NaN, -Infinity, -0.5, 0.5, count / 2, 253, 253.5, 254.5, count - 1, count - 0.5, Infinity];
      compareWithForest(
        toEnsemble(trees),
        cells.map((cell) => [cell]),
      );
    }
  });

  it('have a feature whose tests hold for all numbers', () => {
    const levels = [
      { feature: 0, threshold: Infinity },
      { feature: 1, threshold: 1 },
    ];
    const ensemble = toEnsemble([plant(levels, (leaf) => leaf)], { featureCount: 2 });
    const cells = [NaN, -Infinity, 0, 1, 2, Infinity];
    compareWithDefinition(
      ensemble,
      cells.flatMap((first) => cells.map((second) => [first, second])),
    );
  });

  it('have tests that hold for all numbers beside a full column', () => {
    const trees = [MISSING.left, MISSING.right].flatMap((missing) =>
      [...Array.from({ length: 254 }, (_, index) => index), Infinity].map((threshold, index) =>
        plant([{ threshold, missing }], (leaf) => leaf * 2 ** (index % 50)),
      ),
    );
    const cells = [NaN, Infinity, 1e300, 253, 253.5, -1, 0, 1];
    compareWithForest(
      toEnsemble(trees),
      cells.map((cell) => [cell]),
    );
  });

  it('have hundreds of features, or outputs, with fewer rows in a block', () => {
    const featureCount = 700;
    const trees = Array.from({ length: featureCount }, (_, feature) =>
      plant([{ feature, threshold: 0.5 }], (leaf) => leaf / (feature + 3)),
    );
    const rows = Array.from({ length: 800 }, (_, row) =>
      Array.from({ length: featureCount }, (_, column) => Math.abs(Math.sin(row * 37 + column))),
    );
    compareWithForest(toEnsemble(trees, { featureCount }), rows);
    const outputCount = 150;
    const wide = Array.from({ length: 3 }, (_, tree) =>
      plant([{ threshold: 0.2 * tree }], (leaf) =>
        Array.from({ length: outputCount }, (_, output) => leaf + tree + output / 7),
      ),
    );
    compareWithForest(
      toEnsemble(wide, { outputCount }),
      rows.map(([cell]) => [cell as number]),
    );
  });

  describe('give the same scores', () => {
    function NoRoom(): never {
      throw new RangeError('Out of memory: Cannot allocate Wasm memory for new instance');
    }
    const scope = globalThis as { WebAssembly?: object | undefined };
    const engine = scope.WebAssembly;
    for (const [place, replaced] of [
      ['where there is no WebAssembly', undefined],
      ['where its memory cannot be reserved', { ...engine, validate: () => true, Module: Object, Instance: NoRoom }],
    ] as const) {
      it(place, async () => {
        const ensemble = makeSymmetric(17);
        const rows = makeRows(1, ensemble, 40);
        const forest = compileSymmetric(ensemble, 'model.json');
        if (!forest) throw new Error('expected symmetric trees');
        // Another instance of the module, which has not built its program yet.
        const path = `../../../models/forest/symmetric/score-symmetric.ts?${replaced ? 1 : 0}.ts`;
        const other = (await import(path)) as { scoreSymmetric: typeof scoreSymmetric };
        scope.WebAssembly = replaced;
        try {
          expect(buildBlockProgram()).to.equal(undefined);
          const scores = other.scoreSymmetric(forest, Float64Array.from(rows.flat()));
          expect([...scores]).to.deep.equal(scoreByDefinition(ensemble, rows).flat());
        } finally {
          scope.WebAssembly = engine;
        }
        expect(buildBlockProgram()).not.to.equal(undefined);
      });
    }
  });

  it('give the same scores in another thread, from the same memory', () => {
    const ensemble = makeSymmetric(8);
    const forest = compileSymmetric(ensemble, 'model.json');
    if (!forest) throw new Error('expected symmetric trees');
    const attached = structuredClone(forest);
    expect(attached).to.deep.equal(forest);
    for (const { buffer } of [attached.tests, attached.leaves, attached.starts, attached.thresholds.value])
      expect(buffer).to.be.instanceOf(SharedArrayBuffer);
    const matrix = Float64Array.from(makeRows(3, ensemble, 50).flat());
    expect([...scoreSymmetric(attached, matrix)]).to.deep.equal([...scoreSymmetric(forest, matrix)]);
  });

  it('are checked first', () => {
    expect(() => compileSymmetric(toEnsemble([]), 'model.json')).to.throw(DeploymentError, 'one tree or more');
  });

  describe('are left to the general kernel', () => {
    const one = plant([{ threshold: 1 }], (leaf) => leaf);
    const two = plant([{ threshold: 1 }, { threshold: 2 }], (leaf) => leaf);
    const replace = (name: 'test' | 'feature' | 'threshold' | 'missing', value: number): Tree => ({
      ...two,
      [name]: Array.from(two[name] as ArrayLike<number>, (old, node) => (node === 2 ? value : old)),
    });
    const toWide = (featureCount: number) =>
      toEnsemble(
        Array.from({ length: featureCount }, (_, feature) => plant([{ feature, threshold: 0 }], (leaf) => leaf)),
        { featureCount },
      );
    const toOutputs = (outputCount: number) =>
      toEnsemble([plant([{ threshold: 0 }], () => new Array<number>(outputCount).fill(1))], { outputCount });
    const deep = Array.from({ length: 9 }, (_, threshold) => ({ threshold }));
    const cases: readonly (readonly [string, TreeEnsemble])[] = [
      ['with two thresholds in a level', toEnsemble([one, replace('threshold', 3)])],
      ['with two features in a level', toEnsemble([replace('feature', 1)], { featureCount: 2 })],
      ['with two tests in a level', toEnsemble([replace('test', TEST.less)])],
      ['with two directions of missing values in a level', toEnsemble([replace('missing', MISSING.left)])],
      [
        'with a leaf above others',
        toEnsemble([replace('test', TEST.leaf)].map((tree) => ({ ...tree, value: [0, 0, 0, 0, 0, 0, 0] }))),
      ],
      ['that are deeper than 8', toEnsemble([plant(deep, (leaf) => leaf)])],
      ['that are single leaves', toEnsemble([plant([], () => 1)])],
      ['with sums of 32 bits', toEnsemble([one], { precision: { cells: 32, thresholds: 32, sums: 32 } })],
      ['that are averaged', toEnsemble([one], { aggregation: 'mean' })],
      ['with outputs of their own', toEnsemble([one], { outputCount: 2 })],
      [
        'where a number near 0 is missing',
        toEnsemble([plant([{ threshold: 1, missing: MISSING.leftWithZero }], () => 1)]),
      ],
      ['with more columns than a block has room for', toWide(MAX_RANKS / VECTOR + 1)],
      ['with more outputs than a block has room for', toOutputs(MAX_SUMS / VECTOR + 1)],
      [
        'of which few are deep',
        toEnsemble(
          Array.from({ length: 160 }, (_, tree) => plant(tree % 8 === 0 ? deep.slice(1) : [], (leaf) => leaf)),
        ),
      ],
    ];
    for (const [fault, ensemble] of cases) {
      it(fault, () => {
        expect(compileSymmetric(ensemble, 'model.json')).to.equal(undefined);
      });
    }

    it('but not just below these limits', () => {
      for (const ensemble of [toWide(MAX_RANKS / VECTOR), toOutputs(MAX_SUMS / VECTOR)]) {
        const rows = Array.from({ length: 20 }, (_, row) => new Array<number>(ensemble.featureCount).fill(row % 2));
        const forest = compileSymmetric(ensemble, 'model.json');
        if (!forest) throw new Error('expected symmetric trees');
        const scores = scoreSymmetric(forest, Float64Array.from(rows.flat()));
        expect([...scores]).to.deep.equal(
          rows.flatMap(([cell]) =>
            new Array<number>(ensemble.outputCount).fill(
              ensemble.outputCount > 1 ? 1 : (cell as number) * ensemble.featureCount,
            ),
          ),
        );
      }
    });
  });
});
