/** What only the user can decide about a column, with the options that decide it. */
import type { ColumnSurvey } from '../csv/column-survey.ts';
import { quoteText, toListArgument } from '../errors/quote-text.ts';

/** A sentence on a column that has a question, and one on the ways out. */
export function formatQuestion(survey: ColumnSurvey, role: 'label' | 'feature'): string {
  const subject = `${role === 'label' ? 'The label' : 'Column'} ${quoteText(survey.name)}`;
  return `${subject} ${survey.question?.problem ?? ''}. ${toWaysOut(survey, role)}`;
}

/** Whether a text can be typed as it is shown. */
function isShowable(text: string): boolean {
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,40}$/u.test(text);
}

function toWaysOut({ name, nature, question, dates }: ColumnSurvey, role: 'label' | 'feature'): string {
  const column = toListArgument([name]);
  const ways: string[] = [];
  if (question?.topic === 'odd cells') {
    const options = [
      ...(question.texts?.every(isShowable) ? [`--missing ${toListArgument(question.texts)}`] : []),
      ...(nature === 'date' ? [] : [`--numeric ${column}`]),
    ];
    const outcome = role === 'label' ? 'leaves out those rows' : 'treats those cells as missing';
    if (question.hasOtherOrder && dates) ways.push(`--date-order ${dates.order === 'dmy' ? 'mdy' : 'dmy'} reads them`);
    if (options.length > 0) ways.push(`${options.join(' or ')} ${outcome}`);
  }
  if (question?.topic === 'decimal sign') ways.push('--decimal . or --decimal , decides it');
  if (question?.topic === 'units') ways.push(`--numeric ${column} ignores the units`);
  if (question?.topic === 'date order') ways.push('--date-order dmy or --date-order mdy decides it');
  ways.push(`--categorical ${column} treats ${role === 'label' ? 'its texts as classes' : 'the column as categories'}`);
  if (role === 'feature') ways.push(`--drop ${column} leaves the column out`);
  return `${ways.join('; ')}.`;
}
