/** No kind makes scores from a reply that was tampered with, and none crashes. */
import { expect } from 'chai';
import fc from 'fast-check';
import { adapters } from '../../../remote/adapters.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import { tryAdapter } from '../../support/try-adapter.ts';
import { toClassifier } from '../../support/deployment.ts';
import { CLASSES, scoreRow } from '../wire.ts';
import { wires } from '../wires.ts';

const RUNS = { seed: 1, numRuns: 300 };

const ROWS = [
  [12.5, 40, 'loam', false],
  [null, 7, 'clay', true],
  [0.25, 300, 'sand', true],
  [9, 2, 'loam', true],
];
const KEYS = {
  ...toClassifier(...CLASSES),
  columns: [
    { name: 'height', type: 'double', nullable: true },
    { name: 'rings', type: 'integer' },
    { name: 'soil', type: 'string', categories: ['clay', 'loam', 'sand'] },
    { name: 'felled', type: 'boolean' },
  ],
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values that do not occur in good replies; as text, because only JSON.parse creates an own key `__proto__`. */
const STRANGE = [
  ...['null', 'true', '-1', '0.5', '17', '4', '1e308', '-1e308', '9007199254740993', '4294967296'],
  ...['""', '"ash "', '"0.2"', '"NaN"', '"__proto__"', '"constructor"', '"toString"', '"length"'],
  ...['[]', '[[]]', '[null]', '[[0.2, 0.3, 0.5]]', '["ash", "birch"]', '{}', '{"length": 4}'],
  ...['{"__proto__": [0.2, 0.3, 0.5]}', '{"__proto__": null}', '{"constructor": "ash", "prototype": {}}'],
  ...['{"toString": 1, "valueOf": 1}', '{"toJSON": 1, "then": 1}', `${'['.repeat(3000)}${']'.repeat(3000)}`],
];

/** A change of one value, which is selected by a number. */
const changes = fc.record({
  at: fc.nat(),
  change: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...STRANGE).map((text) => () => JSON.parse(text) as Json) },
    fc.constant((value: Json) => [value, value] as Json),
    fc.constant((value: Json) => ({ value })),
    fc.constant((value: Json) => String(typeof value === 'object' ? 'ash' : value) as Json),
    fc.nat(3).map((count) => (value: Json) => (Array.isArray(value) ? value.slice(0, -1 - count) : null)),
    fc
      .nat()
      .map((index) => (value: Json) => (Array.isArray(value) ? [...value, value[index % value.length] ?? 1] : null)),
    fc.nat().map((index) => (value: Json) => dropKey(value, index)),
    fc.nat().map((index) => (value: Json) => renameKey(value, index)),
  ),
});

for (const kind of Object.keys(adapters)) {
  for (const [variant, wire] of Object.entries(wires[kind] ?? {})) {
    describe(`a reply to the kind ${kind}, ${variant}`, () => {
      const good = wire.toReply(ROWS.map(scoreRow)) as Json;
      const tried = tryAdapter(adapters[kind] as (typeof adapters)[string], wire.settings, KEYS);
      const wanted = ROWS.map((row) => scoreRow(row).label);

      /** A reply gives the same scores as the good one, if the change does not matter, or it is rejected. */
      const check = async (reply: unknown): Promise<'rejected' | 'scored'> => {
        try {
          const { predictions, probabilities } = await tried.read(reply, ROWS.length, { wantsProbabilities: true });
          expect(predictions).to.deep.equal(wanted);
          for (const [row, cells] of ROWS.entries()) {
            for (const [index, probability] of scoreRow(cells).probabilities.entries())
              expect(probabilities?.[row]?.[index]).to.be.closeTo(probability, 1e-9);
          }
          return 'scored';
        } catch (error) {
          if (!(error instanceof ReplyError)) throw error;
          return 'rejected';
        }
      };

      it('gives scores if it is good', async () => {
        expect(await check(good)).to.equal('scored');
      });

      it('is rejected if a part of it is changed', async () => {
        let rejected = 0;
        await fc.assert(
          fc.asyncProperty(changes, async ({ at, change }) => {
            if ((await check(JSON.stringify(changeAt(good, at, change)))) === 'rejected') rejected += 1;
          }),
          RUNS,
        );
        // Few changes do not matter: those of names, and of values that are derived again.
        expect(rejected).to.be.greaterThan(RUNS.numRuns / 2);
      });

      it('is rejected if it is something else', async () => {
        for (const text of [...STRANGE, '', 'no', '<html></html>', '[NaN]', '\u0000']) {
          expect(await check(text), text.slice(0, 40)).to.equal('rejected');
        }
      });

      it('is rejected if it is truncated', async () => {
        const text = JSON.stringify(good);
        await fc.assert(
          fc.asyncProperty(fc.nat(text.length - 1), async (length) => {
            expect(await check(text.slice(0, length))).to.equal('rejected');
          }),
          { ...RUNS, numRuns: 50 },
        );
      });
    });
  }
}

/** A copy of the reply with one value changed; its values are numbered, the reply itself being 0. */
function changeAt(reply: Json, at: number, change: (value: Json) => Json): Json {
  let left = at % countValues(reply);
  const visit = (value: Json): Json => {
    if (left-- === 0) return change(value);
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, visit(one)]));
  };
  return visit(reply);
}

function countValues(value: Json): number {
  const parts = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return parts.reduce<number>((sum, part) => sum + countValues(part), 1);
}

function dropKey(value: Json, index: number): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.filter((_, at) => at !== index % entries.length));
}

function renameKey(value: Json, index: number): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, one], at) => [at === index % entries.length ? '__proto__' : key, one]));
}
