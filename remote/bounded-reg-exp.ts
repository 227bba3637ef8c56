/**
 * Regular expressions with a time limit. One such as (a+)+$ can backtrack practically forever and block the event loop, on text
 * that comes from callers or upstreams. Only JavaScript that runs in Node's `vm` can be interrupted; it costs about 0.1 ms per
 * match.
 */
import { createContext, Script } from 'node:vm';

/** Max milliseconds per match. */
const LIMIT = 200;

const script = new Script('run()');
/** Shared, because creating a context takes ten times as long as a match. */
const context = createContext({ run: undefined });

/** A regular expression whose matches take at most LIMIT milliseconds. */
export class BoundedRegExp extends RegExp {
  /** Throws an Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT if it takes longer. */
  override exec(text: string): RegExpExecArray | null {
    context['run'] = () => super.exec(text);
    return script.runInContext(context, { timeout: LIMIT }) as RegExpExecArray | null;
  }
}
