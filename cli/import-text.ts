/** The output of `import`. Whatever comes from files is made safe for a terminal here. */
import { buildSafeText } from '../conformance/report/safe-text.ts';
import { formatCount, toArgument } from '../errors/quote-text.ts';
import type { ImportResult, ScoresDifferError } from '../importing/import-model.ts';
import type { ScoreComparison } from '../importing/compare-scores.ts';
import type { FileDescription } from '../models/kinds/model-file.ts';
import { toScoredTable } from './scored-table.ts';

/** For a cell, or a name from a file. */
const toSafe = buildSafeText([]);
/** For our own sentences, which may contain names. */
const toSafeSentence = buildSafeText([], 2000);

/** What the file says about its model, printed before the rows are scored. */
export function toDescriptionText({
  format,
  facts,
  problemType,
  classCount,
  features,
  classes,
}: FileDescription): string {
  const categorical = features.filter(({ isCategorical }) => isCategorical).length;
  const lines: [string, string][] = [
    ['problem type', problemType],
    ...Object.entries(facts).map(([name, value]): [string, string] => [name, toSafe(String(value))]),
    ['features', `${features.length}${categorical > 0 ? `, ${categorical} with categories` : ''}`],
  ];
  if (classCount !== undefined)
    lines.push(['classes', classes ? toSafe(classes.join(', ')) : `${classCount}, not named in the file`]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return [toSafe(format), ...lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
}

/** The result as text: the first rows with their scores, how they were proven, and what to do next. */
export function toImportText(result: ImportResult, out: string, width?: number): string {
  const { file, folder, comparisons, notices } = result;
  const serve =
    out === './deployments'
      ? 'npx custom-ml-engine serve'
      : `npx custom-ml-engine serve --deployments ${toArgument(out)}`;
  return [
    ...toScoredTable(result, width),
    '',
    ...(comparisons.length > 0 ? comparisons.map(toComparisonText) : [UNPROVEN]),
    ...notices.map((notice) => `(${toSafeSentence(notice)})`),
    '',
    `Wrote ${folder} with an example of ${formatCount(file.example.values.length, 'row')}. Next:`,
    '',
    `  ${serve}`,
    `  npx custom-ml-engine check http://127.0.0.1:8080 --deployment ${file.id}`,
  ].join('\n');
}

const UNPROVEN =
  'The scores are not proven: give what the library predicts for these rows with --scores, and they are compared.';

function toComparisonText({ rows, equal, tolerance, maxDifference, source }: ScoreComparison): string {
  const how =
    maxDifference === 0 ? 'exactly' : `to within ${tolerance} (max difference ${maxDifference.toPrecision(2)})`;
  return `${equal} of ${formatCount(rows, 'row')} equal ${source} ${how}.`;
}

/** Which rows differ, and by how much. */
export function toDifferenceText({ message, comparison }: ScoresDifferError): string {
  const { differences, rows, equal } = comparison;
  const more = rows - equal - differences.length;
  return [
    message,
    ...differences.map(
      ({ row, what, expected, actual }) =>
        `  row ${row}, ${toSafe(what)}: expected ${toSafe(String(expected))}, actual ${toSafe(String(actual))}`,
    ),
    ...(more > 0 ? [`  … and ${formatCount(more, 'more row')}`] : []),
    'Check that the rows are those that were scored, in the same order and with the same encoding and missing values, and',
    'that --labels, --features and --categories have the order of the model.',
  ].join('\n');
}

/** Why a model cannot be imported, one line per problem. */
export function toProblemsText(problems: readonly string[]): string {
  return problems.map((problem) => toSafeSentence(problem)).join('\n');
}

/** The result as JSON. */
export function toImportJson({ folder, file, description, comparisons, notices }: ImportResult): object {
  const { kind, settings, problem_type, columns, label } = file;
  const { format, facts } = description;
  return { folder, kind, format, facts, settings, problem_type, columns, label, comparisons, notices };
}
