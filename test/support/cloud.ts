/** A service on a free port of this machine that stands for one of a cloud: it keeps what it was sent, and answers as told. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface CloudRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CloudReply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** A string is sent as it is, all else as JSON. */
  readonly body?: unknown;
}

export interface Cloud {
  /** Without a slash at the end. */
  readonly url: string;
  /** What it was sent so far. */
  readonly requests: readonly CloudRequest[];
  stop(): Promise<void>;
}

/** Starts it. An answer that is promised is waited for; one that never comes keeps the caller waiting. */
export async function startCloud(answer: (request: CloudRequest) => CloudReply | Promise<CloudReply>): Promise<Cloud> {
  const requests: CloudRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      void Promise.resolve(answer(request)).then(({ status = 200, headers: given = {}, body = '' }) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        outgoing.writeHead(status, { 'Content-Type': 'application/json', ...given }).end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Sets variables of the environment; gives what sets them back. */
export function setVariables(variables: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  set(variables);
  return () => set(before);
}
