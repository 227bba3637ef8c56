/**
 * The report of a training: one HTML file that needs no network. Chart.js draws, from its own file, which is part of the
 * report; tables and text are there without scripts, too.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DeploymentFile } from '../models/deployment-file.ts';
import { toCalibration, toRocCurve, type ClassMetrics, type RegressionMetrics } from './evaluate.ts';
import type { Metrics } from './evaluation.ts';
import type { TrainingResult } from './train.ts';

const require = createRequire(import.meta.url);
/** More points than this hide each other. */
const MOST_POINTS = 1000;
const MOST_FEATURES = 20;

/** The report as HTML. */
export async function toReport(
  file: DeploymentFile,
  result: Omit<TrainingResult, 'folder'>,
  command: string,
): Promise<string> {
  const library = await readFile(join(dirname(require.resolve('chart.js')), 'chart.umd.min.js'), 'utf8');
  // Its source map is another file.
  const chart = library.replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const { plan, split, evaluation, seconds } = result;
  const { classes } = plan.label;
  const facts: [string, string][] = [
    ['Deployment', file.id],
    ['Kind', `${file.kind}, ${file.problem_type}`],
    ['Label', plan.label.name],
    ['Rows', `${split.training.length} learned from, ${split.test.length} held out`],
    ['Learned in', `${seconds.toFixed(2)} s`],
    ['Made', file.created_at],
  ];
  const charts = classes ? toClassCharts(result, classes.map(String)) : toRegressionCharts(result);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(file.name)}: training report</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escape(file.name)}</h1><p>${escape(file.description)}</p></header>
<main>
<section class="facts"><dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escape(value)}</dd></div>`).join('')}</dl></section>
<section><h2>On the rows held out</h2>${toMetricsTable(evaluation.metrics, evaluation.baseline, classes !== undefined)}</section>
${classes ? `<section><h2>Confusion matrix</h2>${toConfusionTable(evaluation.metrics as ClassMetrics, classes.map(String))}</section>` : ''}
${charts.map(({ id, title, note }) => `<section><h2>${title}</h2><div class="chart"><canvas id="${id}"></canvas></div><p class="note">${note}</p></section>`).join('\n')}
<section class="wide"><h2>Columns</h2>${toSchemaTable(file)}</section>
${plan.notices.length > 0 ? `<section class="wide"><h2>Notices</h2><ul>${plan.notices.map((notice) => `<li>${escape(notice)}</li>`).join('')}</ul></section>` : ''}
<section class="wide"><h2>Command</h2><pre>${escape(command)}</pre></section>
</main>
<script>${chart}</script>
<script>
const charts = ${toScript(charts.map(({ id, config }) => ({ id, config })))};
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
Chart.defaults.color = dark ? '#c9d1d9' : '#3d4653';
Chart.defaults.borderColor = dark ? '#30363d' : '#e3e7ed';
Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
for (const { id, config } of charts) new Chart(document.getElementById(id), config);
</script>
</body>
</html>
`;
}

interface ChartSection {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  /** What Chart.js is given. */
  readonly config: object;
}

const COLOURS = ['#2f6fde', '#e0702f', '#2a9d6f', '#a24fc4', '#c9a227', '#d1435b', '#3aa6b9', '#7a8794'];

function toClassCharts(
  { evaluation, plan }: Omit<TrainingResult, 'folder'>,
  classes: readonly string[],
): ChartSection[] {
  const { truth, scores } = evaluation;
  const probabilities = scores.probabilities as ArrayLike<number>;
  // Of two classes the second is the mirror of the first.
  const shown = classes.length === 2 ? [1] : classes.map((_, index) => index).slice(0, COLOURS.length);
  const curve = (points: (index: number) => readonly (readonly [number, number])[]) =>
    shown.map((index, at) => ({
      label: classes[index],
      data: points(index).map(([x, y]) => ({ x, y })),
      borderColor: COLOURS[at],
      backgroundColor: COLOURS[at],
      pointRadius: 0,
      borderWidth: 2,
    }));
  return [
    {
      id: 'roc',
      title: 'ROC curve',
      note: 'How many rows of the class are found, for how many others taken for it. The diagonal is chance.',
      config: toLineChart(
        thin(curve((index) => toRocCurve(truth, probabilities, classes.length, index))),
        'False positive rate',
        'True positive rate',
      ),
    },
    {
      id: 'calibration',
      title: 'Calibration',
      note: 'Of the rows that got a probability, the share that is of the class. On the diagonal, probabilities can be taken at their word.',
      config: toLineChart(
        curve((index) => toCalibration(truth, probabilities, classes.length, index)).map((set) => ({
          ...set,
          pointRadius: 4,
        })),
        'Mean probability',
        'Share of the class',
      ),
    },
    toImportanceChart(evaluation.importances, plan.problemType),
  ];
}

