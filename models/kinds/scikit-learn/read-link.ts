/** Reads how the outputs of an estimator become its answer. */
import type { Cursor } from './cursor.ts';
import { LINKS, type Link } from './program.ts';
import { fail } from './reader.ts';

/** Reads the link of an estimator with a number of outputs. */
export function readLink(
  cursor: Cursor,
  classes: number,
  outputCount: number,
): { readonly link: Link; readonly scale: number; readonly tie: boolean } {
  const link = cursor.at('link').oneOf(LINKS);
  const allowed = listLinks(classes, outputCount);
  if (!allowed.includes(link)) {
    const what = classes === 0 ? 'a regression' : `${classes} classes`;
    fail(
      cursor.at('link'),
      `a link of ${outputCount} outputs and ${what}, ${allowed.join(', ') || 'of which there is none'}`,
    );
  }
  const scale = cursor.has('scale') ? cursor.at('scale').number() : 1;
  if (scale <= 0) fail(cursor.at('scale'), 'a number above 0');
  return { link, scale, tie: cursor.has('tie') && cursor.at('tie').integer(0, 1) === 1 };
}

function listLinks(classes: number, outputCount: number): readonly Link[] {
  if (classes === 0) return outputCount === 1 ? ['identity', 'exp'] : [];
  if (outputCount === classes)
    return ['probabilities', 'softmax', 'sigmoids', ...(classes > 2 ? (['huber', 'none'] as const) : [])];
  return classes === 2 && outputCount === 1 ? ['sigmoid', 'softmax_pair', 'huber', 'none'] : [];
}
