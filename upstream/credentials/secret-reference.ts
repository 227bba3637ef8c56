/**
 * References to secrets, which a deployment never contains: an environment variable, or a file as Kubernetes and Docker mount
 * them. A file is read again after a second, because secrets are rotated in place.
 */
import { z } from 'zod';
import { readTextFile } from '../../files/read-text-file.ts';
import { UpstreamError } from '../upstream-error.ts';

/** Variables of the engine hold its own secrets, which no deployment may send anywhere. */
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
  .refine((name) => !name.toUpperCase().startsWith('ENGINE_'), 'a variable that does not begin with ENGINE_');

export const secretSchema = z.union(
  [z.strictObject({ variable }), z.strictObject({ file: z.string().regex(/^\//, 'the absolute path of a file') })],
  { error: '{"variable": "NAME"} or {"file": "/path"}, never the secret itself' },
);

export type SecretReference = z.infer<typeof secretSchema>;

/** How long the text of a file is cached, in milliseconds. */
const CACHED = 1000;
/** Max bytes of a secret's file; keys of service accounts have 2 to 3 thousand. */
const MAX_BYTES = 65_536;

/** Reads the current secret. Throws an UpstreamError that names the variable, or says that the file cannot be read. */
export type ReadSecret = () => Promise<string>;

/** Builds a reader for a secret of one line. A line break at the end of a file does not belong to it. */
export function buildReadSecret(reference: SecretReference): ReadSecret {
  const readText = buildReadText(reference);
  return async () => {
    const secret = (await readText()).replace(/\r?\n$/, '');
    // A line break would start another header.
    if (/\p{Cc}/u.test(secret)) throw toSecretError(reference, 'has control characters or several lines');
    if (!secret) throw toSecretError(reference, 'is empty');
    return secret;
  };
}

/** Builds a reader for a secret of several lines, such as a key in JSON. */
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
    if (performance.now() - readAt < CACHED) return text;
    text = await readTextFile(reference.file, MAX_BYTES).catch((error: unknown) => {
      throw toSecretError(
        reference,
        `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
      );
    });
    readAt = performance.now();
    return text;
  };
}

/** The error of a secret that is missing or malformed. It contains neither the secret nor a path. */
export function toSecretError(reference: SecretReference, problem: string): UpstreamError {
  const place = 'variable' in reference ? `the environment variable ${reference.variable}` : 'the file of the secret';
  return new UpstreamError('unauthorized', `${place} ${problem}`);
}
