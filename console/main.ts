/** The console's entry point. */
import { App } from './app.ts';
import { html, render } from './html.ts';

const root = document.querySelector('#console');
if (root) render(html`<${App} />`, root);
