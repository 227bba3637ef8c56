/** What is wrong with a training file or with the options for it, in a sentence for the person who ran the command. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}
