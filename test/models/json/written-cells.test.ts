import { expect } from 'chai';
import fc from 'fast-check';
import { findTables, writeCells, type WrittenCells } from '../../../models/json/written-cells.ts';

interface Body {
  readonly values?: unknown[][];
  readonly input_data?: { readonly values?: unknown[][] }[];
}

/** The cells as their bytes have them, each as a value. */
function parseCells(cells: WrittenCells | undefined): unknown[] | undefined {
  return (
    cells && Array.from({ length: cells.bounds.length / 2 }, (_, number): unknown => JSON.parse(toText(cells, number)))
  );
}

function toText({ bytes, bounds }: WrittenCells, number: number): string {
  return Buffer.from(bytes.subarray(bounds[2 * number], bounds[2 * number + 1])).toString();
}

const scalar = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\\"', '],[', '}', 'values', '\u2028'),
);
const cell = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
const values = fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 4 });
const other = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant([{ values: [[1]] }]), fc.constant({ values: [[1]] }));
/** The members of a table, some of them twice; the names of some of the others have to be told from `values`. */
const members = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('values'), values),
    fc.tuple(fc.constantFrom('meta', 'fields', 'value', 'valuess', 'Values', '', '"', 'é'), other),
  ),
  { maxLength: 4 },
);
const body = fc.array(
  fc.oneof(
    members.map((all) => ['', all] as const),
    fc.array(members, { maxLength: 3 }).map((all) => ['input_data', all] as const),
  ),
  { maxLength: 3 },
);

/** Writes a value with any blanks, and every letter of a text as an escape where it is to be. */
function buildWrite(choices: fc.Stream<number>) {
  const next = () => choices.next().value as number;
  const blank = () => ['', '', '', ' ', '\n', '\t\r\n '][next() % 6] as string;
  const text = (value: string) =>
    next() % 3 === 0
      ? `"${Array.from({ length: value.length }, (_, at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(value);
  const list = (items: readonly string[]) =>
    `[${blank()}${items.map((item) => `${item}${blank()}`).join(`,${blank()}`)}]`;
  const write = (value: unknown): string => {
    if (Array.isArray(value)) return list(value.map(write));
    if (typeof value === 'string') return text(value);
    return value !== null && typeof value === 'object'
      ? object(Object.entries(value).map(([k, v]) => [k, write(v)]))
      : JSON.stringify(value);
  };
  const object = (all: readonly (readonly [string, string])[]) =>
    `{${blank()}${all.map(([name, value]) => `${text(name)}${blank()}:${blank()}${value}${blank()}`).join(`,${blank()}`)}}`;
  const table = (all: readonly (readonly [string, unknown])[]) =>
    all.map(([name, value]) => [name, write(value)] as const);
  return { blank, list, object, table };
}

describe('the cells of a body, as they were written', () => {
  it('are those that JSON.parse reads, however they are written', () => {
    fc.assert(
      fc.property(body, fc.infiniteStream(fc.nat()), (parts, choices) => {
        const { blank, list, object, table } = buildWrite(choices);
        const all = parts.flatMap(([name, part]) =>
          name === ''
            ? table(part as [string, unknown][])
            : [[name, list((part as [string, unknown][][]).map((one) => object(table(one))))] as const],
        );
        const text = `${blank()}${object(all)}${blank()}`;
        const parsed = JSON.parse(text) as Body;
        const { own, enveloped } = findTables(Buffer.from(text));
        expect(parseCells(own), text).to.deep.equal(parsed.values?.flat(1));
        expect(enveloped.map(parseCells), text).to.deep.equal(
          (parsed.input_data ?? []).map((one) => one.values?.flat(1)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('are those of the attributes of each table, if these are asked for', () => {
    const meta = '{"values":[["old"]],"fields":["values"],"values":[[1.0,[2]] ]}';
    const text = `{"values":[[0]],"meta":3,"meta":${meta},"input_data":[{"meta":${meta}},{"values":[[5]]},{"meta":[[9]]}]}`;
    const { own, enveloped } = findTables(Buffer.from(text), 'meta');
    expect([own, ...enveloped].map(parseCells)).to.deep.equal([[1, [2]], [1, [2]], undefined, undefined]);
    expect(toText(own as WrittenCells, 0)).to.equal('1.0');
    expect(parseCells(findTables(Buffer.from(text)).own)).to.deep.equal([0]);
  });

  it('are to the letter', () => {
    const { own } = findTables(Buffer.from('{"values":[[1.50, -0 ,1e+2],["\\u00e9" ,true,[ 1 ]]]}'));
    const texts = Array.from({ length: 6 }, (_, number) => toText(own as WrittenCells, number));
    expect(texts).to.deep.equal(['1.50', '-0', '1e+2', '"\\u00e9"', 'true', '[ 1 ]']);
  });

  it('are found in tables of any size, one after the other', () => {
    for (const count of [1, 3000, 300_000, 2]) {
      const rows = Array.from({ length: count }, (_, row) => [row, `${row}`]);
      const { own } = findTables(Buffer.from(JSON.stringify({ values: rows })));
      expect(own?.bounds.length).to.equal(4 * count);
      expect([0, 1, 2 * count - 1].map((number) => toText(own as WrittenCells, number))).to.deep.equal([
        '0',
        '"0"',
        `"${count - 1}"`,
      ]);
    }
  });

  it('end with what they are in, where that is cut off', () => {
    const text = '{"a":[{"b":"\\""}],"input_data":[{"values":[[1,"x"],[2]]}],"values":[[1,"\\"]"]]}';
    for (let length = 0; length < text.length; length++) findTables(Buffer.from(text.slice(0, length)));
    for (const wrong of ['[', '1', '""', 'null', '{"values":1}', '{"input_data":{}}', '{"values":[1,2]}'])
      findTables(Buffer.from(wrong));
  });

  it('are written where there are only rows', () => {
    const rows = [
      [1.5, 'ü', null],
      [true, '],', 0],
    ];
    expect(parseCells(writeCells(rows))).to.deep.equal(rows.flat());
    expect(writeCells([]).bounds).to.have.length(0);
  });
});
