import { expect } from 'chai';
import { z } from 'zod';
import { toProblems } from '../../errors/to-problems.ts';

function listProblems(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  return error ? toProblems(error, 'a.json') : [];
}

describe('the problems of a file', () => {
  const cases: [string, z.ZodType, unknown][] = [
    ['a.json: expected string', z.string(), 7],
    ['a.json[1].b: expected number', z.array(z.object({ b: z.number() })), [{ b: 1 }, { b: '1' }]],
    ['a.json: unknown key "b", "c"', z.strictObject({}), { b: 1, c: 2 }],
    ['a.json: expected one of "b", 7', z.literal(['b', 7]), 'c'],
    ['a.json: expected string or number', z.union([z.string(), z.number()]), true],
    ['a.json: expected at least 1 character', z.string().min(1), ''],
    ['a.json: expected at most 2 characters', z.string().max(2), 'abc'],
    ['a.json: expected at least 2 items', z.array(z.number()).min(2), [1]],
    ['a.json: expected at most 1 item', z.array(z.number()).max(1), [1, 2]],
    ['a.json: expected a number >= 1', z.int().min(1), 0],
    ['a.json: expected a number > 0', z.number().positive(), 0],
    ['a.json: expected a number <= 9', z.number().max(9), 10],
    ['a.json: expected a number < 0', z.number().negative(), 0],
    ['a.json: expected a name', z.string().min(1, 'a name'), ''],
    ['a.json: expected letters', z.string().regex(/^[a-z]+$/, 'letters'), '7'],
  ];
  for (const [problem, schema, value] of cases) {
    it(`say: ${problem}`, () => {
      expect(listProblems(schema, value)).to.deep.equal([problem]);
    });
  }

  it('are all there, and never repeat a value', () => {
    const schema = z.strictObject({ b: z.number(), c: z.enum(['d']) });
    expect(listProblems(schema, { b: 'canary', c: 'canary' })).to.deep.equal([
      'a.json.b: expected number',
      'a.json.c: expected one of "d"',
    ]);
  });
});
