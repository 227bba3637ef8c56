/**
 * The report of a training: one HTML file that needs no network. Chart.js is embedded; tables and text also work without
 * scripts.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { ClassMetrics } from '../metrics.ts';
import type { TrainingResult } from '../training-result.ts';
import { toClassCharts, toRegressionCharts } from './charts.ts';
import { escapeHtml, escapeScript } from './html.ts';
import { STYLE } from './style.ts';
import { toConfusionTable, toMetricsTable, toSchemaTable } from './tables.ts';

const require = createRequire(import.meta.url);

/** Builds the report as HTML. */
export async function toReport(
  file: DeploymentFile,
  result: Omit<TrainingResult, 'folder'>,
  command: string,
): Promise<string> {
  const library = await readFile(join(dirname(require.resolve('chart.js')), 'chart.umd.min.js'), 'utf8');
  // The source map is not embedded.
  const chart = library.replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const { plan, split, evaluation, seconds } = result;
  const { warning } = evaluation.verdict;
  const warnings = [...(warning === undefined ? [] : [warning]), ...plan.warnings];
  const { classes } = plan.label;
  const facts: [string, string][] = [
    ['Deployment', file.id],
    ['Kind', `${file.kind}, ${file.problem_type}`],
    ['Label', plan.label.name],
    ['Rows', `${split.training.length} for training, ${split.test.length} held out`],
    ['Learned in', `${seconds.toFixed(2)} s`],
    ['Created', file.created_at],
  ];
  const charts = classes ? toClassCharts(result, classes.map(String)) : toRegressionCharts(result);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(file.name)}: training report</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(file.name)}</h1><p>${escapeHtml(file.description)}</p></header>
<main>
${warnings.length > 0 ? `<section class="wide warning"><h2>Warnings</h2>${toList(warnings)}</section>` : ''}
<section class="facts"><dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl></section>
<section><h2>On held-out rows</h2>${toMetricsTable(evaluation.metrics, evaluation.baseline, classes !== undefined)}</section>
${classes ? `<section><h2>Confusion matrix</h2>${toConfusionTable(evaluation.metrics as ClassMetrics, classes.map(String))}</section>` : ''}
${charts.map(({ id, title, note }) => `<section><h2>${title}</h2><div class="chart"><canvas id="${id}"></canvas></div><p class="note">${note}</p></section>`).join('\n')}
<section class="wide"><h2>Columns</h2>${toSchemaTable(file)}</section>
${plan.notices.length > 0 ? `<section class="wide"><h2>Notices</h2>${toList(plan.notices)}</section>` : ''}
<section class="wide"><h2>Command</h2><pre>${escapeHtml(command)}</pre></section>
</main>
<script>${chart}</script>
<script>
const charts = ${escapeScript(charts.map(({ id, config }) => ({ id, config })))};
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

function toList(sentences: readonly string[]): string {
  return `<ul>${sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`;
}
