/** The console's entry point. */
import { App } from './app.js';
import { html, render } from './html.js';

const root = document.querySelector('#console');
if (root) render(html`<${App} />`, root);
