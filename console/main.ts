/** The console's entry point. */
import { h, render } from './vendor/preact.js';

const root = document.querySelector('main');
if (root) render(h('h1', null, 'Deployments'), root);
