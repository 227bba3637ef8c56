import { expect } from 'chai';
import fc from 'fast-check';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { isNumbers, type NumericValue, type ParseOptions } from '../../../models/json/numeric-value.ts';
import { parseNumericJson } from '../../../models/json/parse-numeric-json.ts';
import { parseUbjson } from '../../../models/json/parse-ubjson.ts';
import { toUbjson } from '../../support/xgboost-model.ts';

const parse = (text: string, options?: ParseOptions) => parseNumericJson(Buffer.from(text), 'model.json', options);

/** The value as JSON.parse returns it. */
function toPlain(value: NumericValue): unknown {
  if (isNumbers(value)) return Array.from(value);
  if (value instanceof Map) {
    const members = (value as ReadonlyMap<string, NumericValue>).entries();
    return Object.fromEntries(Array.from(members, ([key, member]) => [key, toPlain(member)]));
  }
  return Array.isArray(value) ? (value as readonly NumericValue[]).map(toPlain) : value;
}

/** Values whose arrays consist of numbers, or have none. */
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.array(fc.oneof(fc.string(), fc.dictionary(fc.string(), tie('value')))),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value')),
  ),
}));

describe('the JSON of a model', () => {
  it('is parsed as JSON.parse does', () => {
    fc.assert(
      fc.property(values, fc.nat(2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(toPlain(parse(text))).to.deep.equal(JSON.parse(text));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('is parsed to the nearest number, however it is written', () => {
    const check = (text: string) => expect(parse(text), text).to.equal(Number(text));
    const parts = fc.tuple(
      fc.bigInt({ min: 0n, max: 10n ** 19n }),
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.integer({ min: -330, max: 310 }),
    );
    fc.assert(
      fc.property(parts, ([whole, fraction, exponent]) => {
        for (const text of [
          `${whole}`,
          `${whole}.${fraction}`,
          `-${whole}.${fraction}E${exponent}`,
          `${fraction}e${exponent}`,
        ])
          check(text);
      }),
      { seed: 1, numRuns: 500 },
    );
    for (const text of [
      '-0',
      '1e23',
      '9007199254740993',
      '5E-324',
      '1.7976931348623157e308',
      '2.2250738585072011e-308',
    ])
      check(text);
  });

  it('may have the numbers that JSON lacks', () => {
    expect(toPlain(parse('{"x":[NaN,Infinity,-Infinity,1],"y":NaN}'))).to.deep.equal({
      x: [NaN, Infinity, -Infinity, 1],
      y: NaN,
    });
  });

  it('has booleans in arrays as numbers', () => {
    expect(toPlain(parse('[true, false, 1]'))).to.deep.equal([1, 0, 1]);
  });

  it('does not keep what is skipped, whatever it contains', () => {
    const skip = new Set(['x']);
    for (const value of ['[1,"]",{"a":"}\\\\"}]', '"\\",\\\\"', '-1e5', '{}', 'null']) {
      expect(toPlain(parse(`{"x":${value},"y":[1],"z":{"x" : ${value} }}`, { skip })), value).to.deep.equal({
        y: [1],
        z: {},
      });
    }
  });

  it('has no members but its own', () => {
    const value = parse('{"__proto__":1,"constructor":2}') as ReadonlyMap<string, NumericValue>;
    expect([...value]).to.deep.equal([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  it('has lists where numbers are followed by something else', () => {
    expect(parse('[1, [2, 3], "a", 4]')).to.deep.equal([1, Float64Array.of(2, 3), 'a', 4]);
    expect(parse('[[1, {"a": 2}], [3]]')).to.deep.equal([[1, new Map([['a', 2]])], Float64Array.of(3)]);
  });

  for (const [text, expected] of [
    ['', 'a value at byte 0, where the file ends'],
    ['{"a":1} x', 'the end of the file at byte 8'],
    ['[1,2', '"," or "]" at byte 4, where the file ends'],
    [`[${'1,'.repeat(1002)}[]]`, 'a number, as before in the array at byte 2005'],
    ['[1,]', 'a value at byte 3'],
    ['["a",]', 'a value at byte 5'],
    ['{a:1}', 'a key in quotes at byte 1'],
    ['{"a" 1}', '":" at byte 5'],
    ['{"a":1,}', 'a key in quotes at byte 7'],
    ['"a', 'the end of a string at byte 2, where the file ends'],
    ['"a\\"', 'the end of a string at byte 4, where the file ends'],
    ['"\\x"', 'a string of JSON, in UTF-8 at byte 0'],
    ['"a\nb"', 'a string of JSON, in UTF-8 at byte 0'],
    ['1.', 'a digit at byte 2'],
    ['1e+', 'a digit at byte 3'],
    ['-', 'a value at byte 1'],
    ['nul', 'a value at byte 0'],
  ] as const) {
    it(`is rejected as ${JSON.stringify(text.slice(-20))}`, () => {
      expect(() => parse(text)).to.throw(DeploymentError, `model.json: expected ${expected}`);
    });
  }

  it('is rejected with a string that is not in UTF-8', () => {
    const bytes = Buffer.from([0x22, 0xc3, 0x22]);
    expect(() => parseNumericJson(bytes, 'model.json')).to.throw(DeploymentError, 'in UTF-8 at byte 0');
  });
});

describe('the UBJSON of a model', () => {
  const parseBytes = (bytes: Buffer, options?: ParseOptions) => parseUbjson(bytes, 'model.ubj', options);
  const bytesOf = (...parts: (string | readonly number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

  it('is parsed, with the numbers of each type', () => {
    const text = bytesOf(
      '{i\x01a[#i\x06i',
      [0xff],
      'U',
      [0xff],
      'I',
      [0x80, 0],
      'l',
      [0, 1, 0, 0],
      'L',
      [0, 0, 0, 1, 0, 0, 0, 2],
      'd',
      [0x3f, 0x80, 0, 0],
      'i\x01bTU\x01cZi\x01dS',
      'U\x02\xc3\xbc',
      '}',
    );
    expect(toPlain(parseBytes(text))).to.deep.equal({
      a: [-1, 255, -32768, 65536, 2 ** 32 + 2, 1],
      b: true,
      c: null,
      d: 'ü',
    });
    for (const [type, numbers, expected] of [
      ['i', [0xff, 1], [-1, 1]],
      ['U', [0xff, 1], [255, 1]],
      ['I', [0xff, 0xff], [-1]],
      ['l', [0xff, 0xff, 0xff, 0xfe], [-2]],
      ['L', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], [-2]],
      ['d', [0x7f, 0xc0, 0, 0], [NaN]],
      ['D', [0x3f, 0xf0, 0, 0, 0, 0, 0, 0], [1]],
    ] as const) {
      const count = String.fromCharCode(expected.length);
      expect(toPlain(parseBytes(bytesOf(`[$${type}#i${count}`, numbers))), type).to.deep.equal(expected);
    }
  });

  it('is parsed with or without the number of elements', () => {
    expect(toPlain(parseBytes(bytesOf('[i\x01i\x02]')))).to.deep.equal([1, 2]);
    expect(toPlain(parseBytes(bytesOf('[TF]')))).to.deep.equal([1, 0]);
    expect(toPlain(parseBytes(bytesOf('[]')))).to.deep.equal([]);
    expect(toPlain(parseBytes(bytesOf('{#i\x01i\x01a[#i\x00')))).to.deep.equal({ a: [] });
    expect(toPlain(parseBytes(bytesOf('[[i\x01][]]')))).to.deep.equal([[1], []]);
  });

  it('does not keep what is skipped', () => {
    const skip = new Set(['x']);
    const bytes = toUbjson({ x: [1, 2], y: [3], z: { x: [{ y: 'a' }], w: 'b' } });
    expect(toPlain(parseBytes(bytes, { skip }))).to.deep.equal({ y: [3], z: { w: 'b' } });
  });

  for (const [what, text, expected] of [
    ['with more after its end', 'TT', 'the end of the file at byte 1'],
    ['with a value of another type', 'H', 'a value of UBJSON at byte 0'],
    ['with an array of texts in one type', '[$S#i\x01i\x01a', 'an array of numbers at byte 2'],
    ['with an object of one type', '{$i#i\x01i\x01a\x01', 'an object whose members have their own types'],
    ['with a negative length', 'Si\xff', 'a length at byte 1'],
    ['with a length that is no integer', 'Sd\x00\x00\x00\x00', 'a length at byte 1'],
    ['with a type but no length', '[$i\x01', '"#", and the length of the array at byte 3'],
    ['with a text among numbers', '[i\x01Si\x01a]', 'a number, as before in the array at byte 3'],
    ['with a text that is not in UTF-8', 'Si\x01\xc3', 'a string in UTF-8'],
  ] as const) {
    it(`is rejected ${what}`, () => {
      expect(() => parseBytes(bytesOf(text))).to.throw(DeploymentError, `model.ubj: expected ${expected}`);
    });
  }
});