function toRegressionCharts({ evaluation, plan }: Omit<TrainingResult, 'folder'>): ChartSection[] {
  const { truth, scores } = evaluation;
  const step = Math.max(1, Math.ceil(truth.length / MOST_POINTS));
  const points = Array.from(truth, (x, row) => ({ x, y: scores.predictions[row] as number })).filter(
    (_, row) => row % step === 0,
  );
  const ends = points.flatMap(({ x, y }) => [x, y]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  return [
    {
      id: 'fit',
      title: 'Predicted against actual',
      note: 'A row a point; on the line, the prediction is right.',
      config: {
        type: 'scatter',
        data: {
          datasets: [
            { label: plan.label.name, data: points, backgroundColor: `${COLOURS[0]}80`, pointRadius: 3 },
            {
              ...DIAGONAL,
              type: 'line',
              data: [
                { x: least, y: least },
                { x: most, y: most },
              ],
            },
          ],
        },
        options: toAxes('Actual', 'Predicted'),
      },
    },
    toImportanceChart(evaluation.importances, plan.problemType),
  ];
}

const DIAGONAL = { label: 'diagonal', borderColor: '#9aa4b1', borderDash: [5, 5], borderWidth: 1, pointRadius: 0 };

function toLineChart(datasets: object[], x: string, y: string): object {
  const diagonal = {
    ...DIAGONAL,
    data: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  };
  return { type: 'line', data: { datasets: [...datasets, diagonal] }, options: toAxes(x, y, { min: 0, max: 1 }) };
}

function toAxes(x: string, y: string, range: object = {}): object {
  const axis = (text: string) => ({ type: 'linear', title: { display: true, text }, ...range });
  return { maintainAspectRatio: false, animation: false, scales: { x: axis(x), y: axis(y) } };
}

function toImportanceChart(
  importances: TrainingResult['evaluation']['importances'],
  problemType: string,
): ChartSection {
  const shown = importances.slice(0, MOST_FEATURES);
  const measure = problemType === 'regression' ? 'R²' : 'accuracy';
  return {
    id: 'importances',
    title: 'Importance of the features',
    note: `How much ${measure} is lost when a feature is shuffled (the mean of five shuffles).`,
    config: {
      type: 'bar',
      data: {
        labels: shown.map(({ feature }) => feature),
        datasets: [{ label: `loss of ${measure}`, data: shown.map(({ mean }) => mean), backgroundColor: COLOURS[0] }],
      },
      options: {
        indexAxis: 'y',
        maintainAspectRatio: false,
        animation: false,
        plugins: { legend: { display: false } },
      },
    },
  };
}

function thin<Set extends { readonly data: readonly object[] }>(sets: Set[]): Set[] {
  return sets.map((set) => {
    const step = Math.max(1, Math.ceil(set.data.length / MOST_POINTS));
    return { ...set, data: set.data.filter((_, index) => index % step === 0 || index === set.data.length - 1) };
  });
}

function toMetricsTable(metrics: Metrics, baseline: Metrics, isClassifier: boolean): string {
  const rows = METRIC_NAMES.flatMap(([key, name]) => {
    const value = (metrics as unknown as Record<string, unknown>)[key];
    const other = (baseline as unknown as Record<string, unknown>)[key];
    return typeof value === 'number'
      ? [`<tr><th>${name}</th><td>${format(value)}</td><td>${format(other as number)}</td></tr>`]
      : [];
  });
  return `<table><thead><tr><th></th><th>model</th><th>${isClassifier ? 'majority class' : 'mean'}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** The metrics that are one number, as people call them. */
export const METRIC_NAMES: readonly (readonly [key: keyof ClassMetrics | keyof RegressionMetrics, name: string])[] = [
  ['accuracy', 'Accuracy'],
  ['balanced_accuracy', 'Balanced accuracy'],
  ['roc_auc', 'ROC AUC'],
  ['log_loss', 'Log loss'],
  ['brier_score', 'Brier score'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
  ['r2', 'R²'],
];

function toConfusionTable({ confusion, f1 }: ClassMetrics, classes: readonly string[]): string {
  const head = classes.map((name) => `<th>${escape(name)}</th>`).join('');
  const rows = confusion.map((line, actual) => {
    const total = line.reduce((sum, count) => sum + count, 0);
    const cells = line.map((count, predicted) => {
      const share = total > 0 ? count / total : 0;
      const colour = predicted === actual ? '47, 111, 222' : '224, 112, 47';
      return `<td style="background: rgba(${colour}, ${(0.75 * share).toFixed(3)})">${count}</td>`;
    });
    return `<tr><th>${escape(classes[actual] as string)}</th>${cells.join('')}<td>${format(f1[actual] as number)}</td></tr>`;
  });
  return `<div class="scroll"><table class="confusion"><thead><tr><th>actual \\ predicted</th>${head}<th>F1</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function toSchemaTable({ columns }: DeploymentFile): string {
  const rows = columns.map(({ name, type, nullable, categories, range }) => {
    const shown = categories?.slice(0, 12).map(String).join(', ');
    const rest = categories && categories.length > 12 ? `, … (${categories.length})` : '';
    const values = shown === undefined ? (range?.map(format).join(' to ') ?? '') : `${shown}${rest}`;
    return `<tr><th>${escape(name)}</th><td>${type}</td><td>${nullable ? 'may be missing' : ''}</td><td class="text">${escape(values)}</td></tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th>name</th><th>type</th><th></th><th class="text">categories or range</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function format(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that can stand in a script: nothing in it ends the script. */
function toScript(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/[\u2028\u2029]/g, ' ');
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5d6878; --line: #e3e7ed; --paper: #fff; --ground: #f5f7fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4b1; --line: #30363d; --paper: #161b22; --ground: #0d1117; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
header, main { max-width: 1120px; margin: 0 auto; padding: 24px; }
header { padding-bottom: 0; }
h1 { margin: 0; font-size: 28px; } h2 { margin: 0 0 12px; font-size: 17px; } header p { margin: 4px 0 0; color: var(--soft); }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 20px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 20px; min-width: 0; }
.wide, .facts { grid-column: 1 / -1; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0; }
dt { color: var(--soft); font-size: 13px; } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); font-weight: normal; }
th:first-child, .text { text-align: left; } thead th { color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; } .chart { position: relative; height: 320px; }
.note { color: var(--soft); font-size: 13px; margin: 12px 0 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
ul { margin: 0; padding-left: 20px; }
@media print { body { background: none; } section { break-inside: avoid; } }
`;
