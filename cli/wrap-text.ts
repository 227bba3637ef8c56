/** The output of `wrap`. Everything that comes from the upstream is made safe for a terminal here. */
import { buildSafeText } from '../conformance/report/safe-text.ts';
import { toArgument } from '../errors/quote-text.ts';
import { toScoredTable } from './scored-table.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';
import { toHint } from '../wrapping/to-hint.ts';
import type { WrapOptions, WrapResult } from '../wrapping/wrap.ts';

const MAX_COLUMNS = 40;

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
export function toWrapText(result: WrapResult, out: string, width?: number): string {
  const { file, folder, scored, notices } = result;
  const { predictions, probabilities } = scored.answer;
  const found = probabilities
    ? `${toCount(predictions.length, 'prediction')}, each with ${probabilities[0]?.length} probabilities.`
    : file.label.classes
      ? `${toCount(predictions.length, 'prediction')}, without probabilities: OpenScale can neither explain nor debias this model.`
      : `${toCount(predictions.length, 'prediction')}.`;
  const serve = `npx custom-ml-engine serve${out === './deployments' ? '' : ` --deployments ${toArgument(out)}`}`;
  return [
    ...toScoredTable(result, width),
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
