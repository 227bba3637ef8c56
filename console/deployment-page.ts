/** The page of a deployment: a row and its answer, what-if, tables, code, and what the deployment is. */
import { About } from './about.js';
import { announcePage } from './announce-page.js';
import { loadDeployment, RequestError } from './api.js';
import { toStartRow, type CellText, type Row } from './cells.js';
import { CodeSection } from './code-section.js';
import type { DeploymentDetails } from './data.js';
import { html, useCallback, useEffect, useState, type VNode } from './html.js';
import { State } from './list-page.js';
import { RankingSection } from './ranking-section.js';
import { ScoreSection } from './score-section.js';
import { TableSection } from './table-section.js';
import { WhatIfSection } from './what-if-section.js';

/** Loads a deployment and shows it. */
export function DeploymentPage({ id, isFirst }: { readonly id: string; readonly isFirst: boolean }): VNode {
  const [details, setDetails] = useState<DeploymentDetails | undefined>(undefined);
  const [problem, setProblem] = useState<RequestError | undefined>(undefined);
  const load = () => {
    setProblem(undefined);
    loadDeployment(id).then(setDetails, (error: unknown) => setProblem(error as RequestError));
  };
  useEffect(load, [id]);
  useEffect(() => {
    if (details) announcePage(details.summary.name, isFirst);
    else if (problem) announcePage('No such deployment', isFirst);
  }, [details, problem]);
  if (details) return html`<${Deployment} details=${details} />`;
  if (!problem) return html`<p class="muted" role="status">Loading …</p>`;
  return html`<h1 tabindex="-1">${problem.code === 'deployment_not_found' ? 'No such deployment' : 'Deployment'}</h1>
    <p role="alert">
      ${problem.code === 'deployment_not_found' ? `No deployment has the id ${id}, or it cannot be served.` : problem.message}
    </p>
    <p><button type="button" onClick=${load}>Try again</button> <a href="#/">All deployments</a></p>`;
}

function Deployment({ details }: { readonly details: DeploymentDetails }): VNode {
  const { summary, problems } = details;
  const [row, setRow] = useState<Row>(() => toStartRow(details));
  const change = useCallback(
    (name: string, text: CellText) => setRow((before) => Object.fromEntries([...Object.entries(before), [name, text]])),
    [],
  );
  return html`
    <div class="heading">
      <div>
        <p class="crumb"><a href="#/">All deployments</a></p>
        <h1 tabindex="-1">${summary.name}</h1>
        ${summary.description && html`<p class="lead">${summary.description}</p>`}
        <p class="tags">
          <${State} state=${summary.state} /> <span class="tag">${summary.kind}</span>
          <span class="tag">${summary.problemType}</span>
        </p>
      </div>
      ${summary.hasApp && html`<a class="button" href=${`apps/${encodeURIComponent(summary.id)}/`} aria-label=${`Open the app of ${summary.name}`}>Open the app</a>`}
    </div>
    ${summary.upstream?.status === 'failing' && html`<p class="notice">The server that runs this model does not answer: ${summary.upstream.problem ?? 'no reason is known'}</p>`}
    ${
      problems.length > 0 &&
      html`<div class="notice">
        <p>A newer version cannot be served; you see the one before it. What is wrong:</p>
        <ul>
          ${problems.map((one) => html`<li>${one}</li>`)}
        </ul>
      </div>`
    }
    <${ScoreSection} details=${details} row=${row} onChange=${change} onReset=${() => setRow(toStartRow(details))} />
    <${WhatIfSection} details=${details} row=${row} />
    <${RankingSection} details=${details} row=${row} />
    <${TableSection} details=${details} />
    <${CodeSection} details=${details} row=${row} />
    <${About} details=${details} />
  `;
}
