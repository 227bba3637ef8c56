/** Files of API keys for tests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatKeyFile, hashKey, type StoredKey } from '../../server/access/key-file.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/** A key as a file has it, by its name, the key itself and when it expires. */
export function toStoredKey(name: string, key: string, expires_at?: string): StoredKey {
  return { name, sha256: hashKey(key).toString('hex'), ...(expires_at !== undefined && { expires_at }) };
}

/** Makes a file of keys in a folder of its own, which is removed when the process ends. */
export function makeKeyFile(keys: readonly StoredKey[]): string {
  const path = join(makeTemporaryFolder('keys'), 'keys.json');
  writeFileSync(path, formatKeyFile(keys), { mode: 0o600 });
  return path;
}
