/**
 * A secret that a deployment names and does not hold: an environment variable, or a file, as Kubernetes and Docker mount
 * them. A file is read again when it is older than a few seconds, because tokens are rotated in place.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TargetError } from '../target-error.ts';

/** The engine's own variables hold its own secrets, which no deployment may send anywhere. */
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
  .refine((name) => !name.toUpperCase().startsWith('ENGINE_'), 'a variable that is not one of the engine’s own');

export const secretSchema = z.union(
  [z.strictObject({ variable }), z.strictObject({ file: z.string().regex(/^\//, 'the absolute path of a file') })],
  { error: 'where the secret is, {"variable": "NAME"} or {"file": "/path"}, and never the secret itself' },
);

export type SecretReference = z.infer<typeof secretSchema>;

/** How long a file's text is kept, in milliseconds. */
const KEPT = 10_000;

/** Gives the secret as it is now. Throws a TargetError that names the variable, or says that the file cannot be read. */
export type ReadSecret = () => Promise<string>;

/** Builds what reads a secret. A line break at the end of a file is no part of it. */
export function buildReadSecret(reference: SecretReference): ReadSecret {
  if ('variable' in reference) {
    const { variable: name } = reference;
    return () => Promise.resolve(check(process.env[name], `the environment variable ${name}`));
  }
  let text = '';
  let readAt = -Infinity;
  return async () => {
    if (performance.now() - readAt < KEPT) return text;
    const file = await readFile(reference.file, 'utf8').catch(() => undefined);
    text = check(file?.replace(/\r?\n$/, ''), 'the file of a secret');
    readAt = performance.now();
    return text;
  };
}

function check(secret: string | undefined, place: string): string {
  if (!secret) throw new TargetError('unauthorized', `${place} is not there, or empty`);
  // In a header it would begin another one.
  if (/\p{Cc}/u.test(secret)) throw new TargetError('unauthorized', `${place} has control characters or several lines`);
  return secret;
}
