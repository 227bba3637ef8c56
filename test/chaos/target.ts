/** The engine that a fault is made against. */
export interface Target {
  /** For example http://127.0.0.1:8080. */
  readonly url: string;
  /** The id of a deployment that takes part. */
  readonly deployment: string;
}

/** Where the engine listens. Throws unless that is on loopback. */
export function toAddress({ url }: Pick<Target, 'url'>): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) throw new Error('Expected a URL on loopback.');
  return { host: hostname.replace(/[[\]]/g, ''), port: Number(port) };
}
