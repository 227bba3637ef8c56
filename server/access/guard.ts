/**
 * The one guard of all routes: who sends a request, and whether that suffices. A request has the user name and the password, or an API
 * key, or needs neither where none is configured; and it comes from a client with a certificate where the operator asks for one.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { EngineError } from '../../errors/engine-error.ts';
import { ApiKeys } from './api-keys.ts';
import { buildAuthenticate } from './authenticate.ts';
import { readClientCertificate } from './client-certificate.ts';
import type { Configuration } from '../configuration.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Log } from '../log/log.ts';
import type { OpenPath } from './open-paths.ts';
import { buildFindCaller } from '../exchange/caller.ts';
import { buildBaseUrl, type ToBaseUrl } from '../exchange/public-url.ts';
import { isFromScript, isSameOrigin } from './same-origin.ts';
import { hasSessionCookie, Sessions, type SessionOwner } from './sessions.ts';

const BEARER = /^ *bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** The settings that the guard follows. */
export type GuardOptions = Pick<
  Configuration,
  'credentials' | 'apiKeys' | 'openPaths' | 'tls' | 'publicUrl' | 'trustProxy'
>;

/** Who a request is from, for the log; empty where no authentication is required. */
interface Sender {
  readonly certificate?: string;
  readonly user?: string;
  readonly key?: string;
}

export class Guard {
  readonly #options: GuardOptions;
  readonly #isUser: (request: { readonly headers: IncomingHttpHeaders }) => boolean;
  readonly #keys: ApiKeys | undefined;
  readonly #toBaseUrl: ToBaseUrl;
  readonly sessions: Sessions;
  readonly #challenges: readonly string[];
  readonly #message: string;

