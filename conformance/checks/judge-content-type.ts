import { fail, pass, type Outcome } from '../outcome.ts';

/** Judges whether a Content-Type is that of JSON, with or without parameters. */
export function judgeContentType(type: string | undefined): Outcome {
  const media = type?.split(';', 1)[0]?.trim().toLowerCase();
  return media === 'application/json' ? pass() : fail(type ?? 'no Content-Type', 'application/json');
}
