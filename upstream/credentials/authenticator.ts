/** What lets requests into an upstream: the headers that each of them is given. */
import type { HttpReply, HttpRequest } from '../http.ts';
import type { Token } from './token-cache.ts';

export interface Authenticator {
  /** The headers that let a request in. Throws a UpstreamError where the credentials cannot be had. */
  authorize(request: HttpRequest): Promise<Readonly<Record<string, string>>>;
  /**
   * Notes that the upstream refused what it was given, with a 401 or 403; whether there may be something better now, so that
   * the request is to be authorized and sent once more.
   */
  refuse(given: Readonly<Record<string, string>>, reply: HttpReply): boolean;
}

/** How a token is fetched: `send` is bounded in time and bytes. */
export type FetchToken = (send: SendToken) => Promise<Token>;
/** Sends a request to a token endpoint; gives its JSON. Throws a UpstreamError. */
export type SendToken = (request: HttpRequest) => Promise<unknown>;
