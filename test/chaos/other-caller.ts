/** Starts the process of the other caller, and asks it what it saw. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallerReport, WatchedCall } from './watch-caller.ts';

export interface OtherCaller {
  /** Lets it call until the work is done; gives what it saw, and rejects when the work does. */
  watch(call: WatchedCall, work: Promise<unknown>): Promise<CallerReport>;
  stop(): void;
}

export async function startOtherCaller(): Promise<OtherCaller> {
  const loader = new URL('../../scripts/register-typescript.js', import.meta.url).href;
  const child = fork(fileURLToPath(new URL('./watch-process.ts', import.meta.url)), {
    execArgv: ['--import', loader],
  });
  await once(child, 'message');
  return {
    watch: async (call, work) => {
      const reported = once(child, 'message') as Promise<[CallerReport]>;
      child.send(call);
      const settled = await Promise.allSettled([work]);
      child.send('end');
      const [report] = await reported;
      for (const { status, ...rest } of settled)
        if (status === 'rejected') throw (rest as PromiseRejectedResult).reason;
      return report;
    },
    stop: () => {
      child.disconnect();
    },
  };
}
