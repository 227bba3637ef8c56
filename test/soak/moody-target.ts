/** The server of a wrapped model that fails now and then, and recovers. */
import * as behaviours from '../support/behaviours.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import type { MachinePauses } from '../support/machine-pauses.ts';

const { fails, good, says, slow } = behaviours;

/** Its moods, in turn. */
const MOODS: readonly Behaviour[] = [
  fails(500),
  behaviours.resets,
  slow(6_000),
  fails(503, { 'Retry-After': '1' }),
  says('[]'),
  behaviours.dropsInBody,
  says('no JSON'),
  behaviours.silent,
];
/** Milliseconds after a mood in which calls that were sent during it may end, and open the circuit breaker once more. */
const SETTLING = 6_000;
/** Max milliseconds after a mood until a call succeeds again. */
const MAX_RECOVERY = 15_000;

export class MoodyTarget {
  readonly #double: HttpDouble;
  #mood = 0;
  #isMoody = false;
  #pauses: MachinePauses | undefined;
  #moodEndedAt = -Infinity;
  #recoveredAt = -Infinity;
  /** The number of moods so far. */
  moods = 0;
  /** How many calls were not allowed to fail. */
  strictCalls = 0;

  private constructor(double: HttpDouble) {
    this.#double = double;
  }

  static async start(): Promise<MoodyTarget> {
    const target = new MoodyTarget(await HttpDouble.start(good));
    target.#behave(good);
    return target;
  }

  get url(): string {
    return this.#double.url;
  }

  /** The number of connections that it has. */
  get connections(): number {
    return this.#double.connections;
  }

  /** From now on, calls may also fail for the pauses of the machine: they are moods, too. */
  allowFor(pauses: MachinePauses): void {
    this.#pauses = pauses;
  }

  /** Begins to fail, in a different way each time. */
  startMood(): void {
    this.#isMoody = true;
    this.#behave(MOODS[this.#mood] as Behaviour);
    this.#mood = (this.#mood + 1) % MOODS.length;
    this.moods += 1;
  }

  endMood(): void {
    this.#isMoody = false;
    this.#moodEndedAt = performance.now();
    this.#behave(good);
  }

  /** Whether a call that was sent at this time and has been answered now may have failed. */
  mayFail(sentAt: number): boolean {
    const endedAt = this.#endedAt;
    if (this.#isMoody || sentAt < endedAt + SETTLING) return true;
    return this.hasRecovered ? sentAt < this.#recoveredAt : performance.now() - endedAt < MAX_RECOVERY;
  }

  /** Must be called for every answer, with the time at which its request was sent, and whether it was a good one. */
  noteAnswer(sentAt: number, isGood: boolean): void {
    if (!this.mayFail(sentAt)) this.strictCalls += 1;
    if (isGood && !this.#isMoody && sentAt >= this.#endedAt && !this.hasRecovered)
      this.#recoveredAt = performance.now();
  }

  /** Whether a call has succeeded since the last mood or pause. */
  get hasRecovered(): boolean {
    return this.#recoveredAt >= this.#endedAt;
  }

  /** When the last mood or pause ended; calls may fail until a call that was sent later has succeeded. */
  get #endedAt(): number {
    return Math.max(this.#moodEndedAt, this.#pauses?.endedAt ?? -Infinity);
  }

  close(): Promise<void> {
    return this.#double.close();
  }

  /** Sets the behaviour. The double keeps every request, of which there are too many here. */
  #behave(behaviour: Behaviour): void {
    this.#double.behave((request, response) => {
      this.#double.requests.length = 0;
      return behaviour(request, response);
    });
  }
}
