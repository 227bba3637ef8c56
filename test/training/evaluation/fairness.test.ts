import { expect } from 'chai';
import { toDisparateImpact } from '../../../models/disparate-impact.ts';
import { describeFairness, measureFairness, type Fairness } from '../../../training/evaluation/fairness.ts';
import { readText, toCsv } from '../../support/training.ts';

type Cells = readonly unknown[];

/** The fairness of predictions on all rows, which are also those that were learned from. */
async function measure(
  header: readonly string[],
  rows: readonly Cells[],
  toPrediction: (cells: Cells) => number,
  choices: object = {},
): Promise<Fairness> {
  const { plan, table } = await readText(toCsv(header, rows), { label: 'label', ...choices });
  const all = Int32Array.from(rows.keys());
  return measureFairness({
    table,
    training: all,
    test: all,
    truth: table.target,
    predictions: rows.map(toPrediction),
    classes: plan.label.classes,
  });
}

const repeat = (count: number, toCells: (index: number) => Cells) =>
  Array.from({ length: count }, (_, at) => toCells(at));
const find = ({ comparisons }: Fairness, group: string, outcome: string) =>
  comparisons.find((one) => one.group === group && one.outcome === outcome);

describe('the disparate impact', () => {
  it('is the ratio of the rates of favourable outcomes', () => {
    const [minority, majority] = [
      { rows: 50, favourable: 10 },
      { rows: 200, favourable: 80 },
    ];
    expect(toDisparateImpact(minority, majority)).to.equal(0.5);
    expect(toDisparateImpact(majority, minority)).to.equal(2);
    expect(toDisparateImpact(minority, { rows: 10, favourable: 0 })).to.deep.equal(NaN);
    expect(toDisparateImpact(minority, { rows: 0, favourable: 0 })).to.deep.equal(NaN);
  });
});

