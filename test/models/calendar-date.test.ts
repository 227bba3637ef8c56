import { expect } from 'chai';
import { formatDay, readDate, toDatePart } from '../../models/calendar-date.ts';

const read = (text: string) => {
  const reading = readDate(text);
  return reading && [reading.dmy, reading.mdy].map((day) => (day === undefined ? undefined : formatDay(day)));
};

describe('a date', () => {
  for (const text of [
    '2026-11-23',
    '2026/11/23',
    '2026-11-23 10:20',
    '2026-11-23T23:59:59.123Z',
    '2026-11-23 10:20:30+01:00',
    '23.11.2026',
    '23. 11. 2026',
    '23.11.26',
    '23-Nov-2026',
    '23 November 2026',
    '23. Nov 2026',
    'Nov 23, 2026',
    'November 23rd, 2026',
    'Mon, 23 Nov 2026 10:00:00 GMT',
    'Mon Nov 23 2026 10:00:00 GMT+0100',
    'Mon Nov 23 10:00:00 2026',
    'Mon Nov 23 10:00:00 CET 2026',
    '23/Nov/2026',
    '23/Nov/2026:10:00:00 +0100',
    '20261123T101500Z',
    '20261123T1015',
    '2026年11月23日',
    '2026年11月23日 10:15',
  ]) {
    it(`is ${text}`, () => expect(read(text)).to.deep.equal(['2026-11-23', '2026-11-23']));
  }

  it('with slashes can have its day first or second', () => {
    expect(read('01/02/2026')).to.deep.equal(['2026-02-01', '2026-01-02']);
    expect(read('1-2-2026')).to.deep.equal(['2026-02-01', '2026-01-02']);
    expect(read('23/11/2026')).to.deep.equal(['2026-11-23', undefined]);
    expect(read('11/23/2026 11:59 PM')).to.deep.equal([undefined, '2026-11-23']);
  });

  it('has years of two digits from 1969 to 2068', () => {
    expect(read('1.1.69')).to.deep.equal(['1969-01-01', '1969-01-01']);
    expect(read('1.1.68')).to.deep.equal(['2068-01-01', '2068-01-01']);
  });

  it('exists in the calendar', () => {
    expect(read('29.02.2028')).to.deep.equal(['2028-02-29', '2028-02-29']);
    for (const text of ['29.02.2026', '2026-13-01', '31/31/2026', '00.01.2026', '31 Jun 2026'])
      expect(read(text), text).to.equal(undefined);
  });

  it('is not any other text', () => {
    for (const text of [
      '',
      '20261123',
      '20261123T',
      '2026年11月',
      'Nov 23 10:00 2026',
      '2026',
      '2026-11',
      '10:20',
      '1.2.3',
      '192.168.1.1',
      'May',
      '23 Nov',
      'room 1-2-2026',
    ])
      expect(read(text), text).to.equal(undefined);
  });

  it('has a year, a month, a weekday from Monday on, and days since another date', () => {
    const day = readDate('2026-11-22')?.dmy as number;
    expect(toDatePart(day, 'year')).to.equal(2026);
    expect(toDatePart(day, 'month')).to.equal(11);
    expect(toDatePart(day, 'weekday')).to.equal(7);
    expect(toDatePart(day + 1, 'weekday')).to.equal(1);
    expect(toDatePart(day, 'days', day - 30)).to.equal(30);
  });
});
