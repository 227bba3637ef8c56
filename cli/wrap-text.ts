/** The output of `wrap`. Everything that comes from the upstream is made safe for a terminal here. */
import { buildSafeText } from '../conformance/report/safe-text.ts';
import { toArgument } from '../errors/quote-text.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';
import { toHint } from '../wrapping/to-hint.ts';
import type { WrapOptions, WrapResult } from '../wrapping/wrap.ts';

const MAX_COLUMNS = 40;
const MAX_ROWS = 5;
/** Max characters per cell. */
const MAX_CELL_WIDTH = 20;
const DEFAULT_WIDTH = 100;

/** For a cell, a name, or text from an upstream. */
const toSafe = buildSafeText([]);
/** For our own sentences, which may contain names. */
const toSafeSentence = buildSafeText([], 2000);

/** The columns of the model, printed before the rows are scored. */
export function toColumnsText(...[columns, rowCount, notices]: Parameters<NonNullable<WrapOptions['onPlan']>>): string {
  const shown = columns.slice(0, MAX_COLUMNS);
  const width = Math.max(...shown.map(({ name }) => name.length));
  return [
    `${toCount(rowCount, 'row')}, ${toCount(columns.length, 'column')}`,
    ...shown.map(
      ({ name, type, nullable }) => `  ${toSafe(name).padEnd(width)}  ${type}${nullable ? ', nullable' : ''}`,
    ),
    ...(columns.length > MAX_COLUMNS ? [`  … and ${columns.length - MAX_COLUMNS} more`] : []),
    ...notices.map((notice) => `  (${toSafeSentence(notice)})`),
  ].join('\n');
}

/** The result as text: the first rows with their answers, what was found, and what to do next. */
export function toWrapText(result: WrapResult, out: string, width = DEFAULT_WIDTH): string {
  const { file, folder, scored, notices } = result;
  const { predictions, probabilities } = scored.answer;
  const found = probabilities
    ? `${toCount(predictions.length, 'prediction')}, each with ${probabilities[0]?.length} probabilities.`
    : file.label.classes
      ? `${toCount(predictions.length, 'prediction')}, without probabilities: OpenScale can neither explain nor debias this model.`
      : `${toCount(predictions.length, 'prediction')}.`;
  const serve = `npx custom-ml-engine serve${out === './deployments' ? '' : ` --deployments ${toArgument(out)}`}`;
  return [
    ...toTable(result, width),
    '',
    found,
    ...toAgreement(result),
    ...notices.map((notice) => `(${toSafeSentence(notice)})`),
    ...toNeeds(file),
    '',
    `Wrote ${folder} with an example of ${toCount(file.example.values.length, 'row')}. Next:`,
    '',
    `  ${serve}`,
    `  npx custom-ml-engine check http://127.0.0.1:8080 --deployment ${file.id}`,
  ].join('\n');
}

/** The result as JSON. */
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

/** The environment variables that the engine needs for its credentials. */
function toNeeds({ settings }: WrapResult['file']): string[] {
  const { authentication = {} } = settings as { authentication?: Readonly<Record<string, { variable?: string }>> };
  const names = Object.values(authentication).flatMap(({ variable = [] }) => variable);
  return names.map((name) => `The engine needs the environment variable ${name} as well.`);
}

/** How many predictions match the true labels; a low number may indicate a wrong order of the classes. */
function toAgreement({ file, truth, scored }: WrapResult): string[] {
  if (!truth || !file.label.classes) return [];
  const { predictions } = scored.answer;
  const same = predictions.filter((value, row) => String(value) === String(truth[row])).length;
  return [
    `${same} of ${toCount(predictions.length, 'prediction')} ${predictions.length === 1 ? 'matches' : 'match'} column \`${toSafe(file.label.name)}\`.`,
  ];
}

function toTable({ file, scored }: WrapResult, width: number): string[] {
  const { fields, values, answer } = scored;
  const { classes = [] } = file.label;
  const rows = values.slice(0, MAX_ROWS).map((cells, row) => ({
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
  // The reader knows the features; the answers matter, so they are never cut.
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

/** A row of the table; -1 is its header. */
function toLine(columns: readonly TextColumn[], row: number): string {
  return columns.map(({ head, cells, width }) => `  ${(row < 0 ? head : (cells[row] ?? '')).padStart(width)}`).join('');
}

function toCell(value: unknown): string {
  const text = value === null ? '–' : toSafe(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > MAX_CELL_WIDTH ? `${text.slice(0, MAX_CELL_WIDTH - 1)}…` : text;
}

/** Why it failed, on one line: the request, what happened, what the upstream said, and what to try. */
export function toFailureText(error: Error & { problems?: readonly string[] }): string {
  if (error.cause instanceof UpstreamError) return `${toFailureLine(error.cause)} ${toHint(error.cause)}`;
  const texts = error.problems ?? [error.message];
  return texts.map((text) => toSafeSentence(text.replace(/^deployment\.json\./, ''))).join('\n');
}

function toFailureLine({ message, quote = '' }: UpstreamError): string {
  const words = toSafe(quote);
  return toSafeSentence(`${message}.`) + (words === '' ? '' : ` The server said "${words}".`);
}

function toCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
