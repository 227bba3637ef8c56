import { expect } from 'chai';
import { findSource, keepSource } from '../../models/json/json-source.ts';
import { toRequestTables, type ScoringBody } from '../../models/request-tables.ts';
import type { RequestTable } from '../../models/table.ts';

const parse = (text: string) => keepSource(JSON.parse(text) as ScoringBody, Buffer.from(text));
/** The cells of a table as they were written, each as text. */
const toCells = ({ toWritten }: RequestTable) => {
  const { bytes, bounds } = toWritten?.() ?? { bytes: Buffer.of(), bounds: Int32Array.of() };
  const text = Buffer.from(bytes).toString();
  return Array.from({ length: bounds.length / 2 }, (_, cell) => text.slice(bounds[2 * cell], bounds[2 * cell + 1]));
};

describe('the tables of a request', () => {
  it('have their cells as they were written: of one table', () => {
    const [table, ...others] = toRequestTables(parse('{"meta":{},"values":[[1.50,"\\u00e9"]],"fields":["a","b"]}'));
    expect(others).to.be.empty;
    expect(table).to.deep.include({ fields: ['a', 'b'], values: [[1.5, 'é']] });
    expect(toCells(table as RequestTable)).to.deep.equal(['1.50', '"\\u00e9"']);
  });

  it('have their cells as they were written: of each table of an envelope', () => {
    const tables = toRequestTables(
      parse('{"input_data":[{"fields":["a"],"values":[[1e0],[2.0]]},{"fields":["b"],"values":[[3.0]]}]}'),
    );
    expect(tables.map(({ fields }) => fields)).to.deep.equal([['a'], ['b']]);
    expect(tables.map(toCells)).to.deep.equal([['1e0', '2.0'], ['3.0']]);
  });

  it('have no written cells if the body was not parsed from a text', () => {
    for (const body of [{ fields: ['a'], values: [[1]] }, { input_data: [{ fields: ['a'], values: [[1]] }] }])
      expect(toRequestTables(body).map(({ toWritten }) => toWritten)).to.deep.equal([undefined]);
  });
});

describe('a parsed value', () => {
  it('keeps its source, which is not visible among its keys', () => {
    const source = Buffer.from('{"a":1}');
    const value = keepSource(JSON.parse(source.toString()) as object, source);
    expect(findSource(value)).to.equal(source);
    expect(Object.keys(value)).to.deep.equal(['a']);
    expect(JSON.stringify(value)).to.equal('{"a":1}');
    expect(findSource({ a: 1 })).to.equal(undefined);
  });

  it('is unchanged if it is not an object', () => {
    for (const value of [null, 1, 'a', true]) expect(keepSource(value, Buffer.of())).to.equal(value);
  });
});
