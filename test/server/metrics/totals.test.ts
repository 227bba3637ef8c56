import { expect } from 'chai';
import type { Family, Figures } from '../../../server/metrics/figures.ts';
import { Totals } from '../../../server/metrics/totals.ts';

const counter = (...series: [labels: Record<string, string>, value: number][]): Family => ({
  name: 'rows_total',
  help: '',
  type: 'counter',
  aggregator: 'sum',
  bounds: [],
  series: series.map(([labels, value]) => ({ labels, numbers: [value] })),
});
const gauge = (aggregator: Family['aggregator'], value: number, labels = {}): Family => ({
  ...counter([labels, value]),
  name: aggregator,
  type: 'gauge',
  aggregator,
});
const figures = (families: Family[], deployments: string[] = [], process: Family[] = []): Figures => ({
  families,
  process,
  deployments,
});

describe('the totals of several processes', () => {
  let totals: Totals;
  beforeEach(() => (totals = new Totals(2)));

  const find = (name = 'rows_total') =>
    Object.fromEntries(
      (totals.toFamilies().find((family) => family.name === name)?.series ?? []).map(({ labels, numbers }) => [
        Object.values(labels).join(),
        numbers[0],
      ]),
    );
  const count = (value: number) => figures([counter([{}, value])]);

  it('are the sums of what each has counted', () => {
    const [one, other] = [totals.open('1'), totals.open('2')];
    one.update(count(3));
    other.update(count(4));
    one.update(count(5));
    expect(find()).to.deep.equal({ '': 9 });
  });

  it('keep what a process has counted that has ended, and add what its replacement counts', () => {
    const one = totals.open('1');
    one.update(count(5));
    one.close();
    one.update(count(50));
    expect(find()).to.deep.equal({ '': 5 });
    totals.open('1').update(count(1));
    expect(find()).to.deep.equal({ '': 6 });
  });

  it('go on where a process has forgotten what it counted', () => {
    const one = totals.open('1');
    one.update(count(5));
    one.update(count(2));
    expect(find()).to.deep.equal({ '': 7 });
  });

  it('add histograms bucket by bucket, and keep the latest exemplar of each', () => {
    const histogram = (numbers: number[], timestamps: (number | null)[]): Figures => {
      const exemplars = timestamps.map((timestamp) =>
        timestamp === null ? null : { labelSet: { trace_id: `${timestamp}` }, value: 1, timestamp },
      );
      return figures([{ ...counter(), type: 'histogram', bounds: [1], series: [{ labels: {}, numbers, exemplars }] }]);
    };
    totals.open('0').update(figures([{ ...counter(), type: 'histogram' }]));
    totals.open('1').update(histogram([1, 2, 7], [10, null]));
    totals.open('2').update(histogram([2, 2, 1], [5, 6]));
    const [family] = totals.toFamilies();
    expect(family?.bounds).to.deep.equal([1]);
    expect(family?.series[0]?.numbers).to.deep.equal([3, 4, 8]);
    expect(family?.series[0]?.exemplars?.map((one) => one?.timestamp)).to.deep.equal([10, 6]);
  });

  it('have of a gauge the sum, the maximum or the minimum of the processes that live', () => {
    const [one, other] = [totals.open('1'), totals.open('2')];
    const measure = (value: number) => figures([gauge('sum', value), gauge('max', value), gauge('min', value)]);
    one.update(measure(1));
    other.update(measure(4));
    expect([find('sum'), find('max'), find('min')]).to.deep.equal([{ '': 5 }, { '': 4 }, { '': 1 }]);
    one.close();
    expect([find('sum'), find('max'), find('min')]).to.deep.equal([{ '': 4 }, { '': 4 }, { '': 4 }]);
  });

  it('have what is about a process once per process', () => {
    totals.open('1').update(figures([], [], [counter([{ kind: 'minor' }, 3])]));
    totals.open('2').update(figures([], [], [counter([{ kind: 'minor' }, 4])]));
    expect(find()).to.deep.equal({ 'minor,1': 3, 'minor,2': 4 });
  });

  const ids = (...counts: [id: string, value: number][]) =>
    figures(
      [counter(...counts.map(([deployment, value]): [Record<string, string>, number] => [{ deployment }, value]))],
      counts.map(([id]) => id),
    );

  it('join the deployments beyond the limit, however often they are asked', () => {
    const one = totals.open('1');
    one.update(ids(['a', 1], ['b', 2], ['c', 3], ['d', 4]));
    one.update(ids(['d', 5], ['c', 3], ['b', 2], ['a', 9]));
    expect(find()).to.deep.equal({ a: 9, b: 2, _other: 8 });
    const measured = figures([gauge('max', 1, { deployment: 'd' }), gauge('max', 0, { deployment: 'a' })], ['a', 'd']);
    totals.open('2').update(measured);
    expect(find('max')).to.deep.equal({ _other: 1, a: 0 });
  });

  it('forget a deployment that no process knows any more; its place is for another, but not for one of the others', () => {
    const [one, other] = [totals.open('1'), totals.open('2')];
    one.update(ids(['a', 1], ['b', 2], ['c', 3]));
    other.update(ids(['a', 1]));
    one.update(ids(['b', 2], ['c', 4]));
    expect(find()).to.deep.equal({ a: 2, b: 2, _other: 4 });
    other.update(ids());
    expect(find()).to.deep.equal({ b: 2, _other: 4 });
    one.update(ids(['b', 2], ['c', 5], ['e', 1]));
    expect(find()).to.deep.equal({ b: 2, _other: 5, e: 1 });
  });
});
