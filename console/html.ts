/** What components are written with: preact, its hooks, and htm for their markup. Texts are never interpreted as HTML. */
import { h, type ComponentChildren, type VNode } from './vendor/preact.ts';
import htm from './vendor/htm.ts';

/** Markup as a template; what it contains is text, or other markup. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

export { render, Fragment } from './vendor/preact.ts';
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/hooks.ts';
export type { ComponentChildren, VNode };
