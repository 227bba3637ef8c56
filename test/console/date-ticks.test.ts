import { expect } from 'chai';
import { toDateTicks } from '../../console/date-ticks.ts';
import { toTicksOnLine } from '../../console/column-numbers.ts';

describe('toDateTicks', () => {
  const toDay = (date: string) => Date.parse(date) / 86_400_000;
  const list = (from: string, to: string, count = 4) => toDateTicks(toDay(from), toDay(to), count);
  const texts = (from: string, to: string, count?: number) => list(from, to, count).map(({ text }) => text);

  it('are days of a few days, and Mondays of a few weeks', () => {
    expect(texts('2026-02-27', '2026-03-02')).to.deep.equal(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
    expect(texts('2026-11-23', '2026-11-30')).to.deep.equal(['2026-11-23', '2026-11-25', '2026-11-27', '2026-11-29']);
    expect(texts('2026-11-24', '2026-12-15')).to.deep.equal(['2026-11-30', '2026-12-07', '2026-12-14']);
    expect(texts('1969-12-01', '1970-01-20')).to.deep.equal(['1969-12-01', '1969-12-15', '1969-12-29', '1970-01-12']);
  });

  it('are first days of months, quarters and half-years', () => {
    expect(texts('2025-12-02', '2026-03-31')).to.deep.equal(['2026-01', '2026-02', '2026-03']);
    expect(texts('2026-01-01', '2026-12-31')).to.deep.equal(['2026-01', '2026-04', '2026-07', '2026-10']);
    expect(texts('2024-12-02', '2026-08-31')).to.deep.equal(['2025-01', '2025-07', '2026-01', '2026-07']);
  });

  it('are first days of years, and of round years', () => {
    expect(texts('2021-01-02', '2024-12-31')).to.deep.equal(['2022', '2023', '2024']);
    expect(texts('1998-06-01', '2026-06-01')).to.deep.equal(['2000', '2010', '2020']);
    expect(texts('0001-01-01', '9999-12-31')).to.deep.equal(['5000']);
    expect(texts('0020-01-01', '0120-01-01')).to.deep.equal(['0050', '0100']);
  });

  it('lie where their texts say', () => {
    for (const [from, to] of [
      ['2026-02-27', '2026-03-02'],
      ['2026-01-01', '2026-12-31'],
      ['0020-01-01', '0120-01-01'],
    ] as const)
      for (const { at, text } of list(from, to)) expect(at, text).to.equal(toDay(text));
  });

  it('are at least one and few for every number of days', () => {
    for (let days = 0; days < 20_000; days += 1 + Math.floor(days / 50)) {
      const ticks = toDateTicks(20_000, 20_000 + days, 4);
      expect(ticks, `${days} days`).to.have.length.within(1, 5);
      for (const { at } of ticks) expect(at).to.be.within(20_000, 20_000 + days);
    }
  });

  it('are on an axis of dates, which has fewer of them than one of numbers', () => {
    const year = toTicksOnLine({ isDate: true }, toDay('2026-01-01'), toDay('2026-12-31'), 7);
    expect(year.map(({ text }) => text)).to.deep.equal(['2026-01', '2026-04', '2026-07', '2026-10']);
    expect(toTicksOnLine({ isDate: false }, 0, 3, 7).map(({ at, text }) => `${at} ${text}`)).to.include('0.5 0.5');
  });
});
