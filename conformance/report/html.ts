/** The report as one HTML file, without scripts and network access, in light and dark mode. */
import { EXAMPLES } from '../examples/examples.ts';
import { escapeMarkup as escape } from './escape.ts';
import type { CheckResult, Counts, Finding, Report } from './report.ts';
import { toSections, type Section } from './sections.ts';
import { toNote } from './text.ts';

const WORDS: Readonly<Record<keyof Counts, string>> = {
  passed: 'passed',
  failed: 'failed',
  noted: 'noted',
  'not-run': 'not run',
  'not-applicable': 'not applicable',
};
const CONCLUSIONS: Readonly<Record<Report['conclusion'], string>> = {
  conforms: 'Conforms to what was checked',
  'does-not-conform': 'Does not conform',
  undecided: 'Undecided: some checks could not be run',
};

/** The report as an HTML page. */
export function toHtmlReport(report: Report): string {
  const { url, started_at, seconds, requests, deployments, conclusion, counts } = report;
  const tally = Object.entries(counts)
    .map(
      ([verdict, count]) => `<div class="${verdict}"><dt>${WORDS[verdict as keyof Counts]}</dt><dd>${count}</dd></div>`,
    )
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Conformance of ${escape(url)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Conformance</h1>
<p class="url">${escape(url)}</p>
<p class="conclusion ${conclusion}">${CONCLUSIONS[conclusion]}</p>
<dl>${tally}</dl>
<p class="facts">${escape(started_at)}, ${seconds.toFixed(1)} s, ${requests.sent} of at most ${requests.budget} requests</p>
${deployments.length === 0 ? '' : `<ul class="facts">${deployments.map(({ id, rows }) => `<li>${escape(id)}: rows ${escape(rows)}</li>`).join('')}</ul>`}
</header>
<main>
${toSections(report).map(toSection).join('\n')}
</main>
</body>
</html>
`;
}

function toSection({ title, kind, results }: Section): string {
  const items = results.map((result) => toItem(result, kind)).join('\n');
  const heading = `${title} <span class="count">${results.length}</span>`;
  // What passed or does not apply decides nothing, and is folded.
  return kind === 'passed' || kind === 'not-applicable'
    ? `<details class="fold"><summary><h2>${heading}</h2></summary>\n${items}\n</details>`
    : `<section><h2>${heading}</h2>\n${items}\n</section>`;
}

function toItem(result: CheckResult, kind: Section['kind']): string {
  const { id, group, level, statement, verdict, why, fix, findings } = result;
  const head = `<span class="verdict">${WORDS[kind]}</span><span><code>${id}</code> ${escape(statement)} <span class="level">${group}, ${level}</span></span>`;
  if (verdict === 'failed') {
    const wrong = findings.filter((finding) => finding.verdict === 'failed').map(toFinding);
    const help = `<dl class="help"><dt>Why</dt><dd>${escape(why)}</dd><dt>Fix</dt><dd>${escape(fix)}</dd></dl>`;
    return `<details class="check ${kind}"${kind === 'failed' ? ' open' : ''}><summary class="head">${head}</summary>${wrong.join('')}${help}${toCode(id)}</details>`;
  }
  const notes = findings.map(toNote).filter((note) => note !== '');
  if (notes.length === 0) return `<div class="check ${kind}"><div class="head">${head}</div></div>`;
  const list = `<ul>${notes.map((note) => `<li>${escape(note)}</li>`).join('')}</ul>`;
  return `<details class="check ${kind}"><summary class="head">${head}</summary>${list}</details>`;
}

function toCode(id: CheckResult['id']): string {
  const { python, javascript } = EXAMPLES[id];
  const block = (language: string, text: string) =>
    `<figure><figcaption>${language}</figcaption><pre><code>${escape(text)}</code></pre></figure>`;
  return `<div class="code">${block('Python', python)}${block('JavaScript', javascript)}</div>`;
}

function toFinding(finding: Extract<Finding, { verdict: 'failed' }>): string {
  const rows = [
    ['Deployment', finding.deployment],
    ['Actual', finding.actual],
    ['Expected', finding.expected],
    ['Note', finding.note],
  ].filter(([, text]) => text !== undefined);
  return `<dl class="finding">${rows.map(([name, text]) => `<dt>${name}</dt><dd>${escape(text ?? '')}</dd>`).join('')}</dl>`;
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2530; --dim: #5b6776; --line: #dfe4ea; --card: #fff; --page: #f5f7f9;
  --passed: #1a7f4b; --failed: #c02b3c; --not-run: #9a6700; --not-applicable: #6b7684; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e8ee; --dim: #9aa6b4; --line: #303a46; --card: #1a212a; --page: #12171d;
  --passed: #4cc38a; --failed: #ff7b88; --not-run: #e0b040; --not-applicable: #8d99a8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.count { color: var(--dim); font-weight: normal; } .fold > summary h2 { display: inline-block; } .fold > summary h2::after { content: ' ▾'; }
.code { display: grid; gap: .5rem; }
figure { margin: 0; min-width: 0; } figcaption { color: var(--dim); font-size: .85rem; }
pre { margin: .2rem 0; padding: .5rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .3rem; font-size: .82rem; }
.url, code, dd { overflow-wrap: anywhere; } .url { margin: 0; color: var(--dim); }
.conclusion { font-size: 1.2rem; font-weight: 600; } .conforms { color: var(--passed); }
.does-not-conform { color: var(--failed); } .undecided { color: var(--not-run); }
header dl { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0; }
header dl div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; }
header dt { color: var(--dim); font-size: .85rem; } header dd { margin: 0; font-size: 1.4rem; font-weight: 600; }
div.passed dd { color: var(--passed); } div.failed dd { color: var(--failed); } div.not-run dd { color: var(--not-run); }
.facts { color: var(--dim); font-size: .9rem; }
.check { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--colour); padding: .4rem .8rem;
  margin-bottom: .3rem; border-radius: .3rem; }

.check.passed { --colour: var(--passed); } .check.failed { --colour: var(--failed); }
.check.not-run, .check.noted { --colour: var(--not-run); } .check.not-applicable { --colour: var(--not-applicable); }
.head { display: grid; grid-template-columns: 8.5rem 1fr; } summary { cursor: pointer; list-style: none; }
summary .verdict::after { content: ' ▾'; } .verdict { color: var(--colour); font-weight: 600; }
.level { color: var(--dim); font-size: .85rem; white-space: nowrap; }
dl.finding, dl.help { display: grid; grid-template-columns: 8.5rem 1fr; gap: .2rem .5rem; margin: .6rem 0; }
dl.finding { border-top: 1px solid var(--line); padding-top: .5rem; } dl.finding dd { font-family: ui-monospace, monospace; font-size: .88rem; }
dl dt { color: var(--dim); } dl dd { margin: 0; } details ul { margin: .3rem 0; color: var(--dim); }
`;
