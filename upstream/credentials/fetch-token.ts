/** Posts a form to a token endpoint and reads the reply (RFC 6749, 4.1.4 and 5.1). */
import { z } from 'zod';
import { ReplyError } from '../upstream-error.ts';
import type { SendToken } from './authenticator.ts';
import type { Token } from './token-cache.ts';

/** The lifetime in seconds of a token whose endpoint states none, as the RFC permits. */
const DEFAULT_LIFETIME = 300;

const tokenSchema = z.looseObject({
  // Printable ASCII without spaces, because it goes into a header.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
    .pipe(z.number().positive())
    .default(DEFAULT_LIFETIME),
});

/** Fetches a token. Throws an UpstreamError. */
export async function fetchToken(send: SendToken, url: string, form: Readonly<Record<string, string>>): Promise<Token> {
  const reply = await send({
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
  });
  return readToken(reply);
}

/** The token in an endpoint's reply. Throws a ReplyError. */
export function readToken(reply: unknown): Token {
  const parsed = tokenSchema.safeParse(reply);
  if (!parsed.success)
    throw new ReplyError('expected access_token, and a positive number as expires_in, from the token endpoint');
  return { value: parsed.data.access_token, lifetime: parsed.data.expires_in * 1000 };
}
