/** What the processes of an engine with workers tell each other. On each channel messages arrive in the order they were sent in. */

/** What a worker tells the first process. */
export type FromWorker =
  /** Everything is loaded: the port can be opened. */
  | { readonly type: 'loaded' }
  /** It serves. */
  | { readonly type: 'ready'; readonly greeting: string }
  /** The connection that was sent last is in its hands. */
  | { readonly type: 'taken' };

/** What the first process tells a worker. */
export type ToWorker =
  /** The port is open. */
  | { readonly type: 'listening'; readonly url: string }
  /** A connection, which comes with the message. */
  | { readonly type: 'connection' }
  /** There are no more connections; those that came are to be served to their end. */
  | { readonly type: 'stop' };
