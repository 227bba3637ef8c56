import { countByThreshold, toArea, toAveragePrecision, toPrecisionRecallCurve, toRocCurve } from '../../curves.ts';
import { MAX_SERIES, toChart, type Series } from '../chart.ts';
import { toName, toNote } from '../html.ts';
import { formatShare } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';

/** The ROC and the precision-recall curve of the positive class, or of the most frequent classes. */
export function toCurvesSection({ result }: ReportInput, classes: readonly (string | number)[]): Section {
  const { truth, scores, positive, profile } = result.evaluation;
  const probabilities = scores.probabilities as ArrayLike<number>;
  const shown =
    positive === undefined
      ? [...classes.keys()]
          .sort((a, b) => (profile.classes[b]?.test ?? 0) - (profile.classes[a]?.test ?? 0))
          .slice(0, MAX_SERIES)
          .sort((a, b) => a - b)
      : [positive];
  const counts = shown.map((index) => countByThreshold(truth, probabilities, classes.length, index));
  const toSeries = (curves: readonly Series['points'][]): Series[] =>
    curves.map((points, at) => ({ name: String(classes[shown[at] as number]), points }));
  const roc = toSeries(counts.map(toRocCurve));
  const recall = toSeries(counts.map(toPrecisionRecallCurve));
  const guide: Series = {
    name: 'chance',
    look: 'guide',
    points: [
      [0, 0],
      [1, 1],
    ],
  };
  const share = (title: string) => ({ title, min: 0, max: 1 });
  const [area, precision] = [
    roc.map(({ points }) => toArea(points)),
    recall.map(({ points }) => toAveragePrecision(points)),
  ];
  const of = positive === undefined ? '' : ` of ${String(classes[positive])}`;
  const rocText = `ROC curve${of}, area ${area.map(formatShare).join(', ')}`;
  const recallText = `Precision-recall curve${of}, average precision ${precision.map(formatShare).join(', ')}`;
  const charts =
    `<div><h3>ROC</h3>${toChart(rocText, share('False positive rate'), share('True positive rate'), [guide, ...roc])}</div>` +
    `<div><h3>Precision and recall</h3>${toChart(recallText, share('Recall'), share('Precision'), recall)}</div>`;
  const note =
    positive === undefined
      ? `${shown.length < classes.length ? `The ${shown.length} most frequent of ${classes.length} classes, each` : 'Each class'} against all others.${classes.length <= 100 ? ' The areas of all classes are in the <a href="#classes">table of the classes</a>.' : ''}`
      : `The class ${toName(classes[positive] as string)} against the other: area under the ROC curve ${formatShare(area[0] as number)} (chance: ${formatShare(0.5)}), average precision ${formatShare(precision[0] as number)} (chance: ${formatShare((profile.classes[positive]?.test ?? 0) / truth.length)}). The <a href="#thresholds">table of thresholds</a> has points of both.`;
  return {
    id: 'curves',
    title: 'ROC and precision-recall curves',
    html: `<div class="pair">${charts}</div>${toNote(note)}`,
  };
}
