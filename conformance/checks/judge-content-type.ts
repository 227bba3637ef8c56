import { fail, pass, type Outcome } from '../outcome.ts';

/** Whether a Content-Type is JSON's; parameters are as they like. */
export function judgeContentType(type: string | undefined): Outcome {
  const media = type?.split(';', 1)[0]?.trim().toLowerCase();
  return media === 'application/json' ? pass() : fail(type ?? 'no Content-Type', 'application/json');
}
