/** The other caller as a process of its own, so that the work of an attack is not taken for a delay of the engine. */
import { watchCaller, type WatchedCall } from './watch-caller.ts';

let endPhase: (() => void) | undefined;

process.on('message', (message: WatchedCall | 'end') => {
  if (message === 'end') {
    endPhase?.();
    return;
  }
  const phase = new Promise<void>((resolve) => (endPhase = resolve));
  void watchCaller(message, phase).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
