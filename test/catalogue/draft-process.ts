/** A process that makes a draft folder in the folder that it is given, prints its name, and waits. */
import { makeDraftFolder } from '../../catalogue/draft-folder.ts';

console.log(await makeDraftFolder(process.argv[2] as string, 'training'));
process.stdin.resume();
