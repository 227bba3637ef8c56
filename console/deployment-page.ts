/** The page of a deployment: a row and its answer, what-if, tables, code, and what the deployment is. */
import { About } from './about.ts';
import { announcePage } from './announce-page.ts';
import { loadDeployment, RequestError, watchSession } from './api.ts';
import { toStartRow, type CellText, type Row } from './cells.ts';
import { CodeSection } from './code-section.ts';
import type { DeploymentDetails } from './data.ts';
import { html, useCallback, useEffect, useMemo, useState, type VNode } from './html.ts';
import { keepRow, takeRow } from './kept-row.ts';
import { State } from './list-page.ts';
import { RankingSection } from './ranking-section.ts';
import { ScoreSection } from './score-section.ts';
import { TableSection } from './table-section.ts';
import { WhatIfSection } from './what-if-section.ts';

/** Milliseconds between two looks at the engine. */
const PAUSE = 5000;

/** Loads a deployment and shows it. */
export function DeploymentPage({ id, isFirst }: { readonly id: string; readonly isFirst: boolean }): VNode {
  const [details, setDetails] = useState<DeploymentDetails | undefined>(undefined);
  const [problem, setProblem] = useState<RequestError | undefined>(undefined);
  const [isRemoved, setRemoved] = useState(false);
  const load = () => {
    setProblem(undefined);
    loadDeployment(id).then(setDetails, (error: unknown) => setProblem(error as RequestError));
  };
  useEffect(load, [id]);
  useEffect(() => {
    // The state of its upstream, its traffic and its version change; the form stays as it is.
    const timer = setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      loadDeployment(id).then(
        (loaded) => {
          setDetails(loaded);
          setRemoved(false);
        },
        (error: unknown) => {
          if ((error as RequestError).code === 'deployment_not_found') setRemoved(true);
        },
      );
    }, PAUSE);
    return () => clearInterval(timer);
  }, [id]);
  useEffect(() => {
    if (details) announcePage(details.summary.name, isFirst);
    else if (problem) announcePage('No such deployment', isFirst);
  }, [details !== undefined, problem]);
  if (details) return html`<${Deployment} details=${details} isRemoved=${isRemoved} />`;
  if (!problem) return html`<p class="muted" role="status">Loading …</p>`;
  return html`<h1 tabindex="-1">${problem.code === 'deployment_not_found' ? 'No such deployment' : 'Deployment'}</h1>
    <p role="alert">${problem.code === 'deployment_not_found' ? `No deployment has the id ${id}, or it cannot be served.` : problem.message}</p>
    <p><button type="button" onClick=${load}>Try again</button> <a href="#/">All deployments</a></p>`;
}

interface DeploymentProperties {
  readonly details: DeploymentDetails;
  /** Whether the engine no longer serves it. */
  readonly isRemoved: boolean;
}

function Deployment({ details, isRemoved }: DeploymentProperties): VNode {
  const { summary, problems } = details;
  const [firstVersion] = useState(summary.version);
  const [row, setRow] = useState<Row>(
    () =>
      takeRow(
        details.summary.id,
        details.columns.map(({ name }) => name),
      ) ?? toStartRow(details),
  );
  // A new version may have columns that the row has not.
  const known = useMemo((): Row => ({ ...toStartRow(details), ...row }), [summary.version, row]);
  useEffect(() => watchSession(() => keepRow(details.summary.id, known)), [known]);
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
        <p class="tags"><${State} state=${summary.state} /> <span class="tag">${summary.kind}</span> <span class="tag">${summary.problemType}</span></p>
      </div>
      ${summary.hasApp && html`<a class="button" href=${`apps/${encodeURIComponent(summary.id)}/`} aria-label=${`Open the app of ${summary.name}`}>Open the app</a>`}
    </div>
    ${isRemoved && html`<p class="notice" role="alert">This deployment is no longer served: it was removed, or it is invalid. What you entered is still here. <a href="#/">All deployments</a></p>`}
    ${summary.version !== firstVersion && html`<p class="notice" role="status">The deployment has been replaced since you opened this page: answers now come from version ${summary.version}.</p>`}
    ${summary.upstream?.status === 'failing' && html`<p class="notice" role="alert">The upstream, which runs this model, does not answer: ${summary.upstream.problem ?? 'no reason is known'}</p>`}
    ${problems.length > 0 && html`<div class="notice"><p>A newer version cannot be served; this is the previous one. What is wrong:</p><ul>${problems.map((one) => html`<li>${one}</li>`)}</ul></div>`}
    <${ScoreSection} details=${details} row=${known} onChange=${change} onReset=${() => setRow(toStartRow(details))} />
    <${WhatIfSection} details=${details} row=${known} />
    <${RankingSection} details=${details} row=${known} />
    <${TableSection} details=${details} />
    <${CodeSection} details=${details} row=${known} />
    <${About} details=${details} />
  `;
}
