/**
 * A secret that a deployment names and does not hold: an environment variable, or a file, as Kubernetes and Docker mount
 * them. A file is read again when it is older than a second, because secrets are rotated in place.
 */
import { z } from 'zod';
import { readRegularFile } from '../read-regular-file.ts';
import { UpstreamError } from '../upstream-error.ts';

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
const KEPT = 1000;
/** The largest file that is taken for a secret, in bytes: keys of service accounts have 2 to 3 thousand. */
const MOST_BYTES = 65_536;

/** Gives the secret as it is now. Throws a UpstreamError that names the variable, or says that the file cannot be read. */
export type ReadSecret = () => Promise<string>;

/** Builds what reads a secret of one line. A line break at the end of a file is no part of it. */
export function buildReadSecret(reference: SecretReference): ReadSecret {
  const readText = buildReadText(reference);
  return async () => {
    const secret = (await readText()).replace(/\r?\n$/, '');
    // In a header it would begin another one.
    if (/\p{Cc}/u.test(secret)) throw toSecretError(reference, 'has control characters or several lines');
    if (!secret) throw toSecretError(reference, 'is empty');
    return secret;
  };
}

/** Builds what reads a secret of any text, such as a key in JSON. */
export function buildReadText(reference: SecretReference): ReadSecret {
  if ('variable' in reference) {
    const { variable: name } = reference;
    return () => {
      const text = process.env[name];
      return text ? Promise.resolve(text) : Promise.reject(toSecretError(reference, 'is not set, or empty'));
    };
  }
  let text = '';
  let readAt = -Infinity;
  return async () => {
    if (performance.now() - readAt < KEPT) return text;
    text = await readRegularFile(reference.file, MOST_BYTES).catch((error: unknown) => {
      throw toSecretError(
        reference,
        `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
      );
    });
    readAt = performance.now();
    return text;
  };
}

/** The failure of a secret that is there but is not what it should be, or is not there. It holds neither the secret nor a path. */
export function toSecretError(reference: SecretReference, problem: string): UpstreamError {
  const place = 'variable' in reference ? `the environment variable ${reference.variable}` : 'the file of a secret';
  return new UpstreamError('unauthorized', `${place} ${problem}`);
}
