/** The settings of every upstream, whatever system it is. Times are in milliseconds. */
import { z } from 'zod';
import { authenticationSchema } from './credentials/authentication.ts';
import { isPlainUrl } from './plain-url.ts';

const time = z.int().min(1).max(600_000);
// What is appended to a query is no path; and a query is where people put keys.
const url = z
  .string()
  .refine(
    (text) => isPlainUrl(text) && !text.includes('?'),
    'an http or https URL without credentials, query and fragment',
  )
  .transform((text) => text.replace(/\/+$/, ''));

export const upstreamSettingsSchema = z.strictObject({
  /** Where the upstream is; a path in it comes before those of the protocol. */
  url: url.optional(),
  authentication: authenticationSchema.optional(),
  /** A file of certificates (PEM) that alone are believed of the upstream. Verification cannot be turned off. */
  ca_file: z.string().regex(/^\//, 'the absolute path of a file').optional(),
  /** How long connecting may take. */
  connect_timeout: time.default(3000),
  /** How long a call of the engine may take, with waiting, parts and retries. */
  timeout: time.default(30_000),
  /** The most bytes of one reply. */
  max_reply_bytes: z
    .int()
    .min(1024)
    .max(2 ** 28)
    .default(2 ** 23),
  /** The most requests at once, over as many connections; others wait for their turn. */
  max_connections: z.int().min(1).max(1024).default(32),
  /** How often a request is sent again that was surely not taken. */
  retries: z.int().min(0).max(10).default(2),
  /** How long an upstream that fails is left alone. */
  pause: time.default(5000),
});

export type UpstreamSettings = z.infer<typeof upstreamSettingsSchema>;
