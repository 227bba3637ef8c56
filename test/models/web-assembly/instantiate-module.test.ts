import { expect } from 'chai';
import { assembleModule, wasm } from '../../../models/web-assembly/assemble-module.ts';
import {
  allocateSharedMemory,
  instantiateModule,
  PAGE_BYTES,
} from '../../../models/web-assembly/instantiate-module.ts';

/** Runs with another global WebAssembly. */
function withEngine<Result>(engine: object | undefined, run: () => Result): Result {
  const scope = globalThis as { WebAssembly?: object | undefined };
  const usual = scope.WebAssembly;
  scope.WebAssembly = engine;
  try {
    return run();
  } finally {
    scope.WebAssembly = usual;
  }
}

function NoRoom(): never {
  throw new RangeError('Out of memory: Cannot allocate Wasm memory for new instance');
}

describe('a WebAssembly module', () => {
  const store = {
    name: 'store',
    parameterCount: 2,
    locals: [],
    body: [wasm.i32_store(4, wasm.get(0), wasm.get(1))],
    result: wasm.i32(7),
  };

  it('has a memory of its own, or that which it is given', () => {
    const own = instantiateModule(assembleModule([store], { pageCount: 1 }));
    const { buffer } = own?.['memory'] as { buffer: ArrayBuffer };
    expect((own?.['store'] as (...numbers: number[]) => number)(8, 99)).to.equal(7);
    expect(new Int32Array(buffer)[3]).to.equal(99);

    const shared = allocateSharedMemory(PAGE_BYTES + 1);
    const given = instantiateModule(assembleModule([store], { pageCount: 2, isImported: true }), shared);
    (given?.['store'] as (...numbers: number[]) => number)(12, 5);
    expect(shared?.buffer.byteLength).to.equal(2 * PAGE_BYTES);
    expect(new Int32Array(shared?.buffer ?? new ArrayBuffer(0))[4]).to.equal(5);
  });

  it('is not there without WebAssembly, without a valid program, and without memory', () => {
    const bytes = assembleModule([store], { pageCount: 1 });
    expect(withEngine(undefined, () => instantiateModule(bytes))).to.equal(undefined);
    expect(instantiateModule(bytes.subarray(0, -1))).to.equal(undefined);
    const full = { validate: () => true, Module: Object, Instance: NoRoom, Memory: NoRoom };
    expect(withEngine(full, () => instantiateModule(bytes))).to.equal(undefined);
    expect(withEngine(full, () => allocateSharedMemory(1))).to.equal(undefined);
    expect(withEngine(undefined, () => allocateSharedMemory(1))).to.equal(undefined);
    expect(allocateSharedMemory(2 ** 32 + 1)).to.equal(undefined);
  });
});
