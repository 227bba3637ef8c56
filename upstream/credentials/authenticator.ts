/** How requests to an upstream are authenticated: by headers that are added to each of them. */
import type { HttpReply, HttpRequest } from '../http.ts';
import type { Token } from './token-cache.ts';

export interface Authenticator {
  /** The headers that authenticate a request. Throws an UpstreamError if the credentials cannot be obtained. */
  authorize(request: HttpRequest): Promise<Readonly<Record<string, string>>>;
  /**
   * Records that the upstream rejected credentials with a 401 or 403; returns whether there may be better ones now, so that
   * the request should be authorized again and retried once.
   */
  reject(credentials: Readonly<Record<string, string>>, reply: HttpReply): boolean;
}

/** Fetches a token; `send` is bounded in time and bytes. */
export type FetchToken = (send: SendToken) => Promise<Token>;
/** Sends a request to a token endpoint and returns its JSON. Throws an UpstreamError. */
export type SendToken = (request: HttpRequest) => Promise<unknown>;
