/** Asks a token endpoint with a form, and reads what all of them answer (RFC 6749, 4.1.4 and 5.1). */
import { z } from 'zod';
import { ReplyError } from '../upstream-error.ts';
import type { SendToken } from './authenticator.ts';
import type { Token } from './token-cache.ts';

/** The seconds that a token is used of which the endpoint does not say how long it lives, as it may. */
const USUAL_LIFETIME = 300;

const tokenSchema = z.looseObject({
  // What a header can hold; a space ends it.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
    .pipe(z.number().positive())
    .default(USUAL_LIFETIME),
});

/** The token that an endpoint gives for a form. Throws a UpstreamError. */
export async function fetchToken(send: SendToken, url: string, form: Readonly<Record<string, string>>): Promise<Token> {
  const reply = await send({
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
  });
  return readToken(reply);
}

/** The token in the reply of an endpoint. Throws a ReplyError. */
export function readToken(reply: unknown): Token {
  const parsed = tokenSchema.safeParse(reply);
  if (!parsed.success)
    throw new ReplyError('expected an access_token, and a positive number in expires_in, from the token endpoint');
  return { value: parsed.data.access_token, lifetime: parsed.data.expires_in * 1000 };
}
