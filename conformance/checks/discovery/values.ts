/** Checks of the values that discovery publishes: ids, dates, enumerations. */
import type { Check } from '../../check.ts';
import { fail, NotRun, notApplicable, pass, type Outcome } from '../../outcome.ts';
import type { PublishedDeployment } from '../../evidence/published-deployment.ts';

/** The enumerations of the contract with their paths. */
const WORDS: readonly (readonly [string, (published: PublishedDeployment) => unknown, readonly string[]])[] = [
  [
    'asset_properties.problem_type',
    ({ properties }) => properties['problem_type'],
    ['binary', 'multiclass', 'regression'],
  ],
  [
    'asset_properties.input_data_type',
    ({ properties }) => properties['input_data_type'],
    ['structured', 'unstructured_text', 'unstructured_image'],
  ],
  ['entity.type', ({ entity }) => entity['type'], ['online']],
  ['entity.asset.asset_type', ({ asset }) => asset['asset_type'], ['model']],
];

/** ISO 8601 in the profile of RFC 3339, with or without a time zone. */
const DATE = /^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?$/;

/** Checks of ids, dates and enumerations. */
export const valueChecks = {
  'ids-unique': {
    scope: 'engine',
    level: 'required',
    statement: 'No two resources have the same metadata.guid.',
    why: 'Clients look up a deployment by its id, and use the first match.',
    fix: 'Give each deployment a unique id.',
    run: async (engine) => {
      const ids = (await engine.published()).flatMap(({ id }) => id ?? []);
      const seen = new Set<string>();
      const twice = ids.find((id) => seen.size === seen.add(id).size);
      return twice === undefined ? pass() : fail(`${JSON.stringify(twice)} occurs twice`, 'each id once');
    },
  },
  'ids-asset': {
    scope: 'published',
    level: 'recommended',
    statement: 'The id of the asset is the id of the deployment.',
    why: 'Old clients compare the two to find the deployment of an asset; newer ones subscribe to either.',
    fix: 'Repeat metadata.guid as entity.asset.guid and entity.asset.asset_id.',
    run: ({ id, assetIds }) => {
      const isThere = assetIds.length > 0 && assetIds.every(([, assetId]) => typeof assetId === 'string');
      if (id === undefined || !isThere) throw new NotRun('an id is missing or not a string; see keys-gateway');
      const other = assetIds.find(([, assetId]) => assetId !== id);
      return other ? fail(`${other[0]} is ${JSON.stringify(other[1])}`, JSON.stringify(id)) : pass();
    },
  },
  dates: {
    scope: 'published',
    level: 'required',
    statement: 'Dates are ISO 8601 date-times.',
    why: 'Clients parse them, and fail on anything else.',
    fix: 'Write dates as 2026-01-31T12:00:00Z.',
    run: (published) => judgeDates(published, 'a date-time such as 2026-01-31T12:00:00Z', isDate),
  },
  'dates-utc': {
    scope: 'published',
    level: 'recommended',
    statement: 'Dates include a time zone, preferably UTC (Z).',
    why: 'A date without a time zone is off by hours for readers in other time zones.',
    fix: 'End dates with Z.',
    run: (published) =>
      judgeDates(
        published,
        'a time zone, as in 2026-01-31T12:00:00Z',
        // An invalid date has a check of its own.
        (value) => !isDate(value) || /(Z|z|[+-]\d\d:?\d\d)$/.test(value),
      ),
  },
  words: {
    scope: 'published',
    level: 'required',
    statement: 'problem_type, input_data_type, type and asset_type have values that the contract defines.',
    why: 'They decide which monitors are available; OpenScale accepts no other values.',
    fix: `Use one of: ${WORDS.flatMap(([, , words]) => words).join(', ')}.`,
    run: (published) => {
      const wrong = WORDS.flatMap(([path, read, words]) => {
        const value = read(published);
        return value === undefined || words.includes(value as string) ? [] : [{ path, value, words }];
      })[0];
      return wrong ? fail(`${wrong.path} is ${JSON.stringify(wrong.value)}`, wrong.words.join(' or ')) : pass();
    },
  },
} as const satisfies Record<string, Check>;

function judgeDates(
  { metadata, asset }: PublishedDeployment,
  expected: string,
  isGood: (value: unknown) => boolean,
): Outcome {
  const dates = [
    ['metadata.created_at', metadata['created_at']],
    ['metadata.modified_at', metadata['modified_at']],
    ['entity.asset.created_at', asset['created_at']],
  ].filter(([, value]) => value !== undefined);
  if (dates.length === 0) return notApplicable('no date is published');
  const wrong = dates.find(([, value]) => !isGood(value));
  return wrong ? fail(`${String(wrong[0])} is ${JSON.stringify(wrong[1])}`, expected) : pass();
}

function isDate(value: unknown): value is string {
  return typeof value === 'string' && DATE.test(value) && isDay(value);
}

function isDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}
