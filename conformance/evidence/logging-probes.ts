/** The requests to the operations that log, which are extensions of the contract: `…/predictions` and `…/feedback`. */
import type { ProbeSource, ScoringRequest } from './scoring-request.ts';

/** The header with the id of a request, or of the reply. */
export const SCORING_ID = 'X-Scoring-Id';
/** How many rows a request has at most: all of them are logged. */
export const LOGGED_ROWS = 2;
/** Who sends them, so that what was logged is found again. */
const SENDER = { 'X-User-Id': 'conformance-check' };

const toTable = ({ rows: { fields, values } }: ProbeSource) => ({ fields, values: values.slice(0, LOGGED_ROWS) });
const predict = (source: ProbeSource, headers: object = {}, more: object = {}): ScoringRequest => ({
  operation: 'predictions',
  table: { ...toTable(source), ...more },
  headers: { ...SENDER, ...headers },
});

export const LOGGING_BUILDERS = {
  logged: (source) => predict(source),
  'logged-again': (source) => predict(source),
  'logged-with-id': (source) => predict(source, { [SCORING_ID]: source.scoringId }),
  'logged-with-id-again': (source) => predict(source, { [SCORING_ID]: source.scoringId }),
  'logged-with-meta': (source) =>
    predict(
      source,
      {},
      { meta: { fields: ['conformance_meta'], values: toTable(source).values.map((_, index) => [`meta ${index}`]) } },
    ),
  feedback: (source) => {
    const label = source.published.text('label_column') as string;
    const { fields, values } = toTable(source);
    // The rows may have the label already.
    const others = [...fields.keys()].filter((at) => fields[at] !== label);
    const toRow = (row: readonly unknown[], index: number) => [...others.map((at) => row[at]), source.labels[index]];
    const body = { fields: [...others.map((at) => fields[at]), label], values: values.map(toRow) };
    return { operation: 'feedback', body: JSON.stringify(body), headers: SENDER };
  },
  'feedback-without-label': (source) => {
    const label = source.published.text('label_column');
    const { fields, values } = toTable(source);
    const others = [...fields.keys()].filter((at) => fields[at] !== label);
    const body = { fields: others.map((at) => fields[at]), values: values.map((row) => others.map((at) => row[at])) };
    return { operation: 'feedback', body: JSON.stringify(body), headers: SENDER };
  },
} as const satisfies Record<string, (source: ProbeSource) => ScoringRequest>;
