/** Reads tar archives as test/openscale/archive needs them: POSIX headers, and extended ones with a path. */
import { gunzipSync } from 'node:zlib';

/** The files of an archive by their paths; a compressed archive in it is read, too, under its own path. */
export function readTarGz(bytes: Uint8Array): Record<string, unknown> {
  const files: Record<string, unknown> = {};
  for (const [name, content] of readTar(gunzipSync(bytes))) {
    if (!name.endsWith('.tar.gz')) files[name] = JSON.parse(content.toString());
    else for (const [inner, value] of Object.entries(readTarGz(content))) files[`${name}/${inner}`] = value;
  }
  return files;
}

/** The names and contents of an archive, whose checksums must be right. */
export function readTar(tar: Buffer): [name: string, content: Buffer][] {
  const files: [string, Buffer][] = [];
  let longName: string | undefined;
  for (let at = 0; tar[at] !== 0;) {
    const header = tar.subarray(at, at + 512);
    const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    if (parseInt(header.toString('latin1', 148, 156), 8) !== sum) throw new Error(`wrong checksum at ${at}`);
    const size = parseInt(header.toString('latin1', 124, 136), 8);
    const content = tar.subarray(at + 512, at + 512 + size);
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
    if (header[156] === 'x'.charCodeAt(0)) longName = /^\d+ path=(.*)\n$/s.exec(content.toString())?.[1];
    else {
      files.push([longName ?? name, content]);
      longName = undefined;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
