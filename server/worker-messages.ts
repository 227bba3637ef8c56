/** The messages between the processes of an engine with workers. On each channel they arrive in the order they were sent in. */

/** The messages of a worker to the first process. */
export type FromWorker =
  /** Everything is loaded: the port can be opened. */
  | { readonly type: 'loaded' }
  /** It is serving. */
  | { readonly type: 'ready'; readonly greeting: string }
  /** It has the connection that was sent last. */
  | { readonly type: 'taken' };

/** The messages of the first process to a worker. */
export type ToWorker =
  /** The port is open; TLS sessions are resumed with the keys, in base64. */
  | { readonly type: 'listening'; readonly url: string; readonly ticketKeys?: string | undefined }
  /** A connection, which comes with the message. */
  | { readonly type: 'connection' }
  /** There are no more connections; those that were sent must be served to their end. */
  | { readonly type: 'stop' };
