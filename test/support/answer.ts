import type { Answer } from '../../models/answer.ts';
import type { JsonText } from '../../models/json/json-text.ts';

/** What a caller reads of an answer. */
export async function readAnswer(answer: Promise<JsonText<Answer>>): Promise<Answer> {
  return JSON.parse(Buffer.from((await answer).text).toString()) as Answer;
}
