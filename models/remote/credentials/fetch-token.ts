/** Asks a token endpoint with a form, and reads what all of them answer (RFC 6749, 4.1.4 and 5.1). */
import { z } from 'zod';
import { ReplyError } from '../target-error.ts';
import type { SendToken } from './authenticator.ts';
import type { Token } from './token-cache.ts';

const tokenSchema = z.looseObject({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** The token that an endpoint gives for a form. Throws a TargetError. */
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
  if (!parsed.success) throw new ReplyError('expected access_token and expires_in from the token endpoint');
  return { value: parsed.data.access_token, lifetime: parsed.data.expires_in * 1000 };
}
