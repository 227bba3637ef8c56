/** X.509 certificates for tests, made when they are needed: no key lies in the repository, and none expires in it. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

interface CertificateOptions {
  /** The host name that it is for. */
  readonly host?: string;
  /** Until when it is valid; for a day from now where nothing is said. */
  readonly until?: Date;
}

/** An authority, and what it issues. */
export interface Authority {
  readonly cert: string;
  issue(options?: CertificateOptions): Certificate;
}

/** Makes an authority. */
export function makeAuthority(): Authority {
  const { privateKey, publicKey } = makeKeys();
  const name = toName('an authority');
  const cert = toCertificate({ issuer: name, subject: name, publicKey, signer: privateKey, until: toTomorrow() });
  return {
    cert,
    issue: ({ host = 'localhost', until = toTomorrow() } = {}) => {
      const keys = makeKeys();
      const own = { issuer: name, subject: toName(host), publicKey: keys.publicKey, host, until };
      return {
        cert: toCertificate({ ...own, signer: privateKey }),
        key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}

function makeKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function toTomorrow(): Date {
  return new Date(Date.now() + 86_400_000);
}

interface Parts {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly until: Date;
  /** The name that a server has; an authority has none. */
  readonly host?: string;
}

let serial = 1;

/** A certificate in the form of RFC 5280, 4.1. */
function toCertificate({ issuer, subject, publicKey, signer, until, host }: Parts): string {
  const from = new Date(Math.min(Date.now(), until.getTime()) - 2 * 86_400_000);
  const extension =
    host === undefined
      ? sequence(oid('551d13'), der(0x01, Buffer.of(0xff)), der(0x04, sequence(der(0x01, Buffer.of(0xff)))))
      : sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from(host)))));
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(serial++)),
    algorithm,
    issuer,
    sequence(toTime(from), toTime(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', body, signer);
  const bytes = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = bytes.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function toName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function toTime(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\..*/g, '')}Z`));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** A value with its tag and length (X.690). */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), value]);
}
