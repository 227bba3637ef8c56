import { expect } from 'chai';
import fc from 'fast-check';
import { binFeature, MAX_BINS } from '../../../training/forest/bin-feature.ts';

/** The next double above a positive one. */
function toNext(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + 1n);
  return view.getFloat64(0);
}

const values = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, -0, 1, toNext(1), toNext(toNext(1)), NaN, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE),
      fc.double({ noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
    ),
    { minLength: 1, maxLength: 80 },
  )
  .map((list) => Float64Array.from(list));

describe('the bins of a feature', () => {
  it('separate the values exactly as the thresholds do, with missing values on the right', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: MAX_BINS }), (feature, maxBins) => {
        const { bins, thresholds } = binFeature(feature, maxBins);
        thresholds.forEach((threshold, bin) => {
          feature.forEach((value, row) => expect(value < threshold).to.equal((bins[row] as number) <= bin));
        });
      }),
      { seed: 1 },
    );
  });

  it('are at most as many as allowed, and none is empty', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: MAX_BINS }), (feature, maxBins) => {
        const { bins, thresholds, binCount } = binFeature(feature, maxBins);
        expect(binCount).to.be.at.most(maxBins);
        expect([...new Set(bins)].sort((a, b) => a - b)).to.have.length(
          feature.every(Number.isNaN) ? binCount - 1 : binCount,
        );
        expect([...thresholds]).to.deep.equal([...new Set(thresholds)].sort((a, b) => a - b));
      }),
      { seed: 2 },
    );
  });

  it('are one per distinct value if there are few enough', () => {
    const { bins, thresholds, binCount } = binFeature(Float64Array.of(3, 1, 2, 1, NaN), 4);
    expect([...bins]).to.deep.equal([2, 0, 1, 0, 3]);
    expect([...thresholds]).to.deep.equal([1.5, 2.5]);
    expect(binCount).to.equal(4);
  });

  it('hold about equally many rows each if there are more values than bins', () => {
    const { bins, binCount } = binFeature(
      Float64Array.from({ length: 1000 }, (_, row) => row),
      10,
    );
    const counts = Array.from({ length: 10 }, (_, bin) => bins.filter((of) => of === bin).length);
    expect(binCount).to.equal(10);
    expect(counts).to.deep.equal(new Array(10).fill(100));
  });

  it('are not used up by one frequent value', () => {
    const feature = Float64Array.from({ length: 1000 }, (_, row) => Math.max(0, row - 900));
    expect(binFeature(feature, 11).binCount).to.equal(11);
  });
});
