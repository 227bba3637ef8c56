/** A reverse proxy under whose path prefix an engine is published, as nginx or an ingress does it: it strips the prefix, or does not. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PrefixProxy {
  /** The URL of the engine for its callers, with the prefix. */
  readonly url: string;
  /** The requests that did not begin with the prefix; they are answered 404. */
  readonly escaped: readonly string[];
  /** Sets where it forwards requests to. */
  forwardTo(url: string): void;
  close(): Promise<void>;
}

/** Starts it on a free port of loopback. */
export async function startPrefixProxy(prefix: string, { strips }: { readonly strips: boolean }): Promise<PrefixProxy> {
  let target: string | undefined;
  const escaped: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { url: path = '', method, headers } = incoming;
    if (target === undefined || !path.startsWith(`${prefix}/`)) {
      escaped.push(path);
      outgoing.writeHead(404).end();
      return;
    }
    const forwarded = request(`${target}${strips ? path.slice(prefix.length) : path}`, { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    escaped,
    forwardTo: (url) => {
      target = url;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close').catch(() => undefined);
    },
  };
}
