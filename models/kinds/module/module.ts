/**
 * A deployment's own JavaScript: a file in its folder whose default export scores a table. This is the only kind that executes
 * code from a deployment, so it is off unless the operator allows it (ENGINE_ALLOW_MODULES). It runs in a thread of its own, where
 * it delays no other deployment and can be stopped, unless the settings say that it must run in the event loop.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../deployment-file.ts';
import { parsePart, toSplitKind, type ModelKind } from '../kind.ts';
import type { ScoreParts } from '../../split-model.ts';
import { toRows } from '../../table.ts';
import { importModule } from './import-module.ts';
import { ModuleThread } from './module-thread.ts';
import { toScores } from './to-scores.ts';

const settingsSchema = z.strictObject({
  /** The file, next to deployment.json. */
  file: z
    .string()
    .regex(/^[\w-][\w.-]*\.m?js$/, 'the name of a .js or .mjs file in the folder')
    .default('score.mjs'),
  /** Milliseconds after which a call fails. In the event loop, code that never yields cannot be stopped. */
  timeout: z.int().min(1).max(600_000).default(30_000),
  /** Whether it runs in a thread of its own; false for code that only works in the main thread. */
  thread: z.boolean().default(true),
});

/** The module in a thread of its own. The rows go there serialized by node:v8, whichever thread has prepared them. */
const threaded = toSplitKind<undefined, Uint8Array>(
  async ({ file, folder }) => {
    const { timeout, path, name, fields, classes } = plan(file, folder);
    const runner = new ModuleThread({ path, name, fields, classes, timeout });
    const close = () => runner.close();
    try {
      await runner.start();
    } catch (error) {
      close();
      throw error;
    }
    const scoreParts: ScoreParts<Uint8Array> = async (parts) => {
      const { value: rows } = await parts.next();
      return runner.score(rows as Uint8Array);
    };
    return { data: undefined, isSlow: false, scoreParts, close };
  },
  () =>
    function* (table) {
      yield serialize(toRows(table));
    },
);

/** The kind module. It is not shareable: its code is in a thread of its own already. */
export const module: ModelKind = {
  load: async (source) => {
    if (!source.allowModules) {
      throw new DeploymentError([
        'deployment.json.kind: modules run code and are not allowed here; ENGINE_ALLOW_MODULES=true allows them',
      ]);
    }
    const { thread, timeout, path, name, fields, classes } = plan(source.file, source.folder);
    if (thread) return threaded.load(source);
    const score = await importModule(path, name, await toDigest(path));
    return {
      model: {
        score: async (table) => {
          const answer = await withTimeout(() => score({ fields, values: toRows(table) }), timeout);
          return toScores(answer, classes);
        },
      },
    };
  },
  prepare: threaded.prepare,
};

function plan(file: DeploymentFile, folder: string) {
  const { thread, timeout, file: name } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const fields = file.columns.map((column) => column.name);
  return { thread, timeout, name, path: join(folder, name), fields, classes: file.label.classes };
}

/** Node caches modules by URL: the digest makes it import a changed file again. */
async function toDigest(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => '');
  return createHash('sha256').update(bytes).digest('hex');
}

async function withTimeout(run: () => unknown, milliseconds: number): Promise<unknown> {
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
