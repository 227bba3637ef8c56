/** A plain HTTP request to a peer, and its reply. */
import type { PeerRequest } from './peer.ts';

export interface PeerReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request to a server on loopback. @throws if there is no reply within a minute */
export async function askPeer(port: number, { method, path, body }: PeerRequest): Promise<PeerReply> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    signal: AbortSignal.timeout(60_000),
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
