/** The dashboard and the alert rules ask for metrics that there are, by labels that they have. */
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { listQueryNames } from '../support/metric-definitions.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Panel {
  readonly title: string;
  readonly type: string;
  readonly id: number;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const read = (path: string) => readFile(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
const rules = (load(await read('prometheus/rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(await read('grafana/custom-ml-engine.json')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
};

/** The metrics of a query, each with the labels by which it is selected; and the labels by which results are grouped. */
function readQuery(expr: string) {
  const groups = [...expr.matchAll(/\b(?:by|without|on) \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/, */));
  const plain = expr.replaceAll(/\b(?:by|without|on) \([^)]*\)/g, '');
  const metrics = [...plain.matchAll(/([a-z0-9_]{2,})(\{[^}]*\})?(?=[^a-z0-9_(]|$)/g)]
    .map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/([a-z_]+) *(?:=~|!~|!=|=)/g)].map(([, label]) => label as string),
    }))
    .filter(({ name }) => /^(custom_ml_engine|process|nodejs)_|^up$/.test(name));
  return { groups, metrics };
}

describe('the alert rules and the dashboard', () => {
  const queries = [
    ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ...dashboard.panels.flatMap(({ title, targets }) => (targets ?? []).map(({ expr }) => [title, expr] as const)),
    ...dashboard.templating.list.flatMap(({ query }) =>
      typeof query === 'string'
        ? []
        : ([['a variable', query.query.replace(/^label_values\((.*), \w+\)$/, '$1')]] as const),
    ),
  ];

  it('ask for metrics that there are, by labels that they have', async () => {
    const known = await listQueryNames();
    for (const [place, expr] of queries) {
      const { groups, metrics } = readQuery(expr);
      expect(metrics, place).to.not.deep.equal([]);
      for (const { name, labels } of metrics) {
        expect([...known.keys()], place).to.include(name);
        for (const label of [...labels, ...groups])
          expect([...(known.get(name) ?? [])], `${place}: ${name}`).to.include(label);
      }
    }
  });

  it('ask for every metric of the engine', async () => {
    const asked = new Set(queries.flatMap(([, expr]) => readQuery(expr).metrics.map(({ name }) => name)));
    for (const name of (await listQueryNames()).keys())
      if (name.startsWith('custom_ml_engine_') && !/_(sum|count)$/.test(name)) expect(asked).to.include(name);
  });

  it('have alerts that say what happened, and what to do', async () => {
    const docs = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    for (const { alert, labels, annotations } of rules) {
      expect(labels['severity'], alert).to.be.oneOf(['critical', 'warning']);
      expect(annotations, alert).to.have.all.keys('summary', 'description', 'runbook');
      expect(docs, alert).to.include(`\`${alert}\``);
    }
  });

  it('have panels that do not overlap, with ids of their own', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x, title).to.be.lessThan(24);
          expect(taken.has(`${x} ${y}`), title).to.equal(false);
          taken.add(`${x} ${y}`);
        }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).to.equal(dashboard.panels.length);
  });
});
