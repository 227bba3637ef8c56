/** The files of TLS: which they are, and what is read from them. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { decodeText } from '../../files/decode-text.ts';

/** Paths of files. */
export interface TlsFiles {
  /** The certificate, followed by those between it and its authority, in PEM. */
  readonly cert: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /** The passphrase of the key, if it is encrypted. */
  readonly passphrase: string | undefined;
  /** The authorities of the certificates that clients must have; without one, clients need none. */
  readonly clientCa: string | undefined;
}

/** What the files contain. */
export interface TlsMaterial {
  readonly options: SecureContextOptions;
  /** When the certificate expires, in ISO 8601. */
  readonly expires: string;
}

/**
 * Reads the files and checks that they fit together.
 * @throws an Error that says what was expected, without a path
 */
export function readTlsMaterial({ cert, key, passphrase, clientCa }: TlsFiles): TlsMaterial {
  const chain = read(cert, 'the certificate');
  const certificate = parseCertificate(chain, 'the certificate');
  const secret = passphrase === undefined ? undefined : read(passphrase, 'the passphrase').replace(/\r?\n$/, '');
  const text = read(key, 'the key');
  if (!certificate.checkPrivateKey(parseKey(text, secret))) throw new Error('a key that is that of the certificate');
  const expires = new Date(certificate.validTo);
  if (expires.getTime() <= Date.now()) throw new Error('a certificate that has not expired');
  const ca = clientCa === undefined ? undefined : read(clientCa, 'the authorities of clients');
  if (ca !== undefined) parseCertificate(ca, 'the authorities of clients');
  const options = { cert: chain, key: text, ...(secret !== undefined && { passphrase: secret }), ...(ca && { ca }) };
  try {
    createSecureContext(options);
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new Error(`a certificate and a key that OpenSSL accepts (${code})`, { cause });
  }
  return { options, expires: expires.toISOString() };
}

function read(path: string, what: string): string {
  try {
    return decodeText(readFileSync(path));
  } catch (cause) {
    const { code = 'no text' } = cause as NodeJS.ErrnoException;
    throw new Error(`${what} in a readable file (${code})`, { cause });
  }
}

function parseCertificate(text: string, what: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(`${what} in PEM format`, { cause });
  }
}

function parseKey(key: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    if (passphrase === undefined && key.includes('ENCRYPTED'))
      throw new Error('a passphrase, because the key is encrypted', { cause });
    throw new Error(`a private key in PEM format${passphrase === undefined ? '' : ', and its passphrase'}`, { cause });
  }
}
