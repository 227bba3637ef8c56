/** The settings that every upstream has, whatever its kind. Times are in milliseconds. */
import { z } from 'zod';
import { authenticationSchema } from './credentials/authentication.ts';
import { isPlainUrl } from './plain-url.ts';

const time = z.int().min(1).max(600_000);
// A path cannot be appended to a query, and people put keys into queries.
const url = z
  .string()
  .refine(
    (text) => isPlainUrl(text) && !text.includes('?'),
    'an http or https URL without credentials, query and fragment',
  )
  .transform((text) => text.replace(/\/+$/, ''));

export const upstreamSettingsSchema = z.strictObject({
  /** The URL of the upstream; its path is a prefix of the protocol's paths. */
  url: url.optional(),
  authentication: authenticationSchema.optional(),
  /** A file of certificates (PEM), the only ones trusted for the upstream. Verification cannot be turned off. */
  ca_file: z.string().regex(/^\//, 'the absolute path of a file').optional(),
  /** How long connecting may take. */
  connect_timeout: time.default(3000),
  /** How long a call may take, including waiting, parts and retries. */
  timeout: time.default(30_000),
  /** Max bytes of one reply. */
  max_reply_bytes: z
    .int()
    .min(1024)
    .max(2 ** 28)
    .default(2 ** 23),
  /** Max concurrent requests, each on its own connection; others wait. */
  max_connections: z.int().min(1).max(1024).default(32),
  /** How often a request is retried that was certainly not processed. */
  retries: z.int().min(0).max(10).default(2),
  /** How long the circuit stays open, after repeated failures, before one call tries again. */
  pause: time.default(5000),
});

export type UpstreamSettings = z.infer<typeof upstreamSettingsSchema>;
