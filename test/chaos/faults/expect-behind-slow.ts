import { connect } from 'node:net';
import { toAddress, type Target } from '../target.ts';

export interface ExpectBehindSlow {
  /** A body whose reply takes a while, and another one. */
  readonly slow: string;
  readonly quick: string;
  /** Headers of every request, such as Authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections?: number;
}

/**
 * On one connection and at once: a slow request, one with `Expect: 100-continue` and its body, and a third one.
 * @returns for each connection everything that it received
 */
export async function expectBehindSlow(
  target: Target,
  { slow, quick, headers = {}, connections = 1 }: ExpectBehindSlow,
): Promise<string[]> {
  const { host, port } = toAddress(target);
  const path = `/v1/deployments/${target.deployment}/online`;
  const toRequest = (body: string, own: Record<string, string> = {}) => {
    const all = { Host: 'localhost', 'Content-Type': 'application/json', ...headers, ...own };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST ${path} HTTP/1.1\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  const sent = [
    toRequest(slow),
    toRequest(quick, { Expect: '100-continue' }),
    toRequest(quick, { Connection: 'close' }),
  ];
  const sendOne = () =>
    new Promise<string>((resolve) => {
      const socket = connect({ host, port, noDelay: true });
      let received = '';
      socket.setEncoding('utf8').on('data', (text: string) => (received += text));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(received));
      socket.write(sent.join(''));
    });
  return Promise.all(Array.from({ length: connections }, sendOne));
}
