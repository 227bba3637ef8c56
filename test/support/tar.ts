/** Archives as `tar` and Python's tarfile write them. */
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** A tar file in gzip with these members; a name that ends with a slash is a folder. */
export function toArchive(members: Readonly<Record<string, string | Buffer>>, type = '0'): Buffer {
  const blocks = Object.entries(members).flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
    return [toHeader(name, bytes.length, name.endsWith('/') ? '5' : type), bytes, padding];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

function toHeader(name: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A configuration archive with the members that `register` reads. */
export function toConfigurationArchive(members: Readonly<Record<string, string | Buffer>> = {}): Buffer {
  const configuration = JSON.stringify({ parameters: { lime: { enabled: true } } });
  return toArchive({
    './': '',
    './common_configuration.json': JSON.stringify({ common_configuration: { label_column: 'risk' } }),
    './fairness_statistics.json': '{}',
    './explainability.tar.gz': toArchive({ 'configuration.json': configuration }),
    './drift_v2_archive.tar.gz': toArchive({ 'summary.json': '{}' }),
    ...members,
  });
}
