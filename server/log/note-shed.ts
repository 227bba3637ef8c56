import type { Log } from './log.ts';
import { buildNoteRarely } from './note-rarely.ts';

/** Builds what logs that connections are closed because there are too many. */
export function buildNoteShed(log: Log): () => void {
  const note = buildNoteRarely<undefined>((closed) => log.warn({ closed }, 'too many connections'));
  return () => note(undefined);
}
