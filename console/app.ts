/** The frame of the console: navigation, the notice of an expired session, and the page of the route. */
import { loadSession, watchSession } from './api.ts';
import { html, useEffect, useState, type VNode } from './html.ts';
import { ListPage } from './list-page.ts';

type Page = (properties: { readonly id: string }) => VNode;

/** The id in a fragment such as #/deployments/iris; undefined for the list. */
export function readRoute(fragment: string): string | undefined {
  const [, encoded] = /^#\/deployments\/([^/]+)$/.exec(fragment) ?? [];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** The console. */
export function App(): VNode {
  const [id, setId] = useState(() => readRoute(location.hash));
  const [visits, setVisits] = useState(0);
  const [isExpired, setExpired] = useState(false);
  const [DeploymentPage, setPage] = useState<Page | undefined>(undefined);
  useEffect(() => {
    watchSession(() => setExpired(true));
    const follow = () => {
      setId(readRoute(location.hash));
      setVisits((count) => count + 1);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    if (id === undefined || DeploymentPage) return;
    void import('./deployment-page.ts').then(({ DeploymentPage: page }) => setPage(() => page as Page));
  }, [id]);
  const next = encodeURIComponent(`/${location.hash}`);
  return html`
    <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="#/"><span class="mark" aria-hidden="true"></span>custom-ml-engine</a>
      <nav aria-label="Main">
        <a href="#/" aria-current=${id === undefined ? 'page' : undefined}>Deployments</a>
        <a href="docs/">Contract</a>
      </nav>
      <${LogOut} />
    </header>
    ${
      isExpired &&
      html`<div class="notice" role="alert">
      Your session has expired. <a href=${`login?next=${next}`}>Log in again</a>: you will return to this page, and the row in the form is kept.
      To keep a pasted table as well, open the link in a new tab, and then continue here.
      <button type="button" class="quiet" onClick=${() => setExpired(false)}>I have logged in</button>
    </div>`
    }
    <main id="content">
      ${
        id === undefined
          ? html`<${ListPage} isFirst=${visits === 0} />`
          : DeploymentPage
            ? html`<${DeploymentPage} key=${id} id=${id} isFirst=${visits === 0} />`
            : html`<p class="muted" role="status">Loading …</p>`
      }
    </main>
  `;
}

function skip(event: Event): void {
  event.preventDefault();
  document.querySelector('h1')?.focus();
}

/** For those who logged in with the form. */
function LogOut(): VNode | null {
  const [isShown, setShown] = useState(false);
  useEffect(() => void loadSession().then(setShown), []);
  if (!isShown) return null;
  return html`<form method="post" action="logout"><button type="submit" class="quiet">Log out</button></form>`;
}
