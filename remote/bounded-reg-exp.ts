/**
 * Regular expressions that end. One such as (a+)+$ tries a text in more ways than there is time for, and nothing else happens
 * meanwhile; whoever wrote it did not choose the text: a caller's cells or an upstream's reply may hold it. What Node's `vm`
 * runs is the only JavaScript that can be interrupted. It costs about 0.1 ms a match.
 */
import { createContext, Script } from 'node:vm';

/** Milliseconds that one match may take. */
const LIMIT = 200;

const script = new Script('run()');
/** Making a context takes ten times as long as a match. */
const context = createContext({ run: undefined });

/** A regular expression whose matches take at most LIMIT milliseconds. */
export class BoundedRegExp extends RegExp {
  /** Throws an Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT where it takes longer. */
  override exec(text: string): RegExpExecArray | null {
    context['run'] = () => super.exec(text);
    return script.runInContext(context, { timeout: LIMIT }) as RegExpExecArray | null;
  }
}
