/** The list of deployments: found by name, with their state, quality and traffic, which are kept up to date. */
import { announcePage } from './announce-page.ts';
import { loadList } from './api.ts';
import type { DeploymentList, DeploymentSummary, InvalidSummary } from './data.ts';
import { formatCount, formatNumber, formatTime } from './format.ts';
import { filterDeployments } from './filter-deployments.ts';
import { html, useEffect, useState, type VNode } from './html.ts';

/** Milliseconds between two looks at the engine. */
const PAUSE = 5000;
/** Cards that are shown at once. */
const PAGE = 300;

const STATES = {
  served: ['good', 'served'],
  invalid: ['bad', 'invalid: an older version is served'],
  'upstream failing': ['bad', 'upstream not ready'],
  'upstream unknown': ['wait', 'upstream not checked yet'],
} as const;

/** The state of a deployment in words, with a mark that is not only a colour. */
export function State({ state }: Pick<DeploymentSummary, 'state'>): VNode {
  const [look, words] = STATES[state];
  return html`<span class=${`state ${look}`}>${words}</span>`;
}

/** The list. */
export function ListPage({ isFirst }: { readonly isFirst: boolean }): VNode {
  const [list, setList] = useState<DeploymentList | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const [filter, setFilter] = useState('');
  const [shown, setShown] = useState(PAGE);
  useEffect(() => announcePage('Deployments', isFirst), []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let hasGone = false;
    const look = async () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') {
        try {
          const loaded = await loadList();
          if (hasGone) return;
          setList(loaded);
          setProblem('');
        } catch (error) {
          if (hasGone) return;
          setProblem((error as Error).message);
        }
      }
      timer = setTimeout(() => void look(), PAUSE);
    };
    const onVisible = () => document.visibilityState === 'visible' && void look();
    void look();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      hasGone = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, []);
  const found = list && filterDeployments(list.deployments, filter);
  const isEmpty = list?.deployments.length === 0;
  return html`
    <div class="heading">
      <h1 tabindex="-1">Deployments</h1>
      <input type="search" aria-label="Filter deployments" placeholder="Filter by name, id or kind" value=${filter}
        onInput=${(event: Event) => setFilter((event.target as HTMLInputElement).value)} />
    </div>
    ${problem && html`<p class="notice" role="alert">${problem} What you see may be out of date.</p>`}
    ${list?.folderProblem && html`<p class="notice" role="alert">The folder of the deployments cannot be read (${list.folderProblem}); what was loaded stays in service.</p>`}
    ${!list && !problem && html`<p class="muted" role="status">Loading …</p>`}
    ${isEmpty && html`<${Empty} />`}
    ${found && !isEmpty && html`<p class="muted" role="status">${found.length === 0 ? 'No deployment matches the filter.' : describeCount(found.length, list.deployments.length)}</p>`}
    <ul class="cards">
      ${found?.slice(0, shown).map((one) => html`<${Card} key=${one.id} summary=${one} />`)}
    </ul>
    ${found && found.length > shown && html`<button type="button" onClick=${() => setShown(shown + PAGE)}>Show more</button>`}
    ${list && list.invalid.length > 0 && html`<${Invalid} invalid=${list.invalid} />`}
  `;
}

/** How many deployments are found; of all, only while some are left out. */
function describeCount(found: number, all: number): string {
  const count = found === all ? formatCount(all) : `${formatCount(found)} of ${formatCount(all)}`;
  return `${count} ${all === 1 ? 'deployment' : 'deployments'}`;
}

function Card({ summary }: { readonly summary: DeploymentSummary }): VNode {
  const { id, name, description, state, kind, problemType, quality, traffic, hasApp } = summary;
  return html`<li class="card">
    <div class="card-top">
      <h2><a class="cover" href=${`#/deployments/${encodeURIComponent(id)}`}>${name}</a></h2>
      <${State} state=${state} />
    </div>
    ${description && html`<p class="clamp">${description}</p>`}
    <p class="tags"><span class="tag">${kind}</span> <span class="tag">${problemType}</span></p>
    <dl class="figures">
      ${quality.map(({ name: title, value }) => html`<div><dt>${title}</dt><dd>${formatNumber(value, 3)}</dd></div>`)}
      ${
        traffic &&
        html`<div><dt>Requests</dt><dd>${formatCount(traffic.requests)}</dd></div>
        <div><dt>Rows</dt><dd>${formatCount(traffic.rows)}</dd></div>
        ${traffic.errors > 0 && html`<div class="bad"><dt>Errors</dt><dd>${formatCount(traffic.errors)}</dd></div>`}
        ${traffic.meanMs !== null && html`<div><dt>Mean time</dt><dd>${formatTime(traffic.meanMs)}</dd></div>`}`
      }
    </dl>
    ${hasApp && html`<p class="above"><a href=${`apps/${encodeURIComponent(id)}/`} aria-label=${`Open the app of ${name}`}>Open the app</a></p>`}
  </li>`;
}

function Invalid({ invalid }: { readonly invalid: readonly InvalidSummary[] }): VNode {
  return html`<section class="invalid">
    <h2>Invalid deployments</h2>
    <p class="muted">Their folders cannot be served. Correct the files: they are read again as soon as they change.</p>
    ${invalid.map(
      ({ id, problems, isServed }) => html`<article class="panel" key=${id}>
        <h3>${id}</h3>
        <p>${isServed ? 'The previous version is still served.' : 'It is not served.'} What is wrong:</p>
        <ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul>
      </article>`,
    )}
  </section>`;
}

function Empty(): VNode {
  return html`<div class="panel">
    <p>There are no deployments yet. Create one; it appears here without a restart:</p>
    <ul>
      <li>from rows in a CSV file: <code>npx custom-ml-engine train data.csv --label column</code></li>
      <li>from a model of another library: <code>npx custom-ml-engine import model.onnx --id name --rows data.csv</code></li>
      <li>from a model on another server: <code>npx custom-ml-engine wrap json https://server/model --id name --rows data.csv</code></li>
    </ul>
  </div>`;
}
