/** Files of certificates for tests, and a client of engines that speak TLS. */
import { writeFileSync } from 'node:fs';
import { request, Agent, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import { makeAuthority, type Authority, type Certificate } from './certificate.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/** Files of a server's certificate, and their settings. */
export interface TlsFolder {
  readonly folder: string;
  readonly authority: Authority;
  readonly environment: { readonly ENGINE_TLS_CERT: string; readonly ENGINE_TLS_KEY: string };
  /** Replaces the certificate and its key. */
  write(certificate: Certificate): void;
}

/** Makes an authority and a certificate for localhost, in a folder that is removed when the process ends. */
export function makeTlsFolder(authority = makeAuthority()): TlsFolder {
  const folder = makeTemporaryFolder('tls');
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const write = (certificate: Certificate) => {
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key, { mode: 0o600 });
  };
  write(authority.issue());
  return { folder, authority, environment: { ENGINE_TLS_CERT: cert, ENGINE_TLS_KEY: key }, write };
}

export interface TlsReply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the connection was. */
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  readonly isResumed: boolean;
  /** The fingerprint of the engine's certificate; none on a resumed connection of TLS 1.2. */
  readonly fingerprint: string | undefined;
}

/** Sends a request to an engine on this machine, on a connection of its own unless an agent is given. */
export function sendSecurely(
  url: string,
  path: string,
  options: Omit<RequestOptions, 'timeout'> & Pick<ConnectionOptions, 'ALPNProtocols'> & { body?: string } = {},
): Promise<TlsReply> {
  const { body, ...others } = options;
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    const sent = request(
      { host: hostname, servername: 'localhost', port, path, agent: new Agent({ maxCachedSessions: 0 }), ...others },
      (response) => {
        let text = '';
        const { socket } = response;
        if (!(socket instanceof TLSSocket)) throw new TypeError('expected TLS');
        const facts = {
          protocol: socket.getProtocol(),
          alpn: socket.alpnProtocol,
          isResumed: socket.isSessionReused(),
          fingerprint: (socket.getPeerCertificate() as { fingerprint256?: string }).fingerprint256,
        };
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers, ...facts }),
        );
        response.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
