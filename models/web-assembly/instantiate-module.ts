/** Instantiates WebAssembly modules, and allocates the memory that those of several threads share. */

/** The size of a page of memory. */
export const PAGE_BYTES = 2 ** 16;

/** A memory that modules in several threads can import; it can be sent to a thread. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

/** What is needed of the global WebAssembly, whose types are those of browsers. */
interface WebAssemblyEngine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory;
}

function findEngine(): WebAssemblyEngine | undefined {
  return (globalThis as { readonly WebAssembly?: WebAssemblyEngine }).WebAssembly;
}

/**
 * Instantiates a module.
 * @param memory what it imports as `memory` of the module `engine`
 * @returns its exports; undefined if Node runs without WebAssembly (--jitless), the processor has no vector instructions, or the
 * process may not reserve the gigabytes of addresses that V8 sets aside for a memory, whatever its size (ulimit -v)
 */
export function instantiateModule(
  bytes: Uint8Array,
  memory?: SharedMemory,
): Readonly<Record<string, unknown>> | undefined {
  const engine = findEngine();
  if (!engine?.validate(bytes)) return undefined;
  try {
    return new engine.Instance(new engine.Module(bytes), { engine: { memory } }).exports;
  } catch {
    return undefined;
  }
}

/** Allocates a shared memory, filled with 0; undefined if a module could not be instantiated either, or it is above 4 GiB. */
export function allocateSharedMemory(bytes: number): SharedMemory | undefined {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const engine = findEngine();
  if (!engine || pages > 2 ** 16) return undefined;
  try {
    return new engine.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return undefined;
  }
}
