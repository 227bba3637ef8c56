/**
 * A deployment's own JavaScript: a file in its folder whose default export scores a table. This is the only kind that executes
 * code from a deployment, so it is off unless the operator allows it (ENGINE_ALLOW_MODULES).
 */
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { toPredictions, type Scores } from '../model.ts';
import { toRows, type RequestTable } from '../table.ts';
import { parsePart, toLocalKind } from './kind.ts';

const settingsSchema = z.strictObject({
  /** The file, next to deployment.json. */
  file: z
    .string()
    .regex(/^[\w-][\w.-]*\.m?js$/, 'the name of a .js or .mjs file in the folder')
    .default('score.mjs'),
  /** Milliseconds after which a call fails; code that never yields cannot be stopped. */
  timeout: z.int().min(1).max(600_000).default(30_000),
});

const answerSchema = z.union([
  z.strictObject({ probabilities: z.array(z.array(z.number())) }),
  z.strictObject({ predictions: z.array(z.union([z.string(), z.number()])) }),
]);

/**
 * The function that a module exports. It gets the deployment's columns in order, with nulls kept, and its own copy of the
 * rows. It returns one vector of probabilities per row, in the order of the classes, or one prediction per row: a class, or
 * for a regression a number.
 */
export type ScoreFunction = (table: RequestTable) => unknown;

/** The kind module. It is not shareable, because functions cannot be posted to another thread. */
export const module = toLocalKind(async ({ file, folder, allowModules }) => {
  if (!allowModules) {
    throw new DeploymentError([
      'deployment.json.kind: modules run code and are not allowed here; ENGINE_ALLOW_MODULES=true allows them',
    ]);
  }
  const settings = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const scoreRows = await importFunction(join(folder, settings.file), settings.file);
  const fields = file.columns.map(({ name }) => name);
  return {
    score: async (table) => {
      const answer: unknown = await withTimeout(() => scoreRows({ fields, values: toRows(table) }), settings.timeout);
      return toScores(answer, file.label.classes);
    },
  };
});

async function importFunction(path: string, name: string): Promise<ScoreFunction> {
  let loaded: { default?: unknown };
  try {
    // Node caches modules by URL: the digest makes it import a changed file again.
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    loaded = (await import(`${pathToFileURL(path).href}?${digest}`)) as { default?: unknown };
  } catch (cause) {
    throw new DeploymentError([`${name}: expected a JavaScript module that can be imported`], { cause });
  }
  if (typeof loaded.default !== 'function')
    throw new DeploymentError([`${name}: expected a function as the default export`]);
  return loaded.default as ScoreFunction;
}

async function withTimeout<Value>(run: () => Value | Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the module did not answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function toScores(answer: unknown, classes: readonly (string | number)[] | undefined): Scores {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw new Error('the module returned neither {probabilities: [[…]]} nor {predictions: […]}');
  if ('predictions' in parsed.data) {
    const { predictions } = parsed.data;
    // A prediction that is not a class becomes -1, or NaN in a regression; checkScores rejects both.
    if (classes) return { predictions: predictions.map((prediction) => classes.indexOf(prediction)) };
    return { predictions: predictions.map((prediction) => (typeof prediction === 'number' ? prediction : NaN)) };
  }
  const { probabilities } = parsed.data;
  if (!classes) throw new Error('the module returned probabilities for a regression');
  if (probabilities.some((vector) => vector.length !== classes.length)) {
    throw new Error(
      `the module returned probability vectors that do not have one value for each of the ${classes.length} classes`,
    );
  }
  const flat = probabilities.flat();
  return { predictions: toPredictions(flat, classes.length), probabilities: flat };
}
