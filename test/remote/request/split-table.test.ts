import { expect } from 'chai';
import fc from 'fast-check';
import { EngineError } from '../../../errors/engine-error.ts';
import type { RemoteTable } from '../../../remote/adapter.ts';
import { joinScores, splitTable, type PartLimits } from '../../../remote/request/split-table.ts';
import { parseTable } from '../../../models/table.ts';
import { catchError, toFile } from '../../support/deployment.ts';

const { columns } = toFile({ columns: [{ name: 'x', type: 'string' }] });
const toTable = (texts: readonly string[]) =>
  parseTable({ fields: ['x'], values: texts.map((text) => [text]) }, columns, {
    unknownCategories: 'accept',
    place: '',
  });
const toRequest = ({ rows }: RemoteTable) => ({ path: '', body: JSON.stringify(rows) });

/** The parts of a table of texts: their first rows, numbers of rows and bytes, and the texts in them. */
async function split(texts: readonly string[], limits: PartLimits) {
  const parts = [];
  for await (const { firstRow, rowCount, request } of splitTable(toTable(texts), { toRequest }, limits)) {
    const bytes = Buffer.byteLength(request.body);
    parts.push({
      firstRow,
      rowCount,
      bytes,
      texts: (JSON.parse(Buffer.from(request.body).toString()) as string[][]).flat(),
    });
  }
  return parts;
}

describe('a table in parts', () => {
  it('has one part if it is small', async () => {
    const parts = await split(['a', 'b'], { maxRows: 2, maxBytes: 13 });
    expect(parts).to.deep.equal([{ firstRow: 0, rowCount: 2, bytes: 13, texts: ['a', 'b'] }]);
  });

  it('is split evenly', async () => {
    const texts = Array.from({ length: 10 }, String);
    expect((await split(texts, { maxRows: 4, maxBytes: 1024 })).map(({ rowCount }) => rowCount)).to.deep.equal([
      3, 3, 4,
    ]);
  });

  it('is split by bytes, not by characters', async () => {
    const parts = await split(['é'.repeat(10), 'é'.repeat(10)], { maxRows: 10, maxBytes: 35 });
    expect(parts.map(({ bytes }) => bytes)).to.deep.equal([26, 26]);
  });

  it('has all rows once, in order, within the limits', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 200, max: 2000 }),
        async (texts, maxRows, maxBytes) => {
          const parts = await split(texts, { maxRows, maxBytes });
          expect(parts.flatMap((part) => part.texts)).to.deep.equal(texts);
          let at = 0;
          for (const { firstRow, rowCount, bytes } of parts) {
            expect(firstRow).to.equal(at);
            expect(rowCount).to.be.within(1, maxRows);
            expect(bytes).to.be.at.most(maxBytes);
            at += rowCount;
          }
        },
      ),
      { seed: 1, numRuns: 100 },
    ));

  it('cannot be split below a row: one that is too large is named', async () => {
    const texts = ['a', 'b', 'wallaby'.repeat(50), 'c'];
    const error = await catchError(EngineError, () => split(texts, { maxRows: 4, maxBytes: 100 }));
    expect(error.code).to.equal('body_too_large');
    expect(error.target).to.deep.equal({ type: 'field', name: 'values[2]' });
    expect(error.message).to.equal(
      'values[2]: this row is too large for the system that serves this deployment (max 100 bytes).',
    );
  });

  it('is written part by part, on demand', async () => {
    let made = 0;
    const counted = (part: RemoteTable) => {
      made += 1;
      return toRequest(part);
    };
    const parts = splitTable(toTable(['a', 'b', 'c']), { toRequest: counted }, { maxRows: 1, maxBytes: 1024 });
    await parts.next();
    expect(made).to.equal(1);
  });
});

describe('joined scores', () => {
  it('are in the order of the rows, whichever part was first', () => {
    const joined = joinScores(
      new Map([
        [2, { predictions: [1], probabilities: [0.1, 0.9] }],
        [0, { predictions: [0, 1], probabilities: [0.8, 0.2, 0.3, 0.7] }],
      ]),
    );
    expect(Array.from(joined.predictions)).to.deep.equal([0, 1, 1]);
    expect(Array.from(joined.probabilities ?? [])).to.deep.equal([0.8, 0.2, 0.3, 0.7, 0.1, 0.9]);
  });

  it('have no probabilities where a part has none', () => {
    const joined = joinScores(
      new Map([
        [0, { predictions: [0], probabilities: [0.8, 0.2] }],
        [1, { predictions: [1] }],
      ]),
    );
    expect(joined.probabilities).to.equal(undefined);
    expect(Array.from(joined.predictions)).to.deep.equal([0, 1]);
  });
});