describe('the fairness of groups', () => {
  // Of 100 women 30 are granted, of 200 men 120; of the labels 40 and 100.
  const rows = [
    ...repeat(100, (at) => ['f', at % 10 < 3 ? 1 : 0, at % 10 < 4 ? 'granted' : 'denied']),
    ...repeat(200, (at) => ['m', at % 10 < 6 ? 1 : 0, at % 10 < 5 ? 'granted' : 'denied']),
  ];
  const header = ['sex', 'p', 'label'];

  it('is measured by predictions, for each class as the favourable one, both ways', async () => {
    const fairness = await measure(header, rows, ([, p]) => p as number, { features: ['sex'] });
    expect(fairness.outcomes).to.deep.equal(['denied', 'granted']);
    const granted = find(fairness, 'f', 'granted');
    expect(granted).to.deep.include({
      attribute: 'sex',
      rows: 100,
      rate: 0.3,
      otherRate: 0.6,
      impact: 0.5,
      otherImpact: 2,
    });
    expect(granted?.actualImpact).to.be.closeTo(0.4 / 0.5, 1e-12);
    expect(granted).to.deep.include({ isBelow: true, mayBeChance: false });
    expect(find(fairness, 'm', 'granted')).to.deep.include({ impact: 2, otherImpact: 0.5, isBelow: true });
    const denied = find(fairness, 'f', 'denied');
    expect(denied?.impact).to.be.closeTo(0.7 / 0.4, 1e-12);
    expect(denied?.isBelow).to.equal(true);
    expect(describeFairness(fairness)).to.equal(
      '2 groups have a disparate impact below 0.8, in one direction or the other, by more than chance explains.',
    );
  });

  it('is not marked at 0.8 and above', async () => {
    // 40 % and 50 %: exactly 0.8.
    const even = [
      ...repeat(100, (at) => ['f', at % 10 < 4 ? 1 : 0, 'ab'[at % 2]]),
      ...repeat(100, (at) => ['m', at % 10 < 5 ? 1 : 0, 'ab'[at % 2]]),
    ];
    const fairness = await measure(header, even, ([, p]) => p as number, { features: ['sex'] });
    expect(find(fairness, 'f', 'b')).to.deep.include({ impact: 0.8, isBelow: false });
    expect(describeFairness(fairness)).to.equal('No group has a disparate impact below 0.8.');
  });

  it('says of few rows that a difference may be chance, and does not compare fewer than 30', async () => {
    const few = [
      ...repeat(30, (at) => ['few', at < 4 ? 1 : 0, 'ab'[at % 2]]),
      ...repeat(29, (at) => ['fewer', at % 5 === 0 ? 1 : 0, 'ab'[at % 2]]),
      ...repeat(200, (at) => ['many', at % 5 === 0 ? 1 : 0, 'ab'[at % 2]]),
    ];
    const fairness = await measure(header, few, ([, p]) => p as number, { features: ['sex'] });
    expect(find(fairness, 'few', 'b')).to.deep.include({ isBelow: true, mayBeChance: true });
    const clear = await measure(
      header,
      [...few, ...repeat(100, (at) => ['others', at % 5 < 2 ? 1 : 0, 'ab'[at % 2]])],
      ([, p]) => p as number,
      { features: ['sex'] },
    );
    expect(describeFairness(clear)).to.match(/^3 groups have .*, 2 of them by more than chance explains\.$/);
    expect(fairness.tooFew).to.deep.equal([{ attribute: 'sex', group: 'fewer', rows: 29 }]);
    expect(describeFairness(fairness)).to.match(/^One group has .*, which may be chance in so few rows\.$/);
  });

  it('compares ages in bands, codes and booleans by their values, and no other numbers', async () => {
    const ages = [17, 18, 25, 26, 35.5, 36, 46, 56, 65, 66, 90];
    const mixed = repeat(ages.length * 40, (at) => [
      ages[at % ages.length],
      at % 3,
      at % 2 === 0,
      at * 1.5,
      at % 7 === 0 ? '' : `${2000 + (at % 9)}-01-01`,
      'ab'[at % 2],
    ]);
    const header = ['customerAge', 'region_code', 'member', 'wage', 'day', 'label'];
    const fairness = await measure(header, mixed, () => 0, { dates: true });
    const groups = (attribute: string) => [
      ...new Set(fairness.comparisons.filter((one) => one.attribute === attribute).map(({ group }) => group)),
    ];
    expect(groups('customerAge')).to.deep.equal([
      'under 18',
      '18 to 25',
      '26 to 35',
      '36 to 45',
      '46 to 55',
      '56 to 65',
      '66 and older',
    ]);
    // Of the ages in the list, these have each band, 40 rows each.
    const sizes = new Map(fairness.comparisons.map(({ group, rows }) => [group, rows]));
    expect(groups('customerAge').map((group) => sizes.get(group))).to.deep.equal([40, 80, 80, 40, 40, 80, 80]);
    const houses = repeat(120, (at) => [at % 40 === 0 ? 131 : at + 0.5, 'ab'[at % 2]]);
    expect((await measure(['age', 'label'], houses, () => 0)).comparisons).to.deep.equal([]);
    expect(groups('region_code')).to.deep.equal(['0', '1', '2']);
    expect(groups('member')).to.deep.equal(['false', 'true']);
    expect(fairness.booleans).to.deep.equal(['member']);
    expect([...groups('wage'), ...groups('day')]).to.deep.equal([]);
  });

  it('has missing cells as a group, the most frequent values of many, and bounded outcomes and attributes', async () => {
    const names = Array.from({ length: 34 }, (_, column) => `c${column}`);
    const wide = repeat(1600, (at) => [
      at % 25 === 24 ? '' : `v${String(at % 25).padStart(2, '0')}`,
      ...names.map(() => 'xy'[at % 2]),
      `class ${String(at % 12).padStart(2, '0')}`,
    ]);
    const fairness = await measure(['many', ...names, 'label'], wide, (cells) => Number(String(cells.at(-1)).slice(6)));
    expect(fairness.outcomes).to.have.length(10);
    const groups = new Set(
      fairness.comparisons.filter(({ attribute }) => attribute === 'many').map(({ group }) => group),
    );
    expect(groups.size).to.equal(20);
    expect(fairness.omitted).to.deep.equal([{ attribute: 'many', values: 5 }]);
    expect(fairness.omittedAttributes).to.deep.equal(['c29', 'c30', 'c31', 'c32', 'c33']);
    const gaps = await measure(
      ['a', 'label'],
      repeat(80, (at) => [at % 2 ? '' : 'x', 'ab'[at % 2]]),
      () => 1,
    );
    expect(gaps.comparisons.map(({ group }) => group)).to.deep.equal(['x', 'x', '(missing)', '(missing)']);
  });

  it('of a regression takes what is above the median of the training rows as favourable, and then the rest', async () => {
    const numbers = repeat(200, (at) => [at % 2 ? 'a' : 'b', at + 0.5]);
    const fairness = await measure(['group', 'label'], numbers, ([group]) => (group === 'a' ? 150 : 50));
    expect(fairness.outcomes).to.deep.equal(['more than 100', 'at most 100']);
    expect(find(fairness, 'a', 'more than 100')).to.deep.include({
      rate: 1,
      otherRate: 0,
      impact: NaN,
      otherImpact: 0,
    });
  });
});