  constructor(options: GuardOptions, log: Log) {
    const { credentials, apiKeys, tls } = options;
    this.#options = options;
    this.#isUser = buildAuthenticate(credentials);
    this.#toBaseUrl = buildBaseUrl(options, buildFindCaller(options));
    this.sessions = new Sessions(credentials);
    this.#keys = apiKeys && new ApiKeys(apiKeys, log);
    const asksClients = tls?.clientCa !== undefined;
    this.#challenges = [
      // A 401 must have a challenge (RFC 9110, 15.5.2), and none is registered for certificates.
      ...(asksClients && !credentials && !apiKeys ? ['Certificate realm="custom-ml-engine"'] : []),
      ...(credentials ? ['Basic realm="custom-ml-engine", charset="UTF-8"'] : []),
      ...(apiKeys ? ['Bearer realm="custom-ml-engine"'] : []),
    ];
    const ways = [
      ...(credentials ? ['a user name and a password (Basic authentication)'] : []),
      ...(apiKeys ? ['an API key (Authorization: Bearer, or X-API-Key)'] : []),
    ];
    const all = [
      ...(asksClients ? ['a client certificate (TLS)'] : []),
      ...(ways.length > 0 ? [ways.join(', or ')] : []),
    ];
    this.#message = `This engine requires ${all.join(', and ')}.`;
  }

  /** Whether people can log in, because there is something that they could type. */
  get hasLogin(): boolean {
    return this.#keys !== undefined || this.#options.credentials !== undefined;
  }

  /** What /health/ready says of the keys. */
  get state(): object {
    return this.#keys ? { api_keys: this.#keys.state } : {};
  }

  /**
   * Whether a request may have what is behind the guard; notes who sent it.
   * @param path a path that the operator may have opened for everyone
   */
  admits(exchange: Exchange, path?: OpenPath): boolean {
    const sender = this.#identify(exchange.request);
    if (sender) exchange.note(sender);
    return sender !== undefined || (path !== undefined && this.#options.openPaths.includes(path));
  }

  /**
   * Lets a request pass or throws.
   * @throws {EngineError} unauthorized
   */
  check(exchange: Exchange, path?: OpenPath): void {
    if (!this.admits(exchange, path)) throw this.refuse(exchange);
  }

  /** The failure of a request that is not admitted; its reply lists the ways to authenticate. */
  refuse(exchange: Exchange): EngineError {
    const { request } = exchange;
    // A browser must not ask for a password while a page waits for data; it knows no such scheme, and leaves the reply to the page.
    const isOfPage = isFromScript(request, this.#toBaseUrl) || hasSessionCookie(request.headers.cookie);
    const challenges = isOfPage
      ? this.#challenges.map((challenge) => challenge.replace(/^Basic .*/, 'Session realm="custom-ml-engine"'))
      : this.#challenges;
    exchange.response.setHeader('WWW-Authenticate', challenges);
    const cause = this.#findCause(exchange.request);
    return new EngineError('unauthorized', this.#message, {
      target: { type: 'header', name: 'Authorization' },
      ...(cause !== undefined && { cause: toCause(cause) }),
    });
  }

  /**
   * Makes a session of what somebody has typed; undefined if it is wrong, or the client lacks the certificate.
   */
  logIn(exchange: Exchange, typed: { username: string; password: string; key: string }): string | undefined {
    const { credentials } = this.#options;
    const key = typed.key === '' ? undefined : this.#keys?.find(typed.key);
    const basic = Buffer.from(`${typed.username}:${typed.password}`).toString('base64');
    const isUser = credentials !== undefined && this.#isUser({ headers: { authorization: `Basic ${basic}` } });
    const owner = key && !key.hasExpired ? { key: key.name } : isUser ? { user: credentials.username } : undefined;
    const proof = owner && this.#findProof(owner);
    if (!owner || proof === undefined || !this.#hasCertificate(exchange.request)) return undefined;
    exchange.note(owner);
    return this.sessions.issue(owner, proof);
  }

  /** Ends the session of a request, if it has one. */
  logOut({ headers }: IncomingMessage): void {
    this.sessions.end(headers.cookie, (owner) => this.#findProof(owner));
  }

  /** Ends the watch of the file of keys. */
  close(): void {
    this.#keys?.close();
  }

  /** The sender of an authenticated request. */
  #identify(request: IncomingMessage): Sender | undefined {
    if (this.#options.tls?.clientCa === undefined) return this.#identifySender(request);
    const certificate = readClientCertificate(request.socket);
    if ('problem' in certificate) return undefined;
    const sender = this.#identifySender(request);
    return sender && { certificate: certificate.name, ...sender };
  }

  #hasCertificate({ socket }: IncomingMessage): boolean {
    return this.#options.tls?.clientCa === undefined || !('problem' in readClientCertificate(socket));
  }

  /** Whether a request is admitted by a session. */
  hasSession(request: IncomingMessage): boolean {
    return this.#hasCertificate(request) && this.#findOwner(request) !== undefined;
  }

  #findOwner(request: IncomingMessage): SessionOwner | undefined {
    const { cookie } = request.headers;
    if (!this.hasLogin || !hasSessionCookie(cookie) || !isSameOrigin(request, this.#toBaseUrl)) return undefined;
    return this.sessions.find(cookie, (owner) => this.#findProof(owner));
  }

  /** By the credentials of a request, or where it has none by its session. */
  #identifySender(request: IncomingMessage): Sender | undefined {
    const { headers } = request;
    const hasCredentials = headers.authorization !== undefined || (this.#keys && 'x-api-key' in headers);
    return (hasCredentials ? undefined : this.#findOwner(request)) ?? this.#identifyByHeaders(headers);
  }

  /** What ends the sessions of a user or a key when it changes; undefined if there is no such user or key, or it has expired. */
  #findProof(owner: SessionOwner): string | undefined {
    if ('user' in owner) return owner.user === this.#options.credentials?.username ? '' : undefined;
    return this.#keys?.toProof(owner.key);
  }

  #identifyByHeaders(headers: IncomingHttpHeaders): Sender | undefined {
    const { credentials } = this.#options;
    if (!this.#keys && !credentials) return {};
    const key = this.#findKey(headers);
    if (key) return key.hasExpired ? undefined : { key: key.name };
    // One credential is judged: a gateway may have used Authorization for itself.
    const isUser = credentials && !(this.#keys && 'x-api-key' in headers) && this.#isUser({ headers });
    return isUser ? { user: credentials.username } : undefined;
  }

  /** Why a request is refused, where the log can say more than that it is. */
  #findCause({ socket, headers }: IncomingMessage): string | undefined {
    const certificate = this.#options.tls?.clientCa === undefined ? undefined : readClientCertificate(socket);
    if (certificate && 'problem' in certificate) return certificate.problem;
    const key = this.#findKey(headers);
    return key?.hasExpired ? `the key ${key.name} has expired` : undefined;
  }

  #findKey(headers: IncomingHttpHeaders): ReturnType<ApiKeys['find']> {
    const key = headers['x-api-key']?.toString() ?? BEARER.exec(headers.authorization ?? '')?.[1];
    return key === undefined ? undefined : this.#keys?.find(key);
  }
}

/** A cause for the log, where a stack would say nothing. */
function toCause(message: string): Error {
  return Object.assign(new Error(message), { stack: '' });
}
