import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds; fails when it does not within five minutes, which is for what never comes. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 300_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`it did not come about that ${what}`);
    await sleep(5);
  }
}
