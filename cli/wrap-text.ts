/** A wrapping as its command prints it. All that came from the upstream is made safe for a terminal here. */
import { buildSafeText } from '../conformance/report/safe-text.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';
import { toHint } from '../wrapping/to-hint.ts';
import type { WrapOptions, WrapResult } from '../wrapping/wrap.ts';

const MOST_COLUMNS = 40;
const MOST_ROWS = 5;
/** Of a cell, in characters. */
const MOST_WIDTH = 20;
const USUAL_WIDTH = 100;

/** A cell, a name, or what an upstream said. */
const toSafe = buildSafeText([]);
/** A sentence of ours, which may have names in it. */
const toSafeSentence = buildSafeText([], 2000);

/** What the model takes, before the rows are scored. */
export function toColumnsText(...[columns, rowCount, notices]: Parameters<NonNullable<WrapOptions['onPlan']>>): string {
  const shown = columns.slice(0, MOST_COLUMNS);
  const width = Math.max(...shown.map(({ name }) => name.length));
  return [
    `${toCount(rowCount, 'row')}, ${toCount(columns.length, 'column')}`,
    ...shown.map(
      ({ name, type, nullable }) => `  ${toSafe(name).padEnd(width)}  ${type}${nullable ? ', nullable' : ''}`,
    ),
    ...(columns.length > MOST_COLUMNS ? [`  … and ${columns.length - MOST_COLUMNS} more`] : []),
    ...notices.map((notice) => `  (${toSafeSentence(notice)})`),
  ].join('\n');
}

/** The result, for a person: the first rows with their answers, what was found, and what to do next. */
export function toWrapText(result: WrapResult, out: string, width = USUAL_WIDTH): string {
  const { file, folder, scored, notices } = result;
  const { predictions, probabilities } = scored.answer;
  const found = probabilities
    ? `${toCount(predictions.length, 'prediction')}, each with ${probabilities[0]?.length} probabilities.`
    : file.label.classes
      ? `${toCount(predictions.length, 'prediction')}, without probabilities: OpenScale can neither explain nor debias this model.`
      : `${toCount(predictions.length, 'prediction')}.`;
  const serve = out === './deployments' ? 'npm start' : `npx custom-ml-engine serve --deployments ${out}`;
  return [
    ...toTable(result, width),
    '',
    found,
    ...toAgreement(result),
    ...notices.map((notice) => `(${toSafeSentence(notice)})`),
    ...toNeeds(file),
    '',
    `Wrote ${folder}, with ${toCount(file.example.values.length, 'row')} as its example. Next:`,
    '',
    `  ${serve}`,
    `  npx custom-ml-engine check http://127.0.0.1:8080 --deployment ${file.id}`,
  ].join('\n');
}

/** The result, for programs. */
export function toWrapJson({ folder, file, scored, notices }: WrapResult): object {
  const { kind, problem_type, columns, label, example } = file;
  const { predictions, probabilities } = scored.answer;
  return {
    folder,
    kind,
    problem_type,
    columns,
    label,
    rows: predictions.length,
    probabilities: probabilities?.[0]?.length ?? 0,
    example,
    notices,
  };
}

/** What the engine needs from its surroundings to get in. */
function toNeeds({ settings }: WrapResult['file']): string[] {
  const { authentication = {} } = settings as { authentication?: Readonly<Record<string, { variable?: string }>> };
  const names = Object.values(authentication).flatMap(({ variable = [] }) => variable);
  return names.map((name) => `The engine needs the environment variable ${name}, too.`);
}

/** How often the predictions are the true labels: a low figure may come of a wrong order of the classes. */
function toAgreement({ file, truth, scored }: WrapResult): string[] {
  if (!truth || !file.label.classes) return [];
  const { predictions } = scored.answer;
  const same = predictions.filter((value, row) => String(value) === String(truth[row])).length;
  return [`${same} of the ${predictions.length} are the ${file.label.name} of their row.`];
}

function toTable({ file, scored }: WrapResult, width: number): string[] {
  const { fields, values, answer } = scored;
  const { classes = [] } = file.label;
  const rows = values.slice(0, MOST_ROWS).map((cells, row) => ({
    cells: cells.map(toCell),
    results: [
      toCell(answer.predictions[row]),
      ...(answer.probabilities?.[row] ?? []).map((probability) => probability.toFixed(4)),
    ],
  }));
  const results = toColumns(
    [file.result.prediction, ...(answer.probabilities ? classes : [])].map(toCell),
    rows.map((row) => row.results),
  );
  const features = toColumns(
    fields.map(toCell),
    rows.map((row) => row.cells),
  );
  // The features are known to whoever reads this; the answers are what counts.
  let room = width - 6 - results.reduce((sum, column) => sum + column.width + 2, 0);
  const fitting = features.filter((column) => (room -= column.width + 2) >= 0);
  const cut = fitting.length < features.length ? '  …' : '';
  return [-1, ...rows.keys()].map((row) => `${toLine(fitting, row)}${cut}  │${toLine(results, row)}`);
}

interface TextColumn {
  readonly head: string;
  readonly cells: readonly string[];
  readonly width: number;
}

function toColumns(heads: readonly string[], rows: readonly (readonly string[])[]): TextColumn[] {
  return heads.map((head, index) => {
    const cells = rows.map((row) => row[index] ?? '');
    return { head, cells, width: Math.max(...[head, ...cells].map((text) => text.length)) };
  });
}

/** A row of the table; its head is -1. */
function toLine(columns: readonly TextColumn[], row: number): string {
  return columns.map(({ head, cells, width }) => `  ${(row < 0 ? head : (cells[row] ?? '')).padStart(width)}`).join('');
}

function toCell(value: unknown): string {
  const text = value === null ? '–' : toSafe(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > MOST_WIDTH ? `${text.slice(0, MOST_WIDTH - 1)}…` : text;
}

/** Why it failed, in a line: what was asked, what came of it, what the upstream said, and what to try. */
export function toFailureText(error: Error & { problems?: readonly string[] }): string {
  if (error.cause instanceof UpstreamError) return `${toFailureLine(error.cause)} ${toHint(error.cause)}`;
  const texts = error.problems ?? [error.message];
  return texts.map((text) => toSafeSentence(text.replace(/^deployment\.json\./, ''))).join('\n');
}

function toFailureLine({ asked, message, said = '' }: UpstreamError): string {
  const words = toSafe(said);
  return toSafe(`${asked === undefined ? '' : `${asked}: `}${message}.`) + (words === '' ? '' : ` It said "${words}".`);
}

function toCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
