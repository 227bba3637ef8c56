/** Deployments whose every text is hostile to a page that shows it. */
import { toJson } from '../support/deployment.ts';
import { HIT } from './browser.ts';

const run = `window.${HIT}=1`;

/** Texts that are executed, or break a page, where they are taken for HTML, a URL, a template, a key or a pattern. */
export const HOSTILE_TEXTS: readonly string[] = [
  `<img src=x onerror="${run}">`,
  `"><script>${run}</script>`,
  `'><svg onload=${run}>`,
  `</script></style></title></textarea><iframe srcdoc='<script>parent.${HIT}=1</script>'>`,
  `\${${run}}`,
  `\`\${${run}}\``,
  `{{constructor.constructor('${run}')()}}`,
  `javascript:${run}`,
  `data:text/html,<script>${run}</script>`,
  '\u202Egnp.exe\u202C \u2066\u200F',
  `it's "quoted", \`ticked\`, \\escaped\\ and %00%2e%2e/ ?#&`,
  'broken\nline,\ttab; and, a comma\r\n=1+1',
  '&lt;b&gt;&amp;amp;',
  'x'.repeat(10_000),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '[object Object]',
  '.*+?^${}()|[]\\',
  '🐧 e\u0301 \u{1F468}\u200D\u{1F469}',
];

/** Ids that are keys of every object. */
const IDS = ['constructor', 'toString', 'hasOwnProperty'];

/** A column's name may have no quotes and no equals signs. */
export function toColumnName(text: string): string {
  return text.replace(/["=]/g, '');
}

export interface HostileDeployment {
  readonly id: string;
  readonly text: string;
  /** Its deployment.json. */
  readonly file: object;
}

/** The model.json of all of them: the number moves the second class, the category none. */
export const HOSTILE_MODEL = {
  coefficients: [
    [0, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ],
  intercepts: [2, 1, 0],
};

/** A softmax regression of a number and a category, whose first class is the most probable one, for each text. */
export const HOSTILE_DEPLOYMENTS: readonly HostileDeployment[] = HOSTILE_TEXTS.map((text, index) => {
  const id = IDS.includes(text) ? text : `hostile-${index}`;
  const fields = [toColumnName(text), `${toColumnName(text)} 2`];
  const weights = HOSTILE_MODEL.intercepts.map(Math.exp);
  const sum = weights.reduce((one, other) => one + other);
  const file = toJson({
    id,
    name: text,
    description: text,
    kind: 'logistic-regression',
    problem_type: 'multiclass',
    columns: [
      { name: fields[0], type: 'double', range: [-1, 1] },
      { name: fields[1], type: 'string', categories: [text, 'other'] },
    ],
    label: { name: `${toColumnName(text)} label`, type: 'string', classes: [text, 'second', `${text} third`] },
    result: { prediction: `${toColumnName(text)} prediction`, probability: `${toColumnName(text)} probability` },
    training: { [text]: text, algorithm: text, metrics: { [text]: text } },
    example: {
      fields,
      values: [[0, text]],
      answer: { predictions: [text], probabilities: [weights.map((weight) => weight / sum)] },
    },
  });
  return { id, text, file };
});

/** The files of their folders, and of one whose name is hostile and which is invalid. */
export function toHostileFiles(): Record<string, unknown> {
  const files: Record<string, unknown> = {
    [`${HOSTILE_TEXTS[0] as string}/deployment.json`]: { id: HOSTILE_TEXTS[1] },
  };
  for (const { id, file } of HOSTILE_DEPLOYMENTS) {
    files[`${id}/deployment.json`] = file;
    files[`${id}/model.json`] = HOSTILE_MODEL;
  }
  return files;
}
