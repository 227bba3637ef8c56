// Preloaded into an engine (NODE_OPTIONS=--import): each SIGUSR2 moves its clock, forward by a day, then back by two, and so on.
import { isMainThread } from 'node:worker_threads';

const DAY = 86_400_000;
const RealDate = Date;
let shift = 0;
let next = DAY;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shift);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shift;
  }
};

if (isMainThread) {
  process.on('SIGUSR2', () => {
    shift += next;
    next = next > 0 ? -2 * DAY : 2 * DAY;
  });
}
