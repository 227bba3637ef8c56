/** The section with the request for the row of the form, as code. */
import { toScoringPath } from './api.ts';
import { writeBody, writeFormRow, type Row } from './cells.ts';
import { SNIPPETS } from './code-snippets.ts';
import type { DeploymentDetails } from './data.ts';
import { html, useRef, useState, type VNode } from './html.ts';

type Language = keyof typeof SNIPPETS;
const LANGUAGES = Object.keys(SNIPPETS) as Language[];

/** The section. */
export function CodeSection({ details, row }: { readonly details: DeploymentDetails; readonly row: Row }): VNode {
  const [language, setLanguage] = useState<Language>('curl');
  const [status, setStatus] = useState('');
  const code = useRef<HTMLElement>(null);
  const { columns, engine, summary } = details;
  const { json, problems } = writeFormRow(columns, row);
  const url = new URL(toScoringPath(summary.id), document.baseURI).href;
  const text = SNIPPETS[language]({ url, body: writeBody(columns, [json]), authentication: engine.authentication });
  const choose = (event: KeyboardEvent) => {
    const at = LANGUAGES.indexOf(language);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: LANGUAGES.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const chosen = LANGUAGES.at(next % LANGUAGES.length) as Language;
    setLanguage(chosen);
    document.getElementById(`tab-${chosen}`)?.focus();
  };
  const copy = async (): Promise<void> => {
    setStatus(
      (await copyText(text, code.current))
        ? 'Copied.'
        : 'The browser does not allow copying. The code is selected: press Ctrl+C.',
    );
  };
  return html`<section aria-labelledby="code">
    <h2 id="code">Use it from code</h2>
    <div class="panel">
      <div class="actions">
        <div class="tabs" role="tablist" aria-label="Language" onKeyDown=${choose}>
          ${LANGUAGES.map(
            (
              one,
            ) => html`<button type="button" role="tab" id=${`tab-${one}`} aria-selected=${one === language ? 'true' : 'false'} aria-controls="code-panel"
            tabindex=${one === language ? 0 : -1} onClick=${() => setLanguage(one)}>${one}</button>`,
          )}
        </div>
        <button type="button" onClick=${() => void copy()}>Copy</button>
        <span role="status">${status}</span>
      </div>
      ${problems.size > 0 && html`<p class="hint">The row in the form is incomplete: missing values are null here.</p>`}
      <pre id="code-panel" role="tabpanel" aria-labelledby=${`tab-${language}`} tabindex="0"><code ref=${code}>${text}</code></pre>
      <p class="hint">See also <a href=${`v1/deployments/${encodeURIComponent(summary.id)}`}>the deployment as JSON</a> and <a href="docs/">the contract</a>.${engine.authentication.length > 0 && ' Credentials come from environment variables, which you set.'}</p>
    </div>
  </section>`;
}

/** Copies a text; without a clipboard, as on pages without TLS, it is selected and copied as browsers did before. */
async function copyText(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (!element) return false;
    getSelection()?.selectAllChildren(element);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is nothing else on pages without TLS
    return document.execCommand('copy');
  }
}
