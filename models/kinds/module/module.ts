/**
 * A deployment's own JavaScript: a file in its folder whose default export scores a table. This is the only kind that executes
 * code from a deployment, so it is off unless the operator allows it (ENGINE_ALLOW_MODULES). It runs in a thread of its own, where
 * it delays no other deployment and can be stopped, unless the settings say that it must run in the event loop.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { ModelKind } from '../kind.ts';
import { parsePart } from '../kind.ts';
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

/** The kind module. It is not shareable: its code is in a thread of its own already. */
export const module: ModelKind = {
  load: async ({ file, folder, allowModules }) => {
    if (!allowModules) {
      throw new DeploymentError([
        'deployment.json.kind: modules run code and are not allowed here; ENGINE_ALLOW_MODULES=true allows them',
      ]);
    }
    const { timeout, thread, ...settings } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
    const path = join(folder, settings.file);
    const { classes } = file.label;
    const fields = file.columns.map(({ name }) => name);
    if (!thread) {
      const score = await importModule(path, settings.file, await toDigest(path));
      return {
        model: {
          score: async (table) => {
            const answer = await withTimeout(() => score({ fields, values: toRows(table) }), timeout);
            return toScores(answer, classes);
          },
        },
      };
    }
    const runner = new ModuleThread({ path, name: settings.file, fields, classes, timeout });
    const close = () => runner.close();
    try {
      await runner.start();
    } catch (error) {
      close();
      throw error;
    }
    return { model: { score: (table) => runner.score(toRows(table)) }, close };
  },
};

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
