/**
 * The requests to each deployment. Each is sent once, however many checks use its response. Probes that consist of several
 * requests are listed at the end; the checks that need them send them.
 */
import type { CredentialsKind } from '../client/exchange.ts';
import { isNumeric, isWhole } from '../rows/generate-rows.ts';
import { LOGGING_BUILDERS } from './logging-probes.ts';
import type { ProbeSource, ScoringRequest } from './scoring-request.ts';

/** Undefined where the rows do not allow for the request. */
type Build = (source: ProbeSource) => ScoringRequest | undefined;

const json = (body: unknown, rest: ScoringRequest = {}): ScoringRequest => ({ body: JSON.stringify(body), ...rest });
const table = (value: unknown, rest: ScoringRequest = {}): ScoringRequest => ({ table: value, ...rest });
const toTable = ({ rows: { fields, values } }: ProbeSource) => ({ fields, values });
/** A column that no model has. */
export const EXTRA_FIELD = 'conformance_extra';

const BUILDERS = {
  batch: (source) => json(toTable(source)),
  'batch-again': (source) => json(toTable(source)),
  again: (source) => table(toTable(source)),
  reversed: ({ rows: { fields, values } }) => table({ fields, values: [...values].reverse() }),
  single: ({ rows: { fields, values } }) => table({ fields, values: values.slice(-1) }),
  permuted: ({ rows: { fields, values } }) =>
    fields.length < 2
      ? undefined
      : table({ fields: [...fields].reverse(), values: values.map((row) => [...row].reverse()) }),
  'extra-columns': ({ published, rows: { fields, values } }) => {
    const label = published.text('label_column');
    const known = label !== undefined && !fields.includes(label) ? [label] : [];
    const cell = published.labels?.[0] ?? 0;
    return table({
      fields: [EXTRA_FIELD, ...fields, ...known],
      values: values.map((row, index) => [`extra ${index}`, ...row, ...known.map(() => cell)]),
    });
  },
  meta: (source) =>
    table({
      ...toTable(source),
      meta: { fields: ['transaction_id'], values: source.rows.values.map((_, index) => [`conformance-${index + 1}`]) },
    }),
  headers: (source) =>
    table(toTable(source), {
      headers: { 'X-Global-Transaction-Id': 'conformance-check-1', 'X-Conformance-Check': 'harmless' },
    }),
  envelope: (source) => json({ input_data: [toTable(source)] }),
  'several-tables': ({ rows: { fields, values } }) =>
    json({
      input_data: [
        { fields, values: values.slice(-1) },
        { fields, values },
      ],
    }),
  empty: ({ rows: { fields } }) => table({ fields, values: [] }),
  fractions: ({ published, rows: { fields, values } }) => {
    const whole = new Set(fields.filter((name) => isWhole(published.findInput(name)?.type)));
    if (whole.size === 0) return undefined;
    const shift = (cell: unknown, name = '') => (whole.has(name) && typeof cell === 'number' ? cell + 0.25 : cell);
    return table({ fields, values: values.map((row) => row.map((cell, column) => shift(cell, fields[column]))) });
  },

  'malformed-json': () => ({ body: '{"fields": ["a"], "values": [[1]' }),
  'no-table': () => json({}),
  'missing-feature': ({ published, rows: { fields, values } }) => {
    const needed = published.features ? fields.findIndex((name) => published.findInput(name)?.nullable === false) : -1;
    // Where no feature is known to be mandatory, none is sent at all.
    if (needed < 0 || fields.length < 2) return table({ fields: [EXTRA_FIELD], values: values.map(() => [0]) });
    const without = <T>(row: readonly T[]) => row.filter((_, column) => column !== needed);
    return table({ fields: without(fields), values: values.map(without) });
  },
  'wrong-type': ({ published, rows: { fields, values } }) => {
    const isNumbers = fields.map((name, column) => {
      const type = published.findInput(name)?.type;
      return type === undefined ? values.every((row) => typeof row[column] === 'number') : isNumeric(type);
    });
    // Without a numeric column: an object, which no cell can be. Without known features, the first column might not be one.
    const wrong = isNumbers.includes(true) ? 'not a number' : { a: { b: 1 } };
    const first = Math.max(0, isNumbers.indexOf(true));
    const isWrong = (column: number) => (published.features ? column === first : column === first || isNumbers[column]);
    return table({ fields, values: values.map((row) => row.map((cell, column) => (isWrong(column) ? wrong : cell))) });
  },
  'ragged-row': ({ rows: { fields, values } }) =>
    table({ fields, values: values.map((row, index) => (index === values.length - 1 ? row.slice(0, -1) : row)) }),
  'null-cell': ({ rows: { fields, values } }) =>
    table({ fields, values: values.map((row, index) => (index === 0 ? row.map(() => null) : row)) }),
  'unknown-category': ({ published, rows: { fields, values } }) => {
    const texts = fields.map(
      (name, index) =>
        (published.findInput(name)?.type ?? 'string') === 'string' &&
        values.every((row) => typeof row[index] === 'string'),
    );
    if (!texts.includes(true)) return undefined;
    const replace = (cell: unknown, column: number) => (texts[column] ? 'never seen before' : cell);
    return table({ fields, values: values.map((row) => row.map(replace)) });
  },
  'other-media-type': (source) => ({
    body: [source.rows.fields, ...source.rows.values].map((row) => row.join(',')).join('\n'),
    headers: { 'Content-Type': 'text/csv' },
  }),
  'json-as-text': (source) => table(toTable(source), { headers: { 'Content-Type': 'text/plain' } }),
  'wrong-method': () => ({ method: 'GET' }),
  'unknown-deployment': (source) => table(toTable(source), { unknownDeployment: true }),
  recovery: (source) => table(toTable(source)),

  'without-credentials': (source) => table(toTable(source), { credentials: 'none' }),
  'with-wrong-credentials': (source) => table(toTable(source), { credentials: 'wrong' }),
  'with-another-user-credentials': (source) => table(toTable(source), { credentials: 'another-user' }),
  'with-malformed-credentials': (source) => table(toTable(source), { credentials: 'malformed' }),

  ...LOGGING_BUILDERS,
} as const satisfies Record<string, Build>;

export const SCORING_REQUESTS: Readonly<Record<SingleProbe, Build>> = BUILDERS;
export type SingleProbe = keyof typeof BUILDERS;

/**
/** What is sent to find the form of the requests that a deployment takes, whatever the checks. */
export const FORM_PROBES = ['batch', 'envelope', 'batch-again'] as const satisfies SingleProbe[];

/**
 * Probes of several requests: the load that OpenScale sends (5000 rows, an explanation, eight calls at once), and two requests
 * on one connection.
 */
const SEVERAL = { 'many-rows': 1, explanation: 201, concurrent: 8, 'one-connection': 2 } as const;
export type ScoringProbe = SingleProbe | keyof typeof SEVERAL;

/** How many requests a probe consists of. */
export function countRequests(probe: ScoringProbe): number {
  return probe in SEVERAL ? SEVERAL[probe as keyof typeof SEVERAL] : 1;
}

/** The scoring probe for each way to send credentials. */
export function toScoringProbe(kind: Exclude<CredentialsKind, 'right'>): SingleProbe {
  return kind === 'none' ? 'without-credentials' : `with-${kind}-credentials`;
}
