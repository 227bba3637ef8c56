/** The log of requests as the engine has it: records go to the spool, and what cannot be logged is refused. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Logging } from '../../handlers/logging.ts';
import { Spool, SpoolError } from '../../records/spool.ts';
import type { Configuration } from '../configuration.ts';
import type { Log } from '../log/log.ts';
import type { PayloadLogSettings } from './payload-log-settings.ts';

/** Where records are appended. */
export interface PayloadLog {
  /**
   * Resolves when lines of records are on disk.
   * @throws {EngineError} not_logged
   */
  append(lines: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Which deployments are logged. */
export function toLogging({ payloadLog }: Pick<Configuration, 'payloadLog'>): Logging {
  return payloadLog?.deployments ?? 'off';
}

/**
 * Opens the log of requests; undefined without settings.
 * @throws when its folder cannot be made
 */
export async function openPayloadLog(settings: PayloadLogSettings, log: Log): Promise<PayloadLog> {
  const { folder, gather, max_bytes: maxBytes, when_full: whenFull } = settings;
  const sinks = settings.sinks.map(({ name }) => name);
  const spool = await Spool.open({ folder, gather, maxBytes, whenFull, sinks }, (records) =>
    log.error({ records }, 'payload log full: the oldest records were dropped'),
  );
  return {
    append: (lines) =>
      spool.append(lines).catch((error: unknown) => {
        throw toEngineError(error as SpoolError);
      }),
    close: () => spool.close(),
  };
}

function toEngineError({ problem, cause }: SpoolError): EngineError {
  const why = problem === 'full' ? 'the log of requests is full' : 'the log of requests cannot be written';
  return new EngineError(
    'not_logged',
    `The request was not logged: ${why}. Retry it later; …/online scores without logging.`,
    cause === undefined ? {} : { cause },
  );
}
