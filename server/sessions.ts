/**
 * Sessions of people who have logged in: a signed cookie that says who it is and until when. Nothing is kept in memory but
 * what a logout has ended, so that every worker and replica accepts it. What it was obtained with is part of the signature: a changed
 * password or a removed key ends it.
 */
import { createHmac, hkdfSync, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Credentials } from './configuration.ts';
import { EndedSessions, type EndedSession } from './ended-sessions.ts';

/** How long a session lasts, in milliseconds. */
export const SESSION_TIME = 12 * 60 * 60 * 1000;
const NAME = 'custom-ml-engine';
/** Cookies of one request that are looked at: others may set more of the same name. */
const MAX_COOKIES = 4;
/** Browsers do not keep longer cookies. */
const MAX_LENGTH = 4_096;
const COOKIE = new RegExp(
  String.raw`(?:^|;) *(?:__Host-|__Secure-)?${NAME}=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43})(?=;|$)`,
  'g',
);

/** Who a session is of. */
export type SessionOwner = { readonly user: string } | { readonly key: string };

export class Sessions {
  readonly #credentials: Credentials | undefined;
  #key: Buffer | undefined;
  #random: Buffer = randomBytes(32);
  #ended = new EndedSessions();

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /**
   * Makes sessions the same in all workers.
   * @param secret to derive the key of the signatures from, where there is no password
   * @param ended those that were ended in any worker
   */
  share(secret: Buffer, ended = new EndedSessions()): void {
    this.#random = secret;
    this.#ended = ended;
    this.#key = undefined;
  }

  /**
   * The value of a cookie.
   * @param proof what the session was obtained with, beside the password
   */
  issue(owner: SessionOwner, proof = '', now = Date.now()): string {
    const payload = Buffer.from(JSON.stringify({ ...owner, until: now + SESSION_TIME })).toString('base64url');
    return `${payload}.${this.#sign(payload, proof).toString('base64url')}`;
  }

  /**
   * The owner of a valid session among the cookies of a request.
   * @param findProof gives the proof of a key that is in force; undefined if there is none
   */
  find(
    cookies: string | undefined,
    findProof: (owner: SessionOwner) => string | undefined,
    now = Date.now(),
  ): SessionOwner | undefined {
    return this.#findValid(cookies, findProof, now)?.owner;
  }

  /** Ends the valid session among the cookies of a request, if there is one: for all who have the cookie. */
  end(cookies: string | undefined, findProof: (owner: SessionOwner) => string | undefined, now = Date.now()): void {
    const session = this.#findValid(cookies, findProof, now);
    if (session) this.#ended.end(session, now);
  }

  #findValid(
    cookies: string | undefined,
    findProof: (owner: SessionOwner) => string | undefined,
    now: number,
  ): (EndedSession & { readonly owner: SessionOwner }) | undefined {
    if (!cookies?.includes(NAME)) return undefined;
    let count = 0;
    for (const [, value = ''] of cookies.matchAll(COOKIE)) {
      if (++count > MAX_COOKIES) return undefined;
      if (value.length > MAX_LENGTH) continue;
      const [payload, signature] = value.split('.') as [string, string];
      const parsed = parse(payload);
      const proof = parsed && findProof(parsed.owner);
      if (!parsed || proof === undefined) continue;
      const sent = Buffer.from(signature, 'base64url');
      const isRight = timingSafeEqual(this.#sign(payload, proof), sent) && sent.toString('base64url') === signature;
      if (isRight && parsed.until > now && !this.#ended.has(signature)) return { ...parsed, id: signature };
    }
    return undefined;
  }

  #sign(payload: string, proof: string): Buffer {
    this.#key ??= this.#deriveKey();
    return createHmac('sha256', this.#key).update(`${payload}\n${proof}`).digest();
  }

  /** From the password in a way that takes long to guess, because whoever has a cookie could try passwords on it. */
  #deriveKey(): Buffer {
    const { username, password } = this.#credentials ?? {};
    const secret = password ? scryptSync(password.reveal(), `${NAME}\0${username}`, 32) : this.#random;
    return Buffer.from(hkdfSync('sha256', secret, '', `${NAME} sessions`, 32));
  }
}

/** Whether a request has a cookie of a session, valid or not. */
export function hasSessionCookie(cookies: string | undefined): boolean {
  return cookies?.includes(`${NAME}=`) ?? false;
}

/** The Set-Cookie header of a session; an empty value ends it. The prefixes of names are those of RFC 6265bis, 4.1.3. */
export function toSetCookie(value: string, baseUrl: string): string {
  const { protocol, pathname } = new URL(baseUrl);
  const isSecure = protocol === 'https:';
  const prefix = isSecure ? (pathname === '/' ? '__Host-' : '__Secure-') : '';
  // Kept until the browser closes, and not until it expires: an expired one shows that the request is from a page.
  const end = value === '' ? '; Max-Age=0' : '';
  return `${prefix}${NAME}=${value}; Path=${pathname}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${end}`;
}

function parse(payload: string): { readonly owner: SessionOwner; readonly until: number } | undefined {
  try {
    const { user, key, until } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    if (typeof until !== 'number') return undefined;
    if (typeof user === 'string') return { owner: { user }, until };
    return typeof key === 'string' ? { owner: { key }, until } : undefined;
  } catch {
    return undefined;
  }
}
