/** Reads a configuration archive (`configuration_archive.tar.gz`), as `archive` and IBM's ConfigurationUtility write it. */
import { gunzipSync } from 'node:zlib';
import { CommandError } from '../../errors/command-error.ts';

const BLOCK = 512;
/** Max bytes of an unpacked archive. */
const MAX_BYTES = 2 ** 30;

/**
 * The members of a tar file in gzip (POSIX.1-1988 and its extensions), by the last part of their names.
 * @throws {CommandError} if it is none
 */
export function readArchive(bytes: Buffer, name: string): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  const tar = unzip(bytes, name);
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(readText(header, 124, 12), 8);
    if (!isChecked(header) || !(size >= 0) || at + BLOCK + size > tar.length)
      throw new CommandError(`${name}: expected a tar archive in gzip, and all of it.`);
    const type = String.fromCharCode(header[156] as number);
    // Everything else is a folder, or describes the member that follows.
    if (type === '0' || type === '\0') {
      const path = readText(header, 0, 100);
      members.set(path.slice(path.lastIndexOf('/') + 1), tar.subarray(at + BLOCK, at + BLOCK + size));
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
}

function unzip(bytes: Buffer, name: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new CommandError(`${name}: expected a tar archive in gzip, of at most ${MAX_BYTES} bytes.`, { cause });
  }
}

/** A text of the header, without what is behind its end. */
function readText(header: Buffer, start: number, length: number): string {
  return (header.toString('utf8', start, start + length).split('\0')[0] as string).trim();
}

/** Whether the sum of the header's bytes is the one that it states; its own field counts as blanks. */
function isChecked(header: Buffer): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return Number.parseInt(readText(header, 148, 8), 8) === sum;
}

/** What `register` uses of a configuration archive. */
export interface ConfigurationArchive {
  readonly commonConfiguration: Readonly<Record<string, unknown>>;
  /** The parameters and thresholds of the fairness monitor. */
  readonly fairness: FairnessConfiguration | undefined;
  /** The parameters of the explainability monitor. */
  readonly explainability: Readonly<Record<string, unknown>> | undefined;
  /** What is uploaded, as it is in the archive. */
  readonly members: Readonly<Partial<Record<ArchiveMember, Buffer>>>;
}

interface FairnessConfiguration {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly thresholds?: readonly object[];
}

/** The archives in the archive. */
export type ArchiveMember = 'explainability.tar.gz' | 'drift_v2_archive.tar.gz';

/**
 * Reads what `register` uses.
 * @throws {CommandError} that names the member that is missing or unreadable
 */
export function readConfigurationArchive(bytes: Buffer, name: string): ConfigurationArchive {
  const members = readArchive(bytes, name);
  const common = readJson(members, 'common_configuration.json', name);
  if (!common) throw new CommandError(`${name} has no common_configuration.json: expected a configuration archive.`);
  const explainability = members.get('explainability.tar.gz');
  const drift = members.get('drift_v2_archive.tar.gz');
  const parts = explainability && readArchive(explainability, `explainability.tar.gz of ${name}`);
  const configuration = parts && readJson(parts, 'configuration.json', `explainability.tar.gz of ${name}`);
  return {
    commonConfiguration: (common['common_configuration'] ?? {}) as Readonly<Record<string, unknown>>,
    fairness: toFairness(readJson(members, 'fairness_statistics.json', name), name),
    explainability: parts && ((configuration?.['parameters'] ?? {}) as Readonly<Record<string, unknown>>),
    members: {
      ...(explainability && { 'explainability.tar.gz': explainability }),
      ...(drift && { 'drift_v2_archive.tar.gz': drift }),
    },
  };
}

/** IBM's tool writes an empty object where no groups were chosen. */
function toFairness(
  json: Readonly<Record<string, unknown>> | undefined,
  name: string,
): FairnessConfiguration | undefined {
  const configuration = (json?.['fairness_configuration'] ?? json) as Partial<FairnessConfiguration> | undefined;
  if (!configuration || Object.keys(configuration).length === 0) return undefined;
  if (typeof configuration.parameters !== 'object')
    throw new CommandError(`fairness_statistics.json of ${name}: expected parameters.`);
  return configuration as FairnessConfiguration;
}

function readJson(
  members: ReadonlyMap<string, Buffer>,
  member: string,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const bytes = members.get(member);
  if (!bytes) return undefined;
  try {
    const json: unknown = JSON.parse(bytes.toString());
    if (typeof json === 'object' && json !== null) return json as Readonly<Record<string, unknown>>;
  } catch {
    // The parser's own message repeats data.
  }
  throw new CommandError(`${member} of ${name}: expected a JSON object.`);
}
