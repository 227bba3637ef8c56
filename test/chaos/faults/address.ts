/** Where an engine listens; faults are only made on loopback. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address of an engine's URL. Throws unless it is on loopback. */
export function toAddress(url: string): Address {
  const { hostname, port } = new URL(url);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) throw new Error('Expected a URL on loopback.');
  return { host: hostname.replace(/[[\]]/g, ''), port: Number(port) };
}
