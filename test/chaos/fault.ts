/** What a fault of the table is, and what it is made with. */
import type { HttpDouble } from '../support/http-double.ts';
import type { EngineProcess, EngineProcessOptions } from '../support/engine-process.ts';
import type { Target } from './target.ts';
import type { WatchedCall } from './watch-caller.ts';

/** An engine of its own for each fault, which serves `iris`, `line` (y = x) and `wrapped`, whose upstream is the double. */
export interface Situation {
  readonly engine: EngineProcess;
  /** The deployment `iris`. */
  readonly target: Target;
  /** The folder of the deployments. */
  readonly folder: string;
  /** A folder for anything else. */
  readonly scratch: string;
  /** The server of the model `wrapped`; it is good until a fault makes it bad. */
  readonly upstream: HttpDouble;
  /** Must be called with an engine that takes the place of one that the fault has ended. */
  readonly replace: (engine: EngineProcess) => void;
}

export interface Fault {
  /** The row of the table. */
  readonly name: string;
  readonly engine?: Omit<Partial<EngineProcessOptions>, 'folder' | 'deployments'>;
  /** Writes more deployments before the engine starts. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** The call of the other caller; by default it scores a row of `iris` on one connection. */
  readonly caller?: Partial<WatchedCall>;
  /** Makes the fault; gives what the one who made it got. Throws if that is not as it must be. */
  readonly make: (situation: Situation) => Promise<string>;
  /** What the other caller may see beside 200 while the fault lasts, and why. */
  readonly allows?: { readonly outcomes: readonly string[]; readonly because: string };
  /** Milliseconds that the other caller may wait because that is the fault itself; 50 by default. */
  readonly delay?: number;
}
