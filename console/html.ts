/** What components are written with: preact, its hooks, and htm for their markup. Texts are never interpreted as HTML. */
import { h, type ComponentChildren, type VNode } from './vendor/preact.js';
import htm from './vendor/htm.js';

/** Markup as a template; what it contains is text, or other markup. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

export { render, Fragment } from './vendor/preact.js';
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/hooks.js';
export type { ComponentChildren, VNode };
